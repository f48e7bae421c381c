"""The page of a lock: battery, connection, door, and the two buttons."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from access.enums import AttemptStatus, EventType, ProblemKind
from access.models import ActionAttempt, Event, Problem
from access.needs import need_of
from locks.models import BatteryReading, Device
from tests.factories import NOW, make_device
from tests.pages import HTMX, assert_is_page, text_of
from tests.world import World

DAY = dt.timedelta(days=1)


def test_unlock_is_asked_for_without_javascript(owner: Client, world: World) -> None:
    answer = owner.post(reverse("device-turn", args=[world.device.public_id, "unlock"]), follow=True)

    attempt = ActionAttempt.objects.latest("pk")
    assert (attempt.type, attempt.requested_by) == ("UNLOCK_DOOR", world.owner.email)
    assert_is_page(answer)
    assert "Unlock: under way" in text_of(answer)


def test_progress_is_followed_while_under_way(owner: Client, world: World) -> None:
    answer = owner.post(reverse("device-turn", args=[world.device.public_id, "lock"]), headers=HTMX)
    assert b"data-hx-get" in answer.content

    ActionAttempt.objects.update(
        status=AttemptStatus.ERROR, error_type="device_offline", message="The lock is offline."
    )
    answer = owner.get(reverse("device-attempt", args=[world.device.public_id]), headers=HTMX)

    assert b"data-hx-get" not in answer.content
    assert "The lock is offline." in answer.content.decode()


def test_staff_may_look_and_not_turn(staff: Client, world: World) -> None:
    assert staff.post(reverse("device-turn", args=[world.device.public_id, "unlock"])).status_code == 403
    page = staff.get(reverse("device-detail", args=[world.device.public_id])).content
    assert b'id="unlock-door"' not in page


def test_bolt_is_turned_in_two_ways_only(owner: Client, world: World) -> None:
    assert owner.post(reverse("device-turn", args=[world.device.public_id, "melt"])).status_code == 404


def test_refusal_is_said(owner: Client, world: World) -> None:
    Device.objects.update(removed_at=NOW)

    answer = owner.post(reverse("device-turn", args=[world.device.public_id, "unlock"]), follow=True)

    assert "no longer lists this lock" in text_of(answer)


def test_refusal_is_said_in_place_where_the_page_asks(owner: Client, world: World) -> None:
    address = reverse("device-turn", args=[world.device.public_id, "unlock"])
    owner.post(address)
    Device.objects.update(removed_at=NOW)

    answer = owner.post(address, headers=HTMX)

    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.startswith('<div class="attempt" id="attempt"')
    assert html.count(" id=") == 1
    assert "no longer lists this lock" in text_of(answer)
    owner.get(reverse("device-list"))
    assert "no longer lists this lock" not in text_of(owner.get(reverse("device-list")))


def test_page_of_a_lock_without_a_door_tells_the_time_of_the_lock(owner: Client, world: World) -> None:
    device = make_device(world.workspace, brand="yale")
    Device.objects.filter(pk=device.pk).update(time_zone="Asia/Tokyo")

    page = owner.get(reverse("device-detail", args=[device.public_id]))

    assert "in the time of Asia/Tokyo" in text_of(page)


def test_page_tells_days_left_share_online_and_who_came(owner: Client, world: World) -> None:
    for day in range(20):
        BatteryReading.objects.create(device=world.device, at=NOW - (20 - day) * DAY, level=0.9 - day * 0.02)
    Device.objects.update(battery_level=0.52, online=True, battery_chemistry="alkaline")
    Event.objects.create(
        workspace=world.workspace, type=EventType.LOCK_UNLOCKED, occurred_at=NOW, device=world.device,
        access_code=world.code, data={"method": "keycode"},
    )  # fmt: skip

    page = text_of(owner.get(reverse("device-detail", args=[world.device.public_id])))

    assert "days" in page
    assert "Alkaline" in page
    assert "Unlocked by code" in page


def test_what_is_wrong_with_the_account_is_said_at_each_lock(owner: Client, world: World) -> None:
    Problem.objects.create(
        workspace=world.workspace, kind=ProblemKind.WARNING, code="scheduled_maintenance_window",
        message="Maintenance at night.", account=world.account, raised_at=NOW,
    )  # fmt: skip

    page = text_of(owner.get(reverse("device-detail", args=[world.device.public_id])))

    assert "Maintenance at night." in page


@pytest.mark.parametrize("level", [None, 0.05, 0.9])
def test_page_stands_with_any_battery(owner: Client, world: World, level: float | None) -> None:
    Device.objects.update(battery_level=level)

    assert_is_page(owner.get(reverse("device-detail", args=[world.device.public_id])))


def test_bridge_is_one_need_whatever_hangs_on_it(world: World) -> None:
    world.device.gateway = "7"
    problem = Problem(
        code="hub_disconnected", kind=ProblemKind.ERROR, message="Offline.", device=world.device
    )
    other = Device.objects.create(
        account=world.account, external_id="x", brand="august", name="B", gateway="7"
    )
    second = Problem(code="hub_disconnected", kind=ProblemKind.ERROR, message="Offline.", device=other)

    needs = [need_of(one, {}, now=NOW) for one in (problem, second)]

    assert {(need.url, need.subject) for need in needs} == {(needs[0].url, "Bridge 7")}


def test_manager_says_what_the_batteries_are_and_the_forecast_reckons_with_it(
    owner: Client, world: World
) -> None:
    address = reverse("device-battery", args=[world.device.public_id])

    answer = owner.post(address, {"chemistry": "lithium"}, follow=True)

    assert Device.objects.get(pk=world.device.pk).battery_chemistry == "lithium"
    assert_is_page(answer)
    assert 'value="lithium" selected' in answer.content.decode()
    owner.post(address, {"chemistry": ""})
    assert Device.objects.get(pk=world.device.pk).battery_chemistry == ""


def test_batteries_of_no_known_kind_are_refused(owner: Client, world: World) -> None:
    address = reverse("device-battery", args=[world.device.public_id])
    answer = owner.post(address, {"chemistry": "uranium"}, follow=True)
    assert "Choose one of the kinds" in text_of(answer)
    assert Device.objects.get(pk=world.device.pk).battery_chemistry == ""


def test_staff_may_not_say_what_the_batteries_are(staff: Client, world: World) -> None:
    address = reverse("device-battery", args=[world.device.public_id])
    assert staff.post(address, {"chemistry": "lithium"}).status_code == 403
    page = staff.get(reverse("device-detail", args=[world.device.public_id])).content
    assert b'id="save-battery"' not in page


def test_lock_on_the_mains_is_not_asked_for_its_batteries(owner: Client, world: World) -> None:
    Device.objects.update(has_direct_power=True)
    page = owner.get(reverse("device-detail", args=[world.device.public_id])).content
    assert b'id="save-battery"' not in page
