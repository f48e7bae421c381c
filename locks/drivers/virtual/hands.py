"""One deed of other hands at a virtual lock, as the sandbox page names it; what it does is in outside.py."""

from __future__ import annotations

from locks.drivers.virtual.forms import ADD, DELETE, EDIT, EMPTY, FORCE, LOCK
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.outside import (
    add_foreign_code,
    delete_from_outside,
    edit_from_outside,
    tamper,
    turn_by_hand,
)


def do_by_hand(lock: VirtualLock, *, deed: str, place: str = "", name: str = "", pin: str = "") -> None:
    """Raise OutsideError, with a sentence, where the lock does not take it."""
    if deed == ADD:
        add_foreign_code(lock, pin=pin, name=name)
    elif deed == EDIT:
        edit_from_outside(lock, int(place), pin=pin)
    elif deed == DELETE:
        delete_from_outside(lock, int(place))
    elif deed == EMPTY:
        delete_from_outside(lock)
    elif deed == FORCE:
        tamper(lock)
    else:
        turn_by_hand(lock, locked=deed == LOCK)
