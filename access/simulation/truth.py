"""What should be: the windows of bookings by the calendar on the wall, and what a lock must hold for them. Pure.

Computed from the scenario alone, by other means than the application's, so that an error there is not repeated here.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from access.simulation.scenario import Booking, HousePlan
from locks.brands import BRANDS

Window = tuple[dt.datetime, dt.datetime]
NATIVE_LEAD = dt.timedelta(hours=72)
JIT_LEAD = dt.timedelta(minutes=60)
ENABLE_LEAD = dt.timedelta(seconds=30)


def window_of(booking: Booking, house: HousePlan, *, early_hours: int = 0) -> Window:
    """`early_hours`: what the manager has granted (negative: earlier check-in, positive: later check-out)."""
    zone = zoneinfo.ZoneInfo(house.zone)
    check_in, check_out = house.check_in, house.check_out
    if early_hours < 0:
        check_in = check_in.replace(hour=check_in.hour + early_hours)
    if early_hours > 0:
        check_out = check_out.replace(hour=check_out.hour + early_hours)
    starts = dt.datetime.combine(booking.arrival, check_in, zone).astimezone(dt.UTC)
    ends = dt.datetime.combine(booking.departure, check_out, zone).astimezone(dt.UTC)
    return starts - dt.timedelta(minutes=house.buffer_before), ends + dt.timedelta(minutes=house.buffer_after)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of one lock for one guest from `at` on. `window` None: nothing any more."""

    at: dt.datetime
    window: Window | None
    name: str = ""
    pin_number: int = 0


def needed_writes(asked: Sequence[Asked], brand: str, *, until: dt.datetime) -> list[dt.datetime]:
    """When a programmer who makes no mistakes, on a lock without faults, would send a command for this guest.

    A native lock is written to from 72 hours before the window on; one without schedules gets the code switched off
    an hour before, switched on half a minute before, and cleared at the end.
    """
    return [moment for moment, _ in _changes(asked, brand, until=until)]


def stands_at(asked: Sequence[Asked], brand: str, *, now: dt.datetime) -> bool:
    """Tell whether the lock should hold something for this guest."""
    changes = _changes(asked, brand, until=now)
    return bool(changes) and changes[-1][1] is not None


def _changes(asked: Sequence[Asked], brand: str, *, until: dt.datetime) -> list[tuple[dt.datetime, object]]:
    """Each command with what stands on the lock after it; another PIN takes two."""
    native = BRANDS[brand].capabilities.native_scheduling
    changes: list[tuple[dt.datetime, object]] = []
    held: object = None
    ends = [*(one.at for one in asked[1:]), until]
    for this, end in zip(asked, ends, strict=False):
        last = min(end, until)
        for moment in _moments(this, native, last):
            wanted = _wanted(this, native, moment, held=held is not None)
            if wanted == held:
                continue
            changes_pin = held is not None and wanted is not None and _pin(held) != _pin(wanted)
            changes += [(moment, wanted)] * (2 if changes_pin else 1)
            held = wanted
    return changes


def _moments(asked: Asked, native: bool, last: dt.datetime) -> Iterable[dt.datetime]:
    moments = {asked.at}
    if asked.window is not None:
        starts, ends = asked.window
        moments |= {starts - NATIVE_LEAD} if native else {starts - JIT_LEAD, starts - ENABLE_LEAD}
        moments.add(ends)
    return sorted(moment for moment in moments if asked.at <= moment < last)


def _wanted(asked: Asked, native: bool, moment: dt.datetime, *, held: bool) -> object:
    if asked.window is None or moment >= asked.window[1]:
        return None
    starts = asked.window[0]
    if native:
        due = held or moment >= starts - NATIVE_LEAD
        return (asked.pin_number, asked.name, asked.window) if due else None
    if moment < starts - JIT_LEAD:
        return None
    return (asked.pin_number, asked.name, moment >= starts - ENABLE_LEAD)


def _pin(shape: object) -> object:
    return shape[0] if isinstance(shape, tuple) else None
