"""The keypad of a virtual lock: the oracle of the whole product. Type a PIN; the door opens or stays shut.

Decided by the lock alone (pressing.py), from its memory and its own clock, with no connection and whatever its moods.
Called by tests, the sandbox pages and `manage.py virtual_lock`. The PIN is written nowhere.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from locks.drivers.virtual import pressing
from locks.drivers.virtual.actions import KEYPAD_OPENED as OPENED
from locks.drivers.virtual.actions import KEYPAD_REFUSED as REFUSED
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.outside import standing_at
from locks.drivers.virtual.pressing import KeypadResult

__all__ = ["OPENED", "REFUSED", "KeypadResult", "keypad"]


def keypad(lock: VirtualLock, pin: str, *, at: dt.datetime | None = None) -> KeypadResult:
    """Type `pin` at the moment `at` (now) of the real world; the lock sees its own clock."""
    at = at or timezone.now()
    with standing_at(lock, at) as state:
        return pressing.press(state, pin, now=at)
