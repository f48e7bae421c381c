"""A week and three months behind a lock, written as a runner would have: for pages that show it."""

from __future__ import annotations

import datetime as dt

from access.enums import EventType
from access.models import AccessCode, Event, LockCode
from locks.models import BatteryReading, Device

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def tell(
    device: Device, kind: EventType, at: dt.datetime, code: AccessCode | None = None, **data: str
) -> Event:
    return Event.objects.create(
        workspace=device.account.workspace,
        type=kind,
        occurred_at=at,
        device=device,
        access_code=code,
        data=data,
    )


def make_lock_past(device: Device, *, now: dt.datetime, code: AccessCode | None = None) -> None:
    Device.objects.filter(pk=device.pk).update(created_at=now - 200 * DAY, battery_chemistry="alkaline")
    device.battery_readings.all().delete()
    for day in range(80):
        BatteryReading.objects.create(device=device, at=now - (80 - day) * DAY, level=0.94 - day * 0.007)
    Device.objects.filter(pk=device.pk).update(battery_level=0.38, last_seen_at=now)
    for day in range(7):
        morning = now - day * DAY - 3 * HOUR
        tell(device, EventType.LOCK_UNLOCKED, morning, code, method="keycode")
        tell(device, EventType.LOCK_LOCKED, morning + HOUR / 60, method="automatic")
        if day % 2:
            tell(device, EventType.LOCK_UNLOCKED, morning + 2 * HOUR, method="manual")
            tell(device, EventType.LOCK_LOCKED, morning + 3 * HOUR, method="manual")
            tell(device, EventType.LOCK_DENIED, morning - HOUR, method="keycode")
            tell(device, EventType.LOCK_DENIED, morning - HOUR + HOUR / 60, method="keycode")
    tell(device, EventType.LOCK_UNLOCKED, now - 30 * HOUR, method="keycode", name="Plumber")
    tell(device, EventType.LOCK_UNLOCKED, now - 60 * HOUR, method="keycode")
    for begins, ends in ((50, 41), (24 * 12, 24 * 9), (24 * 20, 24 * 19)):
        tell(device, EventType.DEVICE_DISCONNECTED, now - begins * HOUR)
        tell(device, EventType.DEVICE_CONNECTED, now - ends * HOUR)
    LockCode.objects.create(device=device, ref="90", name="Plumber", first_seen_at=now - 40 * DAY)
