"""A lock that is read often tells how it is all the same."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from locks.drivers.virtual import provisioning
from locks.waking import wake_devices
from tests.stack.conftest import travel
from tests.stack.house import MINUTE, build_house

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_lock_that_is_read_every_minute_still_tells_its_battery(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    device = house.doors[0].device
    house.run()
    provisioning.virtual_lock_of(device).__class__.objects.update(battery_level=0.08)

    for _ in range(12):
        house.travel.shift(dt.timedelta(minutes=1))
        wake_devices([device.pk], at=timezone.now())
        house.run()

    device.refresh_from_db()
    assert device.battery_level == 0.08
    assert device.last_seen_at is not None
    assert timezone.now() - device.last_seen_at < 11 * MINUTE
