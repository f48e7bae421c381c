"""A hint from a lock system: something happened at this lock, look at once. Called by drivers whose lock system pushes.

A hint carries no content, so that a forged, late or doubled one does no harm: the device is woken and read.
"""

from __future__ import annotations

import datetime as dt

from locks.models import Device
from locks.waking import wake_devices


def announce_change(driver_key: str, login: str, external_id: str, *, now: dt.datetime) -> int:
    """Wake the device that this login sees under `external_id`, in every workspace that has it; return how many."""
    devices = Device.objects.select_related("account").filter(
        external_id=external_id,
        account__driver=driver_key,
        account__deleted_at=None,
        is_managed=True,
        removed_at=None,
    )
    # Credentials are encrypted, so that the database cannot compare them.
    woken = [device.pk for device in devices if login in device.account.credentials.values()]
    if woken:
        wake_devices(woken, at=now)
    return len(woken)
