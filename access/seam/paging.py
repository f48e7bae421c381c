"""Lists in pages, with the documented `pagination`. A cursor says after which row to go on and for which parameters.

Rows come in the order in which they were made, which is that of their keys; so a page costs as much in a large
workspace as in a small one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet

from access.seam.errors import SeamError, invalid
from access.seam.kinds import LARGEST, Text, Whole
from access.seam.reading import Param, may

if TYPE_CHECKING:
    from access.seam.routing import Call

M = TypeVar("M", bound=Model)
CURSOR: Final = "page_cursor"
PAGED: Final[dict[str, Param]] = {"limit": may(Whole(1, LARGEST)), CURSOR: may(Text(500))}


def page_of(call: Call, rows: QuerySet[M], *, limit: int) -> tuple[list[M], dict[str, Any]]:
    """Return the rows of the page that was asked for and the `pagination` object. `limit`: the documented default."""
    size = page_size(call, limit)
    after = read_cursor(call)
    if after is not None:
        rows = rows.filter(pk__gt=_number(after))
    found = list(rows.order_by("pk")[: size + 1])
    last = found[size - 1].pk if len(found) > size else None
    return found[:size], pagination(call, None if last is None else str(last))


def page_size(call: Call, limit: int) -> int:
    """No page is longer than the documented default."""
    return int(min(call.get("limit", limit), limit))


def read_cursor(call: Call) -> str | None:
    """Return what `pagination` was given for the page before; refuse a cursor of other parameters."""
    cursor = call.get(CURSOR)
    if cursor is None:
        return None
    try:
        seal, after = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise invalid("This cursor cannot be read. Begin again without one.", CURSOR) from None
    if seal != _seal(call) or not isinstance(after, str):
        raise SeamError(
            HTTPStatus.BAD_REQUEST,
            "mismatched_page_parameters",
            "A cursor goes with the parameters of the page before. Send the same ones, or begin without a cursor.",
        )
    return after


def pagination(call: Call, after: str | None) -> dict[str, Any]:
    """`after` None: there is no further page."""
    if after is None:
        return {"next_page_cursor": None, "has_next_page": False, "next_page_url": None}
    cursor = base64.urlsafe_b64encode(json.dumps([_seal(call), after]).encode()).decode()
    query = urlencode(sorted([*_flat(call.values), (CURSOR, cursor)]))
    address = call.request.build_absolute_uri(call.request.path)
    return {"next_page_cursor": cursor, "has_next_page": True, "next_page_url": f"{address}?{query}"}


def _seal(call: Call) -> str:
    told = json.dumps([call.path, sorted(_flat(call.values))])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """The parameters as a query says them, whether they came in one or in a body."""
    flat: list[tuple[str, str]] = []
    for name, value in values.items():
        path = f"{above}{name}"
        if path == CURSOR:
            continue
        if isinstance(value, Mapping):
            flat += _flat(value, f"{path}.")
        elif isinstance(value, list):
            flat += [(path, _text(one)) for one in value] or [(path, "")]
        else:
            flat.append((path, _text(value)))
    return flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value) if isinstance(value, str | int | uuid.UUID) else json.dumps(value)


def _number(after: str) -> int:
    return int(after) if after.isascii() and after.isdigit() and len(after) < len(str(2**63)) else 0
