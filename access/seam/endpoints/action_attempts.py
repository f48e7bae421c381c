"""action_attempts/get and list: what was asked of locks and of codes, in one list."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypeVar

from django.db.models import Q, QuerySet

from access.models import ActionAttempt, CodeAttempt
from access.seam.errors import invalid, not_found
from access.seam.kinds import Id, Many
from access.seam.paging import CURSOR, PAGED, page_size, pagination, read_cursor
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.attempts import show_attempt

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()

LIMIT: Final = 500
Attempt = ActionAttempt | CodeAttempt
Place = tuple[dt.datetime, int, int]
R = TypeVar("R", ActionAttempt, CodeAttempt)


@routes.read("action_attempts/get", {"action_attempt_id": needs(Id())}, for_sessions=True)
def get_attempt(call: Call) -> Answer:
    attempt_id = call["action_attempt_id"]
    found: Attempt | None = _of_locks(call).filter(public_id=attempt_id).first()
    found = found or _of_codes(call).filter(public_id=attempt_id).first()
    if found is None:
        raise not_found("action_attempt", action_attempt_id=attempt_id)
    return {"action_attempt": show_attempt(found, now=call.now)}


@routes.read(
    "action_attempts/list",
    {"action_attempt_ids": may(Many(Id())), "device_id": may(Id()), **PAGED},
    for_sessions=True,
)
def list_attempts(call: Call) -> Answer:
    """Oldest first; two tables, so the cursor is a moment, a table and a key."""
    if "device_id" not in call and "action_attempt_ids" not in call:
        raise invalid('Either "device_id" or "action_attempt_ids" must be provided', "device_id")
    locks, codes = _of_locks(call), _of_codes(call)
    if "device_id" in call:
        locks = locks.filter(device__public_id=call["device_id"])
        codes = codes.filter(access_code__device__public_id=call["device_id"])
    if "action_attempt_ids" in call:
        locks = locks.filter(public_id__in=call["action_attempt_ids"])
        codes = codes.filter(public_id__in=call["action_attempt_ids"])
    size, after = page_size(call, LIMIT), _after(call)
    merged: list[Attempt] = [*_next(locks, after, size), *_next(codes, after, size)]
    merged.sort(key=_place)
    last = _place(merged[size - 1]) if len(merged) > size else None
    cursor = None if last is None else f"{last[0].isoformat()} {last[1]} {last[2]}"
    shown = [show_attempt(attempt, now=call.now) for attempt in merged[:size]]
    return {"action_attempts": shown, "pagination": pagination(call, cursor)}


def _of_locks(call: Call) -> QuerySet[ActionAttempt]:
    return call.rows(ActionAttempt).all()


def _of_codes(call: Call) -> QuerySet[CodeAttempt]:
    rows = call.rows(CodeAttempt).select_related("access_code__device__account")
    return rows.defer("access_code__device__account__credentials")


def _place(attempt: Attempt) -> Place:
    return attempt.created_at, _table(type(attempt)), attempt.pk


def _table(model: type[Attempt]) -> int:
    return int(model is CodeAttempt)


def _next(rows: QuerySet[R], after: Place | None, size: int) -> list[R]:
    if after is not None:
        moment, table, pk = after
        mine = _table(rows.model)
        same_moment = Q(created_at=moment, pk__gt=pk if mine == table else 0)
        rows = rows.filter(
            Q(created_at__gt=moment) | same_moment if mine >= table else Q(created_at__gt=moment)
        )
    return list(rows.order_by("created_at", "pk")[: size + 1])


def _after(call: Call) -> Place | None:
    told = read_cursor(call)
    if told is None:
        return None
    try:
        moment, table, pk = told.split(" ")
        return dt.datetime.fromisoformat(moment), int(table), min(int(pk), 2**62)
    except ValueError:
        raise invalid("This cursor cannot be read. Begin again without one.", CURSOR) from None
