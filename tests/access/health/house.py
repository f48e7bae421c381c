"""One virtual lock, one code and a clock that is moved by hand: what the tests of health stand on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import time_machine
from django.utils import timezone

from access.codes import NewCode, create_code
from access.models import AccessCode, Event, Problem
from access.running.runner import run_due
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import clear_moods, set_mood
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import Account, Device
from locks.waking import wake_devices
from tests.factories import make_unit, virtual_door

BEGIN = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
TURN = dt.timedelta(minutes=11)


@dataclass
class House:
    """`device` on a door; `look` lets time pass and the runner work."""

    device: Device
    travel: time_machine.Traveller

    @property
    def lock(self) -> VirtualLock:
        return virtual_lock_of(self.device)

    @property
    def account(self) -> Account:
        return Account.objects.get(pk=self.device.account_id)

    @property
    def now(self) -> dt.datetime:
        return timezone.now()

    def look(self, times: int = 1, *, after: dt.timedelta = TURN) -> None:
        for _ in range(times):
            self.travel.shift(after)
            wake_devices([self.device.pk], at=timezone.now())
            run_due()
        self.device.refresh_from_db()

    def mood(self, mood: str, **settings: Any) -> None:
        set_mood(self.lock, mood, **settings)

    def heal(self) -> None:
        clear_moods(self.lock)

    def code(self, *, hours: tuple[float, float] | None = None, **fields: Any) -> AccessCode:
        """An ongoing code, or one whose window begins and ends so many hours from now."""
        if hours is not None:
            fields["starts_at"], fields["ends_at"] = (self.now + dt.timedelta(hours=hour) for hour in hours)
        return create_code(self.device, NewCode(name="Ada", **fields), actor="test", now=self.now)

    def problems(self) -> set[str]:
        """The codes of all open problems of the lock, its account and its codes."""
        about = Problem.objects.filter(workspace=self.device.account.workspace, cleared_at=None)
        return set(about.values_list("code", flat=True))

    def events(self) -> list[str]:
        of_device = Event.objects.filter(workspace=self.device.account.workspace)
        return list(of_device.order_by("pk").values_list("type", flat=True))


def make_house(travel: time_machine.Traveller, brand: str = "nuki", **fields: Any) -> House:
    door = virtual_door(make_unit(), brand, now=timezone.now(), **fields)
    Device.objects.filter(pk=door.device_id).update(backup_pool_enabled=False)
    house = House(Device.objects.select_related("account__workspace").get(pk=door.device_id), travel)
    house.look(after=dt.timedelta(0))
    return house
