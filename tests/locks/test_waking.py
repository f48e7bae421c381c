from __future__ import annotations

import datetime as dt

import pytest

from locks.models import Device
from locks.waking import wake_devices
from tests.factories import NOW, make_device

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        (None, NOW),
        (NOW + dt.timedelta(hours=1), NOW),
        (NOW - dt.timedelta(hours=1), NOW - dt.timedelta(hours=1)),
    ],
)
def test_woken_device_is_due_at_the_earlier_moment(was: dt.datetime | None, is_now: dt.datetime) -> None:
    device = make_device()
    Device.objects.update(wake_at=was)
    declared = Device.objects.get(pk=device.pk).declared_seq

    wake_devices([device.pk, device.pk], at=NOW)

    device.refresh_from_db()
    assert (device.wake_at, device.declared_seq) == (is_now, declared + 1)


def test_other_devices_sleep_on() -> None:
    sleeping = make_device()
    Device.objects.update(wake_at=None)

    wake_devices([make_device().pk], at=NOW)

    sleeping.refresh_from_db()
    assert sleeping.wake_at is None
