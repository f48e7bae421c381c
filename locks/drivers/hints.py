"""A hint from a lock system: something happened at this lock, look at once. Called by drivers whose lock system pushes.

A hint carries no content, so that a forged, late or doubled one does no harm: the device is woken and read.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from locks.models import Device
from locks.waking import wake_devices
from properties.compiled import compiled


def announce_change(driver_key: str, login: str, external_id: str, *, now: dt.datetime) -> int:
    """Wake the device that this login sees under `external_id`, in every workspace that has it; return how many."""
    # Credentials are encrypted, so that the database cannot compare them.
    seen = _seen_as(driver_key, external_id)
    woken = [device.pk for device in seen if login in device.account.credentials.values()]
    if woken:
        wake_devices(woken, at=now)
    return len(woken)


@compiled
def _seen_as(driver_key: str, external_id: str) -> QuerySet[Device]:
    devices = Device.objects.filter(external_id=external_id, is_managed=True, removed_at=None)
    return devices.filter(account__driver=driver_key, account__deleted_at=None).select_related("account")
