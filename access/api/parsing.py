"""The JSON body of a request, within bounds: what cannot be read is 400 or 413, never a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from access.api.errors import BODY, Invalid, LengthRequired, TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    from rest_framework.request import Request

LARGEST_BODY: Final = 256 * 1024
LARGEST_BULK: Final = 4 * 1024 * 1024


def object_of(request: Request) -> dict[str, Any]:
    """The body, which must be a JSON object."""
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired
    if not isinstance(request.data, dict):
        raise Invalid({BODY: "Send a JSON object with the fields that are to be set."})
    return request.data


class BoundedJSONParser(JSONParser):
    largest = LARGEST_BODY

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {}).get("request")
        length = request.META.get("CONTENT_LENGTH") if request is not None else None
        if length and int(length) > self.largest:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise ParseError(f"The body cannot be read as JSON ({error.detail}).") from error
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


class BulkJSONParser(BoundedJSONParser):
    """For a thousand at once."""

    largest = LARGEST_BULK
