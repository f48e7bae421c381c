"""What other hands do to a virtual lock: at its keypad, in its maker's app, through another lock manager.

Nothing here passes the driver, so nothing here is announced to the application; it finds out by reading.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from locks.drivers.base import Applied, CodeToPut
from locks.drivers.virtual import memory
from locks.drivers.virtual.logbook import note
from locks.drivers.virtual.models import VirtualCode, VirtualLock


class OutsideError(ValueError):
    """The lock did not take the change; the message is a sentence."""


@transaction.atomic
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
    lock = _held(lock)
    code = CodeToPut(pin=pin, name=name, starts_at=starts_at, ends_at=ends_at)
    outcome = memory.put(lock, code, now=now)
    if not isinstance(outcome, Applied):
        raise OutsideError(outcome.message)
    lock.save(update_fields=["next_slot"])
    added = lock.codes.get(slot=int(outcome.ref))
    added.foreign = True
    added.save(update_fields=["foreign"])
    note(lock, "foreign_added", at=now, slot=added.slot)
    return added


@transaction.atomic
def edit_from_outside(
    lock: VirtualLock, slot: int, *, now: dt.datetime | None = None, **changes: object
) -> VirtualCode:
    """Change `pin`, `name`, `starts_at`, `ends_at` or `enabled` of the code in a place."""
    unknown = sorted(changes.keys() - {"pin", "name", "starts_at", "ends_at", "enabled"})
    if unknown:
        raise OutsideError(f"A code on a lock has no “{unknown[0]}”.")
    lock = _held(lock)
    code = _code_in(lock, slot)
    for field, value in changes.items():
        setattr(code, field, value)
    code.save(update_fields=sorted(changes))
    note(lock, "edited_outside", at=now or timezone.now(), slot=slot, detail=", ".join(sorted(changes)))
    return code


@transaction.atomic
def delete_from_outside(
    lock: VirtualLock, slot: int | None = None, *, now: dt.datetime | None = None
) -> None:
    """Clear one place, or the whole memory as a factory reset does."""
    lock = _held(lock)
    if slot is None:
        lock.codes.all().delete()
    else:
        _code_in(lock, slot).delete()
    note(lock, "deleted_outside", at=now or timezone.now(), slot=slot)


def _held(lock: VirtualLock) -> VirtualLock:
    return VirtualLock.objects.select_for_update().get(pk=lock.pk)


def _code_in(lock: VirtualLock, slot: int) -> VirtualCode:
    code = lock.codes.filter(slot=slot).first()
    if code is None:
        raise OutsideError(f"There is no code in place {slot}.")
    return code
