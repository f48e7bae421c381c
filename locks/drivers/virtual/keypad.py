"""The keypad of a virtual lock: the oracle of the whole product. Type a PIN; the door opens or stays shut.

Decided by the lock alone, from its memory and its own clock, with no connection and whatever its moods. Called by
tests, the sandbox pages and `manage.py virtual_lock`. The PIN is written nowhere.
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from locks.brands import brand_of
from locks.drivers.virtual.logbook import note
from locks.drivers.virtual.models import VirtualCode, VirtualLock

OPENED = "keypad_opened"
REFUSED = "keypad_refused"


@dataclass(frozen=True, slots=True)
class KeypadResult:
    """`slot` is the place of the code that opened; None where the door stayed shut."""

    opened: bool
    slot: int | None = None


@transaction.atomic
def keypad(lock: VirtualLock, pin: str, *, at: dt.datetime | None = None) -> KeypadResult:
    """Type `pin` at the moment `at` (now) of the real world; the lock sees its own clock."""
    at = at or timezone.now()
    lock = VirtualLock.objects.select_for_update().get(pk=lock.pk)
    clock = at + dt.timedelta(seconds=lock.clock_offset)
    keeps_windows = brand_of(lock.brand).capabilities.native_scheduling
    opening = (
        code
        for code in lock.codes.order_by("slot")
        if _is_pin(code, pin) and code.enabled and (not keeps_windows or _is_open_at(code, clock))
    )
    code = next(opening, None)
    if code is None:
        note(lock, REFUSED, at=at)
        return KeypadResult(opened=False)
    VirtualLock.objects.filter(pk=lock.pk).update(locked=False)
    note(lock, OPENED, at=at, slot=code.slot)
    return KeypadResult(opened=True, slot=code.slot)


def _is_pin(code: VirtualCode, pin: str) -> bool:
    return hmac.compare_digest((code.pin or "").encode(), pin.encode()) and bool(pin)


def _is_open_at(code: VirtualCode, clock: dt.datetime) -> bool:
    begun = code.starts_at is None or code.starts_at <= clock
    ended = code.ends_at is not None and code.ends_at <= clock
    return begun and not ended
