"""Many locks behind few bridges, all due at one hour: each bridge bears one call at a time, and every guest gets in."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from locks.drivers.virtual.driver import VirtualConnection
from locks.drivers.virtual.logbook import busiest_minute, commands, writes
from locks.models import Device
from tests.factories import lock_of, make_property, make_stay, make_unit, virtual_door
from tests.stack.house import MINUTE, House
from tests.stack.test_trouble import open_problems

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, LAST = dt.date(2027, 3, 2), dt.date(2027, 3, 5)


class Radio:
    """Counts the calls that are under way, by lock and by bridge, while each takes its time."""

    def __init__(self) -> None:
        self.under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.bridges = dict(Device.objects.values_list("external_id", "gateway"))

    def slow(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        real = getattr(VirtualConnection, name)

        async def call(connection: VirtualConnection, device: str, *args: Any) -> Any:
            carriers = (device, self.bridges[device])
            self.under_way.update(carriers)
            for carrier in carriers:
                self.most[carrier] = max(self.most[carrier], self.under_way[carrier])
            await asyncio.sleep(0.002)
            try:
                return await real(connection, device, *args)
            finally:
                self.under_way.subtract(carriers)

        monkeypatch.setattr(VirtualConnection, name, call)


def test_f57_twenty_locks_behind_two_bridges_are_ready_at_one_hour(
    travel: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_property(time_zone="UTC")
    units = [make_unit(place) for _ in range(5)]
    doors = [
        virtual_door(place, "smartthings", now=timezone.now(), gateway=f"hub-{number % 2}")
        for number in range(20)
    ]
    house = House(travel, units[0], doors)
    house.run()
    stays = [make_stay(unit, arrival_date=FIRST, departure_date=LAST, now=timezone.now()) for unit in units]
    radio = Radio()
    for name in ("list_codes", "put_code", "remove_code", "read_status"):
        radio.slow(monkeypatch, name)
    start = stays[0].starts_at
    before = {door.pk: commands(lock_of(door)) for door in doors}

    for minutes in (60, 59, 40, 2, 1, 0.5, 0):
        house.at(start - minutes * MINUTE)

    pins = [house.pin_of(stay) for stay in stays]
    for door in doors:
        lock = lock_of(door)
        assert all(house.opens(pin, door) for pin in pins)
        assert writes(lock) == 10, "each code was brought once and opened once"
        assert busiest_minute(lock) <= 10
        assert commands(lock) - before[door.pk] <= 30, (
            "ten writes, and a reading of the whole lock for several"
        )
    assert max(radio.most.values()) == 1
    assert {"hub-0", "hub-1"} <= radio.most.keys()
    assert not open_problems()
