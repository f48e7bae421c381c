from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.declaring import declare_stay
from access.lock_history import spells_between
from access.models import LockCode
from access.running.runner import run_due
from locks.drivers.virtual.outside import set_parts
from locks.models import Device
from tests.factories import (
    NOW,
    lock_of,
    make_device,
    make_member,
    make_property,
    make_stay,
    make_unit,
    make_workspace,
    virtual_door,
)
from tests.pages import HTMX, assert_is_page, signed_in, text_of, version_in
from tests.world import FOREIGN_PIN, PIN, World


def page_of(client: Client, device: Device) -> Any:
    return client.get(reverse("device-detail", args=[device.public_id]))


def test_list_says_what_each_lock_says_of_itself(owner: Client, world: World) -> None:
    Device.objects.update(online=False, online_changed_at=NOW, battery_level=0.1)

    answer = owner.get(reverse("device-list"))

    assert_is_page(answer)
    page = text_of(answer)
    assert world.device.name in page
    assert "Offline" in page
    assert "10 %, low" in page


@pytest.mark.parametrize(
    ("show", "found"), [("offline", True), ("battery", False), ("all", True), ("nonsense", True)]
)
def test_list_is_filtered(owner: Client, world: World, show: str, found: bool) -> None:
    Device.objects.update(online=False)

    page = text_of(owner.get(reverse("device-list"), {"show": show}))

    assert (world.device.name in page) is found


def test_device_page_puts_declared_beside_held(owner: Client, world: World) -> None:
    LockCode.objects.create(device=world.device, ref="77", pin=FOREIGN_PIN, name="Cleaner", first_seen_at=NOW)

    answer = page_of(owner, world.device)

    assert_is_page(answer)
    page = text_of(answer)
    assert world.stay.guest_name in page
    assert "They are never touched without a person" in page
    assert "“Cleaner” place 77" in page
    for pin in (PIN, FOREIGN_PIN):
        assert pin not in answer.content.decode()


def test_virtual_lock_has_its_keypad_on_its_page_where_no_poll_swaps_it(
    owner: Client, staff: Client, world: World
) -> None:
    page = page_of(owner, world.device).content.decode()
    keypad = reverse("device-keypad", args=[world.device.public_id])

    before, _, live = page.partition('id="live"')
    assert f'data-hx-post="{keypad}"' in before
    assert 'id="verdict"' in before
    assert "keypad" not in live.lower()
    assert "Make the lock misbehave" in before
    assert "Make the lock misbehave" not in text_of(page_of(staff, world.device))


def test_poll_without_news_is_answered_with_nothing(owner: Client, world: World) -> None:
    address = reverse("device-detail", args=[world.device.public_id])
    version = version_in(owner.get(address))

    same = owner.get(address, {"v": version}, headers=HTMX)
    world.device.refresh_from_db()
    world.device.online = False
    world.device.declared_seq += 1
    world.device.save()
    news = owner.get(address, {"v": version}, headers=HTMX)

    assert (same.status_code, news.status_code) == (204, 200)


def test_reading_on_demand_wakes_the_lock(owner: Client, world: World) -> None:
    Device.objects.update(wake_at=None)

    owner.post(reverse("device-read", args=[world.device.public_id]))

    assert Device.objects.get(pk=world.device.pk).wake_at == NOW


def test_reading_on_demand_asks_for_more_than_the_codes(owner: Client, world: World) -> None:
    """A lock that was heard a moment ago is asked for its battery all the same: a person wants to know."""
    run_due()
    set_parts(lock_of(world.door), battery_level=0.07)
    Device.objects.update(wake_at=None, last_seen_at=NOW)

    owner.post(reverse("device-read", args=[world.device.public_id]))
    run_due()

    assert Device.objects.get(pk=world.device.pk).battery_level == 0.07


def test_reading_on_demand_forgets_nothing_that_is_known(owner: Client, world: World) -> None:
    heard = NOW - dt.timedelta(days=3)
    Device.objects.update(online=True, last_seen_at=heard, last_read_at=heard, online_changed_at=None)
    Device.objects.update(created_at=NOW - dt.timedelta(days=90))

    owner.post(reverse("device-read", args=[world.device.public_id]))

    device = Device.objects.select_related("account").get(pk=world.device.pk)
    assert device.last_seen_at == heard
    assert device.status_wanted_at == NOW
    spells = spells_between(device, NOW - dt.timedelta(days=7), NOW, now=NOW)
    assert [(one.online, one.length.days) for one in spells] == [(True, 4), (None, 3)]


def test_lock_without_door_says_what_is_missing(db: None) -> None:
    workspace = make_workspace()
    device = make_device(workspace)

    page = text_of(page_of(signed_in(make_member(workspace)), device))

    assert "This lock is on no door yet" in page


@pytest.mark.parametrize("name", ["device-detail", "stay-detail"])
def test_queries_of_one_lock_or_stay_do_not_grow_with_codes_and_doors(
    owner: Client, world: World, name: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    of = world.device if name == "device-detail" else world.stay
    address = reverse(name, args=[of.public_id])
    declare_stay(world.stay.pk, now=NOW)
    with django_assert_max_num_queries(34) as first:
        owner.get(address)
    for number in range(2):
        virtual_door(world.unit)
        declare_stay(world.stay.pk, now=NOW)
        make_stay_and_declare(world, days=30 + 10 * number)

    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(address)


def make_stay_and_declare(world: World, *, days: int) -> None:
    stay = make_stay(world.unit, arrival_date=NOW.date() + dt.timedelta(days=days))
    declare_stay(stay.pk, now=NOW)


@pytest.mark.parametrize("name", ["device-list", "property-list"])
def test_queries_do_not_grow_with_rows(
    owner: Client, world: World, name: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as first:
        owner.get(reverse(name))
    for _ in range(2):
        virtual_door(make_unit(make_property(world.workspace)))

    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(reverse(name))


def test_queries_of_a_property_do_not_grow_with_rows(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    address = reverse("property-detail", args=[world.place.public_id])
    with django_assert_max_num_queries(20) as first:
        assert_is_page(owner.get(address))
    for _ in range(2):
        virtual_door(make_unit(world.place))

    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(address)


def test_properties_are_listed_in_pages(owner: Client, world: World) -> None:
    for number in range(51):
        make_property(world.workspace, name=f"Z house {number:02}")

    first = text_of(owner.get(reverse("property-list")))
    second = text_of(owner.get(reverse("property-list"), {"page": 2}))

    assert ("Z house 50" in first, "Z house 50" in second) == (False, True)
