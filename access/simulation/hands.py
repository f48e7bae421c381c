"""What hands do at a simulated lock: type a code in, change or delete one. Nothing of this passes the driver."""

from __future__ import annotations

import datetime as dt
from typing import Any

from access.simulation.wiring import Shed, SimulatedLock
from locks.constraints import pin_problem
from locks.drivers.virtual.handling import OutsideError
from locks.drivers.virtual.state import HeldCode


def type_foreign_code(shed: Shed, key: str, *, draw: float) -> int | None:
    """Return its place, None where the lock did not take it."""
    lock = shed[key]
    pin = None if lock.state.capabilities.assigns_pin else _pin(lock, draw)
    if pin is None:
        return None
    lock.before_change(shed.clock())
    try:
        held = shed.add_foreign_code(key, pin=pin, name=f"Neighbour {int(draw * 1000)}")
    except OutsideError:
        return None
    lock.foreign[held.slot] = held
    return held.slot


def clear_foreign_code(shed: Shed, key: str, slot: int) -> None:
    lock = shed[key]
    lock.before_change(shed.clock())
    if lock.foreign.pop(slot, None) is not None and slot in lock.state.codes:
        shed.delete_from_outside(key, slot)


def edit_code(shed: Shed, key: str, act: str, *, draw: float) -> None:
    """Change one of the codes that the application put there."""
    lock, now = shed[key], shed.clock()
    slots = sorted(slot for slot in lock.state.codes if slot not in lock.foreign)
    if not slots:
        return
    slot = slots[int(draw * len(slots))]
    held = lock.state.codes[slot]
    if act == "window" and held.ends_at is None:
        act = "disable"
    if act in ("pin", "disable", "name") and not lock.state.capabilities.reads_pins:
        act = "delete"  # an edit that such a lock never shows is known to stay unseen
    changes = _changes(lock, held, act, draw)
    if None in changes.values():
        return
    lock.before_change(now)
    lock.watch.edits[held.pin] = now
    lock.edits.append(now)
    if act == "delete":
        shed.delete_from_outside(key, slot)
    else:
        shed.edit_from_outside(key, slot, **changes)


def _changes(lock: SimulatedLock, held: HeldCode, act: str, draw: float) -> dict[str, Any]:
    match act:
        case "pin":
            return {"pin": _pin(lock, draw * 0.97)}
        case "name":
            return {"name": "Cleaner"}
        case "disable":
            return {"enabled": False}
        case "window" if held.ends_at is not None:
            return {"ends_at": held.ends_at + dt.timedelta(days=2)}
    return {}


def _pin(lock: SimulatedLock, draw: float) -> str | None:
    """A PIN that the lock takes and does not hold, from the dice."""
    capabilities = lock.state.capabilities
    length = capabilities.pin_lengths[0]
    held = {code.pin for code in lock.state.codes.values()}
    for number in range(1000):
        pin = f"{(int(draw * 10**length) + 7919 * number) % 10**length:0{length}d}"
        if pin not in held and pin_problem(pin, capabilities) is None:
            return pin
    return None
