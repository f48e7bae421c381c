"""What other hands do to a virtual lock in the database: handling.py, for a row.

The application is told by a hint where the lock's brand pushes changes, else it finds out by reading.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from locks.drivers.hints import announce_change
from locks.drivers.virtual import handling
from locks.drivers.virtual.actions import Call
from locks.drivers.virtual.database_bank import at_hand, queued
from locks.drivers.virtual.handling import OutsideError
from locks.drivers.virtual.models import VirtualCode, VirtualLock
from locks.drivers.virtual.reaching import can_push
from locks.drivers.virtual.state import LockState

__all__ = ["OutsideError", "add_foreign_code", "delete_from_outside", "edit_from_outside", "standing_at"]


@contextmanager
def standing_at(lock: VirtualLock, now: dt.datetime) -> Iterator[LockState]:
    """Do something at the lock itself. Its lock system tells of it afterwards, when the lock is let go."""
    with at_hand(lock) as state:
        yield state
        pushes = can_push(state)
    if pushes:
        announce_change("virtual", state.account_key, state.external_id, now=now)


def add_foreign_code(
    lock: VirtualLock,
    *,
    pin: str | None,
    name: str = "",
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    now: dt.datetime | None = None,
) -> VirtualCode:
    now = now or timezone.now()
    with standing_at(lock, now) as state:
        added = handling.add_foreign(state, pin=pin, name=name, starts_at=starts_at, ends_at=ends_at, now=now)
    return lock.codes.get(slot=added.slot)


def edit_from_outside(
    lock: VirtualLock, slot: int, *, now: dt.datetime | None = None, **changes: object
) -> VirtualCode:
    """Change `pin`, `name`, `starts_at`, `ends_at` or `enabled` of the code in a place."""
    now = now or timezone.now()
    with standing_at(lock, now) as state:
        handling.edit(state, slot, changes, now=now)
    return lock.codes.get(slot=slot)


def delete_from_outside(
    lock: VirtualLock, slot: int | None = None, *, now: dt.datetime | None = None
) -> None:
    """Clear one place, or the whole memory as a factory reset does."""
    now = now or timezone.now()
    with standing_at(lock, now) as state:
        handling.delete(state, slot, now=now)


def turn_by_hand(lock: VirtualLock, *, locked: bool, now: dt.datetime | None = None) -> None:
    now = now or timezone.now()
    with standing_at(lock, now) as state:
        handling.turn_by_hand(state, locked=locked, now=now)


def tamper(lock: VirtualLock, *, now: dt.datetime | None = None) -> None:
    now = now or timezone.now()
    with standing_at(lock, now) as state:
        handling.tamper(state, now=now)


def change_pin_length(lock: VirtualLock, length: int, *, now: dt.datetime | None = None) -> None:
    now = now or timezone.now()
    with standing_at(lock, now) as state:
        handling.change_pin_length(state, length, now=now)


def set_parts(lock: VirtualLock, **parts: object) -> VirtualLock:
    """Fit a lock with something else: `time_zone`, `gateway`, `battery_chemistry`, `keypad_battery_level`, ….

    Changes nothing that a hint would tell; the next reading of the lock's status shows it.
    """
    unknown = sorted(parts.keys() - FITTED)
    if unknown:
        raise OutsideError(f"A lock has no “{unknown[0]}”.")
    with at_hand(lock) as state:
        for name, value in parts.items():
            setattr(state, name, value)
    lock.refresh_from_db()
    return lock


FITTED = frozenset(
    {
        "gateway",
        "time_zone",
        "battery_level",
        "battery_chemistry",
        "keypad_battery_level",
        "has_direct_power",
        "door_open",
        "auto_lock",
        "auto_lock_seconds",
    }
)


def crowd_bridge(lock: VirtualLock, jobs: int, *, each: dt.timedelta, now: dt.datetime | None = None) -> None:
    """Another program gives the lock's bridge so many commands, as far as its queue has room."""
    with at_hand(lock) as state, queued(state, Call.PUT) as bridge:
        if bridge is not None:
            bridge.crowd(jobs, each=each, now=now or timezone.now())
