from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.urls import reverse

from access.declaring import declare_stay
from access.enums import EventType, Seen
from access.models import AccessCode, Event
from access.status import STALE_AFTER
from locks.enums import AccountStatus
from locks.models import Account, Device
from properties.booking import GuestDetails
from properties.models import Stay
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door
from tests.pages import HTMX, assert_is_page, text_of, version_in
from tests.world import PIN, World

TODAY = NOW.date()
DAY = dt.timedelta(days=1)


def test_readiness_shows_a_cell_for_each_door(owner: Client, world: World) -> None:
    answer = owner.get(reverse("readiness"))

    assert_is_page(answer)
    assert PIN not in answer.content.decode()
    page = text_of(answer)
    assert world.stay.guest_name in page
    assert world.door.name in page


def test_readiness_is_about_the_next_seven_days(owner: Client, world: World) -> None:
    for days in (-1, 6, 7):
        make_stay(
            world.unit, arrival_date=TODAY + days * DAY, guest=GuestDetails(name=f"Guest of day {days}.")
        )

    page = text_of(owner.get(reverse("readiness")))

    assert "Guest of day 6." in page
    assert "Guest of day 7." not in page
    assert "Guest of day -1." not in page


def test_readiness_shows_those_alone_that_are_not_ready(owner: Client, world: World) -> None:
    """A held guest has no door that could be red, and is not ready all the same."""
    well, held = make_unit(world.place), make_unit(world.place)
    names = {"Gustav Well": (well, False), "Hedda Held": (held, True)}
    for name, (unit, hold) in names.items():
        virtual_door(unit, name=f"Door of {name}")
        guest = GuestDetails(name=name)
        stay = make_stay(unit, arrival_date=TODAY + DAY, guest=guest, hold_access=hold)
        declare_stay(stay.pk, now=NOW)
    AccessCode.objects.filter(pk=world.code.pk).update(failures=3, stopped="refused", seen=Seen.ABSENT)

    page = text_of(owner.get(reverse("readiness"), {"show": "unready"}))

    assert "Hedda Held" in page
    assert world.stay.guest_name in page
    assert "Gustav Well" not in page
    assert "Gustav Well" in text_of(owner.get(reverse("readiness")))


def test_readiness_where_all_is_well_says_so(owner: Client, world: World) -> None:
    Stay.objects.update(status="cancelled")

    assert "Everybody who comes is ready" in text_of(owner.get(reverse("readiness"), {"show": "unready"}))


def test_readiness_is_looked_at_again_by_itself(owner: Client, world: World) -> None:
    page = owner.get(reverse("readiness"))
    version = version_in(page)

    assert owner.get(reverse("readiness"), {"v": version}, headers=HTMX).status_code == 204
    Event.objects.create(workspace=world.workspace, type=EventType.CODE_SET, occurred_at=NOW, stay=world.stay)
    again = owner.get(reverse("readiness"), {"v": version}, headers=HTMX)
    assert again.status_code == 200
    assert "<h1" not in again.content.decode()


def test_readiness_asks_as_often_for_three_as_for_one(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    def fill() -> None:
        unit = make_unit(make_property(world.workspace))
        virtual_door(unit)
        make_stay(unit, arrival_date=TODAY + DAY)

    fill()
    with django_assert_max_num_queries(20) as first:
        owner.get(reverse("readiness"))
    fill()
    fill()
    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(reverse("readiness"))


def test_reliability_without_codes_says_so(owner: Client, world: World) -> None:
    Event.objects.all().delete()

    answer = owner.get(reverse("reliability"))

    assert_is_page(answer)
    assert "Nothing to tell yet" in text_of(answer)


def test_reliability_of_few_codes_is_honest(owner: Client, world: World) -> None:
    Event.objects.filter(type=EventType.CODE_SET).update(
        data={"sent_at": (NOW - dt.timedelta(seconds=3)).isoformat(), "commands": 1}
    )

    answer = owner.get(reverse("reliability"))

    assert_is_page(answer)
    page = text_of(answer)
    assert "Only a few codes so far" in page
    assert "2 to 5 s 1" in page


def test_doors_in_trouble_are_listed_however_far_ahead_and_however_many(owner: Client, world: World) -> None:
    Stay.objects.update(status="cancelled")
    unit = make_unit(world.place)
    virtual_door(unit, name="Far door")
    stay = make_stay(unit, arrival_date=TODAY + 6 * DAY, guest=GuestDetails(name="Far Guest"))
    declare_stay(stay.pk, now=NOW)
    AccessCode.objects.filter(grant__stay=stay).update(failures=3, stopped="refused", seen=Seen.ABSENT)
    for number in range(51):
        make_stay(
            unit, arrival_date=TODAY + DAY, guest=GuestDetails(name=f"Held {number}."), hold_access=True
        )

    first = text_of(owner.get(reverse("readiness"), {"show": "unready"}))
    second = text_of(owner.get(reverse("readiness"), {"show": "unready", "page": "2"}))

    names = [f"Held {number}." for number in range(51)] + ["Far Guest"]
    assert [name for name in names if (name in first) + (name in second) != 1] == []
    assert "on this page" in first


def test_page_of_doubts_that_proved_well_does_not_say_that_all_is(owner: Client, world: World) -> None:
    Stay.objects.update(status="cancelled")
    unit = make_unit(world.place)
    virtual_door(unit)
    for number in range(51):
        make_stay(unit, arrival_date=TODAY + DAY, guest=GuestDetails(name=f"Guest {number}."))
    for stay in Stay.objects.exclude(status="cancelled"):
        declare_stay(stay.pk, now=NOW)
    AccessCode.objects.filter(grant__stay__unit=unit).update(failures=1)

    page = text_of(owner.get(reverse("readiness"), {"show": "unready"}))

    assert "Everybody who comes is ready" not in page
    assert "ready after all" in page


def unready_page(owner: Client) -> str:
    return text_of(owner.get(reverse("readiness"), {"show": "unready"}))


def arriving_tomorrow(world: World) -> AccessCode:
    """The only one who comes, with a code that stands on the lock as it should."""
    Stay.objects.update(status="cancelled")
    unit = make_unit(world.place)
    virtual_door(unit, name="Lost door")
    stay = make_stay(unit, arrival_date=TODAY + DAY, guest=GuestDetails(name="Lotte Lost"))
    declare_stay(stay.pk, now=NOW)
    AccessCode.objects.filter(grant__stay=stay).update(seen=Seen.PRESENT)
    return AccessCode.objects.get(grant__stay=stay)


def test_door_whose_account_lost_its_connection_is_not_ready(owner: Client, world: World) -> None:
    code = arriving_tomorrow(world)
    assert "Lotte Lost" not in unready_page(owner)
    Account.objects.filter(devices=code.device_id).update(status=AccountStatus.DISCONNECTED)

    page = unready_page(owner)

    assert "Everybody who comes is ready" not in page
    assert "Lotte Lost" in page
    assert "Lost door Connection lost" in page


def test_door_that_was_not_read_for_a_day_is_not_ready(owner: Client, world: World) -> None:
    code = arriving_tomorrow(world)
    Device.objects.filter(pk=code.device_id).update(last_read_at=NOW - STALE_AFTER)
    assert "Lotte Lost" not in unready_page(owner)
    Device.objects.filter(pk=code.device_id).update(last_read_at=NOW - STALE_AFTER - dt.timedelta(minutes=1))

    page = unready_page(owner)

    assert "Lotte Lost" in page
    assert "Lost door Connection lost" in page
