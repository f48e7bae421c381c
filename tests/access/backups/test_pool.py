"""The pool of a lock: what is declared, how many, and what is said of it; the runner puts the codes on the lock."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from access.backups import fill_pool, resize_pools, switch_pool
from access.backups.pool import in_pool, is_ready
from access.models import AccessCode, Problem
from access.running.loading import BREAK_AFTER
from access.running.runner import run_due
from locks.constraints import pin_problem
from locks.devices import capabilities_of
from locks.drivers.virtual.moods import Mood, clear_moods, set_mood
from locks.drivers.virtual.outside import add_foreign_code
from locks.models import Device
from tests.factories import NOW, lock_of, make_device, make_property, make_workspace, virtual_door
from tests.stack.house import House

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = 5


def door_device(brand: str = "schlage", size: int = SIZE) -> Device:
    place = make_property(make_workspace(backup_pool_size=size))
    return virtual_door(place, brand=brand).device


def pool(device: Device) -> list[AccessCode]:
    return list(AccessCode.objects.filter(in_pool(device=device)).order_by("pk"))


def problems(device: Device) -> set[str]:
    return set(Problem.objects.filter(device=device, cleared_at=None).values_list("code", flat=True))


def test_pool_of_a_door_is_declared_with_pins_that_the_lock_takes_and_nobody_else_has() -> None:
    device = door_device("kwikset")

    assert fill_pool(device, now=NOW) == SIZE
    assert fill_pool(device, now=NOW) == SIZE

    codes = pool(device)
    assert len({code.pin_key for code in codes}) == len(codes) == SIZE
    for code in codes:
        assert code.pin is not None
        assert pin_problem(code.pin, capabilities_of(device)) is None
        assert code.grant is None
        assert code.name == f"Backup {str(code.public_id)[:8]} (Keyturn)"
        assert (code.starts_at, code.ends_at) == (None, None)


def test_lock_on_no_door_gets_a_pool_only_when_a_person_asks() -> None:
    device = make_device(make_workspace(backup_pool_size=SIZE))
    assert fill_pool(device, now=NOW) == 0

    switch_pool(device, on=True, actor="test", now=NOW)
    assert len(pool(device)) == SIZE
    assert "empty_backup_access_code_pool" in problems(device)

    switch_pool(device, on=False, actor="test", now=NOW)
    assert pool(device) == []
    assert not problems(device)


def test_brand_without_pools_and_unmanaged_lock_get_none() -> None:
    assert fill_pool(door_device("salto_ks"), now=NOW) == 0
    device = door_device()
    Device.objects.filter(pk=device.pk).update(is_managed=False)
    assert fill_pool(Device.objects.get(pk=device.pk), now=NOW) == 0


def test_guests_come_first_on_a_small_lock() -> None:
    device = door_device()
    Device.objects.filter(pk=device.pk).update(capabilities={"max_codes": 12})

    assert fill_pool(device, now=NOW) == 3


def test_smaller_size_takes_the_excess_back() -> None:
    device = door_device()
    fill_pool(device, now=NOW)
    workspace = device.account.workspace
    workspace.backup_pool_size = 2
    workspace.save()

    resize_pools(workspace.pk, now=NOW)

    assert len(pool(device)) == 2
    assert AccessCode.objects.filter(device=device, is_backup=True).exclude(revoked_at=None).count() == 3


def test_two_fills_at_once_fill_once() -> None:
    device = door_device()
    start = threading.Barrier(2)

    def fill() -> None:
        start.wait()
        fill_pool(device, now=NOW)
        connection.close()

    threads = [threading.Thread(target=fill) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(pool(device)) == SIZE


def test_runner_puts_the_pool_on_the_lock_and_each_code_opens(house: House) -> None:
    device = house.doors[0].device
    fill_pool(device, now=timezone.now())
    house.run()
    house.at(timezone.now() + dt.timedelta(minutes=2))

    codes = pool(device)
    assert all(map(is_ready, codes))
    assert all(house.opens(code.pin or "") for code in codes)
    assert not problems(device) - {"device_offline"}


def test_pool_code_whose_pin_a_stranger_has_is_exchanged(house: House) -> None:
    device = house.doors[0].device
    fill_pool(device, now=timezone.now())
    clashing = pool(device)[0]
    add_foreign_code(lock_of(house.doors[0]), pin=clashing.pin, name="Neighbour")

    for minutes in range(1, 5):
        house.at(timezone.now() + dt.timedelta(minutes=minutes))
        fill_pool(device, now=timezone.now())
    house.at(timezone.now() + dt.timedelta(minutes=5))

    codes = pool(device)
    assert clashing.pin_key not in {code.pin_key for code in codes}
    assert len(codes) == SIZE
    assert all(map(is_ready, codes))


def test_pool_fills_up_after_a_lock_that_listened_to_nothing(house: House) -> None:
    device = house.doors[0].device
    set_mood(house.lock, Mood.REJECTING, reason="busy")
    fill_pool(device, now=timezone.now())
    for _ in range(12):
        house.at(timezone.now() + dt.timedelta(minutes=10))
    device.refresh_from_db()
    assert device.command_failures >= BREAK_AFTER
    assert not any(map(is_ready, pool(device)))

    clear_moods(house.lock)
    for _ in range(20):
        house.at(timezone.now() + dt.timedelta(minutes=5))

    assert all(map(is_ready, pool(device)))


def test_next_look_at_the_lock_finds_what_nobody_announced(travel: time_machine.Traveller) -> None:
    device = door_device()
    AccessCode.objects.filter(device=device, is_backup=True).delete()

    travel.move_to(NOW + dt.timedelta(hours=1), tick=False)
    run_due()

    assert len(pool(device)) == SIZE
