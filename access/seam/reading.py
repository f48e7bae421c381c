"""Queries and bodies as typed values, by a table of each endpoint's parameters; faults are told field by field.

A query knows only text: repeated keys (or `k[]`, or without `_strict` a list with commas) are arrays, dots nest, an
empty value is an empty array or nothing. Parameters that an endpoint does not know are ignored, as there; a null says
as much as leaving the parameter out, except where the table says that it means something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http.request import UnreadablePostError

from access.seam.errors import INVALID, SeamError, invalid
from access.seam.kinds import Asked, Kind, Wrong

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

STRICT: Final = "_strict"
NO_JSON: Final = "The body must be a JSON object in UTF-8, sent as application/json."
DEEPEST: Final = 5
TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Param:
    """`also`: other names for it. `null`: that null means something and is handed on as None."""

    kind: Kind
    required: bool = False
    null: bool = False
    also: tuple[str, ...] = field(default=())


Params = Mapping[str, Param]


def needs(kind: Kind, *also: str) -> Param:
    return Param(kind, required=True, also=also)


def may(kind: Kind, *also: str, null: bool = False) -> Param:
    return Param(kind, null=null, also=also)


def read_params(request: HttpRequest, params: Params) -> dict[str, Any]:
    """Return the parameters that were sent, by their first names; those of the body win. Raise SeamError (400)."""
    try:
        query = request.GET
    except TooManyFieldsSent:
        raise invalid("The query holds too many parameters.") from None
    raw: dict[str, Any] = {**read_query(query), **read_body(request)}
    try:
        return read_fields(raw, params)
    except Wrong as wrong:
        said = "; ".join(f'{message} for provided "{path}"' for path, message in list(wrong.leaves())[:TOLD])
        raise SeamError(HTTPStatus.BAD_REQUEST, INVALID, said, tree=wrong.tree()) from None


def read_fields(raw: Mapping[str, Any], params: Params) -> dict[str, Any]:
    values: dict[str, Any] = {}
    faults: dict[str, Wrong] = {}
    for name, param in params.items():
        sent = next((one for one in (name, *param.also) if one in raw), None)
        try:
            value = None if sent is None else param.kind.read(raw[sent])
        except Wrong as wrong:
            faults[sent or name] = wrong
            continue
        if value is not None or (param.null and sent is not None):
            values[name] = value
        elif param.required:
            faults[sent or name] = Wrong("Required")
    if faults:
        raise Wrong(inner=faults)
    return values


@dataclass(frozen=True, slots=True)
class Nested(Kind):
    """An object with parameters of its own."""

    params: Params

    def of(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Wrong.expected("object", value)
        return read_fields(value, self.params)


def read_query(query: QueryDict) -> dict[str, Any]:
    """Return what the query says: `Asked` leaves, nested by the dots of their names."""
    is_strict = query.get(STRICT) == "true"
    found: dict[str, Any] = {}
    for name in query:
        if name != STRICT:
            asked = Asked(tuple(query.getlist(name)), is_array=name.endswith("[]"), is_strict=is_strict)
            _put(found, name.removesuffix("[]").split("."), asked)
    return found


def _put(found: dict[str, Any], path: Sequence[str], asked: Asked) -> None:
    *above, last = path
    here = found
    if len(above) > DEEPEST:
        raise invalid("The query nests too deeply.")
    for part in above:
        inner = here.setdefault(part, {})
        if not isinstance(inner, dict):
            raise invalid(f"The query says two things of “{part}”.", part)
        here = inner
    if last in here:
        raise invalid(f"The query says two things of “{last}”.", last)
    here[last] = asked


def read_body(request: HttpRequest) -> dict[str, Any]:
    """An empty body says nothing, whatever its type."""
    if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
        raise SeamError(
            HTTPStatus.LENGTH_REQUIRED,
            "length_required",
            "Send the body with its Content-Length, not in chunks.",
        )
    try:
        body = request.body
    except RequestDataTooBig:
        raise SeamError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large", "The body is too large."
        ) from None
    except UnreadablePostError:
        raise invalid("The body did not arrive whole. Send it again.") from None
    if not body.strip():
        return {}
    content_type = request.content_type or ""
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise invalid(NO_JSON)
    try:
        sent = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise invalid(NO_JSON) from None
    if not isinstance(sent, dict):
        raise invalid(NO_JSON)
    return sent


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
