"""Cancel a stay, take that back, and put a person's times above those of the source."""

from __future__ import annotations

import enum
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

from django.db import transaction

from properties.booking.details import BookingError, ChangedMeanwhileError, compute_window, times_of
from properties.booking.locking import check_not_archived, locked_units
from properties.booking.recording import Action, assign, changed_since, write_change
from properties.enums import CancelReason, StayStatus
from properties.models import Stay, Unit

if TYPE_CHECKING:
    import datetime as dt


class _Keep(enum.Enum):
    KEEP = "keep"


KEEP: Final = _Keep.KEEP

# What somebody who agrees on other times has before them.
_WINDOW_FIELDS: Final = frozenset(
    {
        *("arrival_date", "departure_date", "check_in_time", "check_out_time"),
        *("override_check_in_time", "override_check_out_time", "unit", "status"),
        *("override_buffer_before", "override_buffer_after"),
    }
)
TIMES_CHANGED: Final = (
    "The times of this stay were changed while you wrote; nothing was saved. Look at the window as it is now, and set "
    "yours again if they still hold."
)


@transaction.atomic
def cancel_stay(stay: Stay, *, reason: CancelReason, actor: str, now: dt.datetime) -> Stay:
    """A second cancelling changes nothing, but that a person's word replaces an inference from absence."""
    stay = _lock(stay)
    if stay.status == StayStatus.CANCELLED and not _outranks(reason, stay.cancel_reason):
        return stay
    values: dict[str, object] = {"cancel_reason": reason}
    if stay.status != StayStatus.CANCELLED:
        values |= {"status": StayStatus.CANCELLED, "cancelled_at": now}
    write_change(stay, assign(stay, values), action=Action.CANCELLED, actor=actor, now=now)
    return stay


@transaction.atomic
def reinstate_stay(stay: Stay, *, actor: str, now: dt.datetime, status: StayStatus | None = None) -> Stay:
    """Without a word on it, the stay is what it was before it was cancelled: confirmed or tentative."""
    if status == StayStatus.CANCELLED:
        raise BookingError({"status": "A stay is reinstated as confirmed or tentative."})
    stay, unit = _lock_with_unit(stay)
    if stay.status != StayStatus.CANCELLED:
        return stay
    changes = assign(
        stay, {"status": status or _status_before(stay), "cancel_reason": "", "cancelled_at": None}
    )
    check_not_archived(unit, stay, now=now)
    write_change(stay, changes, action=Action.REINSTATED, actor=actor, now=now)
    return stay


@transaction.atomic
def override_times(
    stay: Stay,
    *,
    check_in: dt.time | Literal[_Keep.KEEP] | None = KEEP,
    check_out: dt.time | Literal[_Keep.KEEP] | None = KEEP,
    buffer_before: int | Literal[_Keep.KEEP] | None = KEEP,
    buffer_after: int | Literal[_Keep.KEEP] | None = KEEP,
    actor: str,
    now: dt.datetime,
    expected_revision: int | None = None,
) -> Stay:
    """None takes the override away; KEEP (the default) leaves it as it is. Buffers in minutes, 0 being none at all.

    Raise BookingError, and ChangedMeanwhileError where the times are not those of the expected revision any more.
    """
    stay, unit = _lock_with_unit(stay)
    if expected_revision is not None:
        found = changed_since(stay, revision=expected_revision, held=_WINDOW_FIELDS)
        if found:
            raise ChangedMeanwhileError({"revision": TIMES_CHANGED, **found}, revision=stay.revision)
    given = {
        "override_check_in_time": check_in,
        "override_check_out_time": check_out,
        "override_buffer_before": buffer_before,
        "override_buffer_after": buffer_after,
    }
    changes = assign(stay, {name: value for name, value in given.items() if value is not KEEP})
    if not changes:
        return stay
    window = compute_window(times_of(stay), unit)
    changes |= assign(stay, {"starts_at": window.starts_at, "ends_at": window.ends_at})
    check_not_archived(unit, stay, now=now)
    write_change(stay, changes, action=Action.OVERRIDDEN, actor=actor, now=now)
    return stay


@transaction.atomic
def hold_access(stay: Stay, *, held: bool, actor: str, now: dt.datetime) -> Stay:
    """Hold access back, or let it go, whoever asked for the hold."""
    stay = _lock(stay)
    changes = assign(stay, {"hold_access": held})
    if changes:
        write_change(stay, changes, action=Action.CHANGED, actor=actor, now=now)
    return stay


def _lock_with_unit(stay: Stay) -> tuple[Stay, Unit]:
    """The unit is locked before the stay, which may have been moved to another until then: that one is locked, and the
    stay let go, in a savepoint that is rolled back."""
    while True:
        with suppress(_Moved), transaction.atomic():
            unit = locked_units().get(stays=stay)
            held = _lock(stay)
            if held.unit_id != unit.pk:
                raise _Moved
            return held, unit


class _Moved(Exception):
    pass


def _lock(stay: Stay) -> Stay:
    related = ("guest", "unit__property")
    return Stay.objects.select_for_update(of=("self",), no_key=True).select_related(*related).get(pk=stay.pk)


def _status_before(stay: Stay) -> StayStatus:
    cancelling = stay.changes.filter(fields__status__1=StayStatus.CANCELLED).order_by("-pk").first()
    before = cancelling.fields["status"][0] if cancelling is not None else None
    return StayStatus(before) if before else StayStatus.CONFIRMED


def _outranks(reason: CancelReason, stored: str) -> bool:
    return stored == CancelReason.ABSENCE and reason != CancelReason.ABSENCE
