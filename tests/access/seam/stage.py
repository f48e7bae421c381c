"""A lock, the official package and a clock that is moved by hand: the keypad is the oracle of each story."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from seam.exceptions import SeamHttpApiError
from seam.seam import Seam

from access.models import Event
from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import Device

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@dataclass
class Stage:
    """A lock, the package, and a clock that is moved by hand; `run` moves it and lets the engine work."""

    seam: Seam
    device: Device
    travel: time_machine.Traveller

    @property
    def device_id(self) -> str:
        return str(self.device.public_id)

    @property
    def lock(self) -> VirtualLock:
        return virtual_lock_of(self.device)

    def opens(self, pin: str | None) -> bool:
        assert pin is not None
        return keypad(self.lock, pin).opened

    def run(self, *, at: dt.datetime | None = None) -> None:
        if at is not None:
            self.travel.move_to(at, tick=False)
        for _ in range(3):
            run_due()
            self.travel.shift(dt.timedelta(seconds=20))
        run_due()

    def create(self, **params: Any) -> Any:
        return self.seam.access_codes.create(device_id=self.device_id, **params)

    def get(self, code: Any) -> Any:
        return self.seam.access_codes.get(access_code_id=code.access_code_id)

    def is_gone(self, code: Any) -> bool:
        try:
            self.get(code)
        except SeamHttpApiError as error:
            return error.code == "access_code_not_found"
        return False

    def attempt(self, action_type: str) -> Any:
        found = self.seam.action_attempts.list(device_id=self.device_id)
        return [one for one in found if one.action_type == action_type][-1]

    def events(self) -> list[str]:
        rows = Event.objects.filter(device=self.device, type__startswith="access_code.").order_by("pk")
        return [event.type.removeprefix("access_code.") for event in rows]


def told(moment: dt.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def brand(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("stage", names, indirect=True)
