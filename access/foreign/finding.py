"""Note a foreign code that is known to stand in a place, before the next reading finds it there.

Called where a program types a code in at a virtual lock and is told its id at once. The reading, which is the runner's
work (access.running.inventory), finds the place as it is written here.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from access.enums import EventType
from access.events import record_device_event
from access.models import LockCode
from access.pins import pin_key_of
from locks.devices import capabilities_of
from locks.models import Device


@transaction.atomic
def note_found(device: Device, ref: str, *, pin: str, name: str, now: dt.datetime) -> LockCode:
    """Return the place's row. The PIN is kept only where a reading would show it."""
    Device.objects.select_for_update(no_key=True).get(pk=device.pk)
    shown = pin if capabilities_of(device).reads_pins else None
    place, is_new = LockCode.objects.get_or_create(
        device=device,
        ref=ref,
        defaults={
            "pin": shown,
            "pin_key": None if shown is None else pin_key_of(shown),
            "name": name[:200],
            "first_seen_at": now,
        },
    )
    if is_new:
        record_device_event(
            device,
            EventType.FOREIGN_CREATED,
            now=now,
            name=place.name,
            access_code_id=str(place.public_id),
        )
    return place
