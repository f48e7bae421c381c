"""What pages tell of holders: when, in words; which window is next; what happens on each door; their PIN.

A constant number of queries, however many holders are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from access.issuing import RevealedPin, door_name, live_codes_of, reveal_pins
from access.models import AccessCode, AccessGrant, StaffAccess
from access.overview import DoorAccess, access_of_code
from access.staffing.declaring import schedule_of
from access.staffing.expanding import next_windows
from access.staffing.wording import rule_in_words
from access.states import CodeState
from access.status import STATE_TEXT, worst
from locks.devices import capabilities_of
from locks.models import Door
from properties.window import Window

DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NextWindow:
    """`day`: on which it begins, in the holder's zone; `can_be_skipped`: an exception takes away just this window."""

    window: Window
    day: dt.date
    ends_that_day: bool
    is_open: bool
    can_be_skipped: bool


@dataclass(frozen=True, slots=True)
class HolderAccess:
    """`state` is the worst of the doors; None where there is nothing to tell of."""

    staff: StaffAccess
    words: str
    next_window: NextWindow | None
    doors: tuple[DoorAccess, ...]
    state: CodeState | None
    reason: str


def access_of_holders(holders: Sequence[StaffAccess], *, now: dt.datetime) -> list[HolderAccess]:
    """Holders come with their doors (with device, account, property) loaded."""
    codes: dict[int | None, list[AccessCode]] = defaultdict(list)
    found = AccessCode.objects.filter(grant__in=[staff.grant_id for staff in holders], ended_at=None)
    for code in found.select_related("device__account", "device__door__property", "grant").order_by(
        "starts_at"
    ):
        codes[code.grant_id].append(code)
    return [_of_holder(staff, codes[staff.grant_id], now=now) for staff in holders]


def codes_of_holder(staff: StaffAccess, *, now: dt.datetime) -> list[DoorAccess]:
    """Every code that has not ended, also those of windows to come."""
    codes = AccessCode.objects.filter(grant=staff.grant_id, ended_at=None)
    rows = codes.select_related("device__account", "device__door__property", "grant")
    return [
        access_of_code(code, code.device.door.property, now=now)
        for code in rows.order_by("device__name", "starts_at")
        if hasattr(code.device, "door")
    ]


def _of_holder(staff: StaffAccess, codes: Sequence[AccessCode], *, now: dt.datetime) -> HolderAccess:
    doors = list(staff.doors.all())
    lines = [_of_door(door, codes, now=now) for door in doors]
    served = {door.device_id for door in doors}
    lines += [
        access_of_code(code, doors[0].property if doors else code.device.door.property, now=now)
        for code in codes
        if code.device_id not in served and (doors or hasattr(code.device, "door"))
    ]
    state = worst(line.state for line in lines)
    reason = next(
        (line.reason for line in lines if line.state is state),
        "No door is left. Change the access or end it.",
    )
    following = upcoming(staff, now=now, number=1)
    return HolderAccess(
        staff, words_of(staff), following[0] if following else None, tuple(lines), state, reason
    )


def _of_door(door: Door, codes: Iterable[AccessCode], *, now: dt.datetime) -> DoorAccess:
    """Tell of the window that is open or comes next there, and of removals that are not confirmed before all else."""
    own = [code for code in codes if code.device_id == door.device_id]
    lines = [access_of_code(code, door.property, now=now) for code in own]
    trouble = [
        line
        for line in lines
        if line.state in (CodeState.REMOVE_FAILED, CodeState.REMOVAL_UNKNOWN, CodeState.REMOVING)
    ]
    coming = [
        line for line, code in zip(lines, own, strict=True) if code.revoked_at is None and line not in trouble
    ]
    if trouble or coming:
        return (trouble or coming)[0]
    state = CodeState.HELD
    reason = "No further window." if door.device.is_managed else "Keyturn does not manage this lock."
    return DoorAccess(door.name, door, door.device, None, state, STATE_TEXT[state].label, reason)


def upcoming(staff: StaffAccess, *, now: dt.datetime, number: int) -> list[NextWindow]:
    if staff.ended_at is not None:
        return []
    schedule = schedule_of(staff)
    return [
        NextWindow(
            window=window,
            day=window.starts_at.astimezone(schedule.zone).date(),
            ends_that_day=window.ends_at is not None
            and window.ends_at.astimezone(schedule.zone).date()
            == window.starts_at.astimezone(schedule.zone).date(),
            is_open=window.contains(now),
            can_be_skipped=bool(schedule.rule)
            and window.ends_at is not None
            and window.ends_at - window.starts_at < DAY,
        )
        for window in next_windows(schedule, after=now, number=number)
    ]


def words_of(staff: StaffAccess) -> str:
    """Tuesday, 10:00 to 12:00"""
    if not staff.rule or staff.start_time is None or staff.end_time is None:
        return "Around the clock"
    overnight = " on the next day" if staff.end_time <= staff.start_time else ""
    hours = f"{staff.start_time:%H:%M} to {staff.end_time:%H:%M}{overnight}"
    return f"{rule_in_words(staff.rule, first_day=staff.first_day)}, {hours}"


@transaction.atomic
def reveal_holder_pins(grant: AccessGrant, *, actor: str, now: dt.datetime) -> tuple[RevealedPin, ...]:
    """As for stays; where a lock chooses its codes itself, each window has its own, so the window is named."""
    chosen_there: dict[str, list[str]] = defaultdict(list)
    for code in live_codes_of(grant):
        if code.pin is not None and capabilities_of(code.device).assigns_pin and code.starts_at is not None:
            first = code.starts_at.astimezone(_zone_of(grant))
            chosen_there[code.pin].append(f"{door_name(code.device)} on {first:%a %-d %b}")
    revealed = reveal_pins(grant, actor=actor, now=now)
    return tuple(
        replace(one, doors=tuple(chosen_there[one.pin])) if one.pin in chosen_there else one
        for one in revealed
    )


def _zone_of(grant: AccessGrant) -> dt.tzinfo:
    staff = StaffAccess.objects.filter(grant=grant).first()
    return schedule_of(staff).zone if staff is not None else dt.UTC
