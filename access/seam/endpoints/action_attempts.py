"""action_attempts/get and list: what was asked of locks and of codes, in one list."""

from __future__ import annotations

import datetime as dt
import uuid
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
    """Oldest first; two tables, so the cursor is a moment and an id."""
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
    cursor = None if last is None else f"{last[0].isoformat()} {last[1]}"
    shown = [show_attempt(attempt, now=call.now) for attempt in merged[:size]]
    return {"action_attempts": shown, "pagination": pagination(call, cursor)}


def _of_locks(call: Call) -> QuerySet[ActionAttempt]:
    return call.rows(ActionAttempt).all()


def _of_codes(call: Call) -> QuerySet[CodeAttempt]:
    rows = call.rows(CodeAttempt).select_related("access_code__device__account")
    return rows.defer("access_code__device__account__credentials")


def _place(attempt: Attempt) -> tuple[dt.datetime, uuid.UUID]:
    return attempt.created_at, attempt.public_id


def _next(rows: QuerySet[R], after: tuple[dt.datetime, uuid.UUID] | None, size: int) -> list[R]:
    if after is not None:
        moment, attempt_id = after
        rows = rows.filter(Q(created_at__gt=moment) | Q(created_at=moment, public_id__gt=attempt_id))
    return list(rows.order_by("created_at", "public_id")[: size + 1])


def _after(call: Call) -> tuple[dt.datetime, uuid.UUID] | None:
    told = read_cursor(call)
    if told is None:
        return None
    moment, _, attempt_id = told.partition(" ")
    try:
        return dt.datetime.fromisoformat(moment), uuid.UUID(attempt_id)
    except ValueError:
        raise invalid("This cursor cannot be read. Begin again without one.", CURSOR) from None
