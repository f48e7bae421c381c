"""The JSON body of a request, within bounds: what cannot be read is 400 or 413, never a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from access.api.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

LARGEST_BODY: Final = 256 * 1024


class BoundedJSONParser(JSONParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {}).get("request")
        length = request.META.get("CONTENT_LENGTH") if request is not None else None
        if length and int(length) > LARGEST_BODY:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise ParseError(f"The body cannot be read as JSON ({error.detail}).") from error
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
