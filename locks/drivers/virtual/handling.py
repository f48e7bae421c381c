"""What other hands do to a virtual lock: at its keypad, in its maker's app, through another lock manager. Pure.

Nothing here passes the driver; the application finds out by reading, or by the hint of a brand that pushes changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from locks.drivers.base import Applied, CodeToPut, LogMethod
from locks.drivers.virtual import firmware
from locks.drivers.virtual.actions import TAMPERED
from locks.drivers.virtual.pressing import catch_up, turn_bolt
from locks.drivers.virtual.state import HeldCode, LockState, capabilities_reported

CHANGEABLE = frozenset({"pin", "name", "starts_at", "ends_at", "enabled"})


class OutsideError(ValueError):
    """The lock did not take the change; the message is a sentence."""


def add_foreign(
    state: LockState,
    *,
    pin: str | None,
    name: str = "",
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    now: dt.datetime,
) -> HeldCode:
    code = CodeToPut(pin=pin, name=name, starts_at=starts_at, ends_at=ends_at)
    outcome = firmware.put(state, code, now=now, foreign=True)
    if not isinstance(outcome, Applied):
        raise OutsideError(outcome.message)
    slot = int(outcome.ref)
    state.note(now, "foreign_added", slot=slot)
    return state.codes[slot]


def edit(state: LockState, slot: int, changes: Mapping[str, Any], *, now: dt.datetime) -> HeldCode:
    """Change `pin`, `name`, `starts_at`, `ends_at` or `enabled` of the code in a place."""
    unknown = sorted(changes.keys() - CHANGEABLE)
    if unknown:
        raise OutsideError(f"A code on a lock has no “{unknown[0]}”.")
    state.codes[slot] = replace(_held(state, slot), **changes)
    state.note(now, "edited_outside", slot=slot, detail=", ".join(sorted(changes)))
    return state.codes[slot]


def delete(state: LockState, slot: int | None, *, now: dt.datetime) -> None:
    """Clear one place, or the whole memory as a factory reset does."""
    if slot is None:
        state.codes.clear()
    else:
        del state.codes[_held(state, slot).slot]
    state.note(now, "deleted_outside", slot=slot)


def turn_by_hand(state: LockState, *, locked: bool, now: dt.datetime) -> None:
    catch_up(state, now)
    turn_bolt(state, locked=locked, method=LogMethod.MANUAL, now=now)


def tamper(state: LockState, *, now: dt.datetime) -> None:
    catch_up(state, now)
    state.note(now, TAMPERED, detail=LogMethod.UNKNOWN.value)


def change_pin_length(state: LockState, length: int, *, now: dt.datetime) -> None:
    """Set another length of PIN in the maker's app, which ends every code of a lock that knows one length only."""
    if not state.capabilities.one_pin_length:
        raise OutsideError("The codes of this lock may have different lengths.")
    state.reports = {**state.reports, "pin_lengths": [length]}
    state.capabilities = capabilities_reported(state.brand, state.reports, state.capacity)
    state.codes.clear()
    state.note(now, "deleted_outside", detail="the length of codes was changed")


def _held(state: LockState, slot: int) -> HeldCode:
    if slot not in state.codes:
        raise OutsideError(f"There is no code in place {slot}.")
    return state.codes[slot]
