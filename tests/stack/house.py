"""A house with one virtual lock, and a clock that is moved by hand: the whole stack with the keypad as its oracle."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import time_machine
from django.utils import timezone

from access.models import AccessGrant
from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.models import VirtualLock
from locks.models import Door
from properties.models import Stay, Unit
from tests.factories import lock_of, make_property, make_unit, virtual_door

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@dataclass
class House:
    """`at` moves the clock and lets the engine do what is due."""

    travel: time_machine.Traveller
    unit: Unit
    doors: list[Door] = field(default_factory=list)

    @property
    def lock(self) -> VirtualLock:
        return lock_of(self.doors[0])

    def run(self) -> None:
        run_due()

    def at(self, moment: dt.datetime) -> None:
        """Go straight to the moment and let the engine do what is due by then, as after a long outage."""
        self.travel.move_to(moment, tick=False)
        self.run()

    def opens(self, pin: str, door: Door | None = None) -> bool:
        lock = self.lock if door is None else lock_of(door)
        return keypad(lock, pin).opened

    def pin_of(self, stay: Stay) -> str:
        """Return the PIN that the guest would be told."""
        grant = AccessGrant.objects.get(stay=stay, revoked_at=None)
        code = grant.codes.filter(revoked_at=None, is_backup=False).order_by("pk").first()
        assert code is not None
        assert code.pin is not None
        return code.pin


def build_house(
    travel: time_machine.Traveller,
    *,
    brand: str = "schlage",
    time_zone: str = "Europe/Zurich",
    **rules: Any,
) -> House:
    unit = make_unit(make_property(time_zone=time_zone, **rules))
    return House(travel, unit, [virtual_door(unit.property, brand=brand, now=timezone.now())])


def step(house: House, minutes: float, *, seconds: float = 15) -> None:
    """Let time pass in small steps, as a runner would see it."""
    begun = timezone.now()
    for number in range(1, int(minutes * 60 / seconds) + 1):
        house.at(begun + dt.timedelta(seconds=number * seconds))
