"""Parts of these tests: codes that other hands put on a lock, and what the lock was told since."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from access.models import Event, LockCode
from locks.drivers.virtual.models import VirtualCode, VirtualLock
from locks.drivers.virtual.outside import add_foreign_code
from locks.models import Device
from tests.stack.house import House

ACTOR = "manager@example.org"


def stranger(house: House, pin: str | None = "7391", name: str = "Cleaner", **fields: Any) -> VirtualCode:
    """A code made at the lock, and read once."""
    code = add_foreign_code(house.lock, pin=pin, name=name, **fields)
    read_again(house)
    return code


def read_again(house: House, device: Device | None = None) -> None:
    Device.objects.filter(pk=(device or house.doors[0].device).pk).update(wake_at=timezone.now())
    house.run()


def place_of(house: House, code: VirtualCode) -> LockCode:
    return LockCode.objects.get(device=house.doors[0].device, ref=str(code.slot))


def commands(lock: VirtualLock) -> list[str]:
    """What the lock was told to change since it was made, in order."""
    rows = lock.log.filter(action__in=["put", "remove"]).order_by("pk")
    return [f"{row.action} {row.slot}" for row in rows]


def events(house: House, *, but: tuple[str, ...] = ("device.", "stay.", "lock.")) -> list[str]:
    rows = Event.objects.filter(device=house.doors[0].device).order_by("pk").values_list("type", flat=True)
    return [row for row in rows if not row.startswith(but)]
