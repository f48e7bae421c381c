"""What was added by mistake, or is let no longer, can go; what guests' history hangs on cannot, and says so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from properties.calendars.removing import coming_stays_of
from properties.enums import StayStatus
from properties.models import CalendarFeed, FeedEvent, Property, Stay, Unit
from tests.factories import NOW, make_feed, make_property, make_stay, make_unit, virtual_door
from tests.pages import assert_is_page, text_of
from tests.world import World


def test_unit_that_was_a_mistake_is_removed(owner: Client, world: World) -> None:
    unit = make_unit(world.place, name="Flta 7")
    make_feed(unit)
    address = reverse("unit-remove", args=[unit.public_id])

    assert_is_page(owner.get(address))
    page = owner.post(address, follow=True)

    assert "Flta 7 is removed." in text_of(page)
    assert not Unit.objects.filter(pk=unit.pk).exists()
    assert world.workspace.changes.get(what="Unit removed").detail == "Flta 7"


def test_unit_with_a_history_stays_and_says_why(owner: Client, world: World) -> None:
    address = reverse("unit-remove", args=[world.unit.public_id])

    for page in (owner.get(address, follow=True), owner.post(address, follow=True)):
        assert "has 1 stay in its history, which is kept as proof" in text_of(page)
    assert Unit.objects.filter(pk=world.unit.pk).exists()


def test_unit_whose_door_would_be_nobodys_stays(owner: Client, world: World) -> None:
    unit = make_unit(world.place, name="Attic")
    virtual_door(unit, name="Attic door", now=NOW)

    page = owner.post(reverse("unit-remove", args=[unit.public_id]), follow=True)

    assert "remove that door first" in text_of(page)
    assert Unit.objects.filter(pk=unit.pk).exists()


def test_property_goes_with_its_units_once_its_doors_are_gone(owner: Client, world: World) -> None:
    place = make_property(world.workspace, name="Sold house")
    door = virtual_door(make_unit(place), name="Gate", now=NOW)
    address = reverse("property-remove", args=[place.public_id])
    refused = owner.post(address, follow=True)
    owner.post(reverse("door-remove", args=[door.public_id]))

    page = owner.post(address, follow=True)

    assert "First remove its doors, so that their codes leave the locks: Gate." in text_of(refused)
    assert "Sold house is removed." in text_of(page)
    assert not Property.objects.filter(pk=place.pk).exists()
    assert "Property removed Sold house" in text_of(owner.get(reverse("audit")))


@pytest.fixture
def stays(world: World) -> dict[str, Stay]:
    """One of the feed who is there, and one who comes."""
    day = dt.timedelta(days=1)
    found = {
        "there": make_stay(world.unit, arrival_date=NOW.date() - day, departure_date=NOW.date() + day),
        "coming": make_stay(
            world.unit, arrival_date=NOW.date() + 9 * day, departure_date=NOW.date() + 12 * day
        ),
    }
    FeedEvent.objects.filter(feed=world.feed).delete()
    for name, stay in found.items():
        FeedEvent.objects.create(
            feed=world.feed, uid=name, stay=stay, classified="stay", digest="0" * 64, first_seen_at=NOW,
            last_seen_at=NOW, arrival_date=stay.arrival_date, departure_date=stay.departure_date or NOW.date(),
        )  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("word", "coming", "told"),
    [("cancel", StayStatus.CANCELLED, "1 stay cancelled."), ("keep", StayStatus.CONFIRMED, "still there")],
)
def test_calendar_goes_and_its_stays_as_was_said(
    owner: Client, world: World, stays: dict[str, Stay], word: str, coming: str, told: str
) -> None:
    address = reverse("feed-remove", args=[world.feed.public_id])
    asked = owner.get(address)

    page = owner.post(address, {"stays": word}, follow=True)

    assert_is_page(asked)
    assert "(1 stay)" in text_of(asked)
    assert told in text_of(page)
    assert not CalendarFeed.objects.filter(pk=world.feed.pk).exists()
    assert Stay.objects.get(pk=stays["there"].pk).status == StayStatus.CONFIRMED
    assert Stay.objects.get(pk=stays["coming"].pk).status == coming
    assert owner.get(reverse("stay-detail", args=[stays["there"].public_id])).status_code == 200


def test_calendar_stays_until_it_is_said_what_becomes_of_its_stays(
    owner: Client, world: World, stays: dict[str, Stay]
) -> None:
    answer = owner.post(reverse("feed-remove", args=[world.feed.public_id]), {"stays": ""})

    assert_is_page(answer, status=422)
    assert "Say what becomes of its stays." in text_of(answer)
    assert coming_stays_of(world.feed, now=NOW) == [stays["coming"]]


@pytest.mark.parametrize("name", ["unit-remove", "property-remove", "feed-remove"])
def test_staff_removes_nothing(staff: Client, world: World, name: str) -> None:
    rows = {"unit-remove": world.unit, "property-remove": world.place, "feed-remove": world.feed}

    assert staff.post(reverse(name, args=[rows[name].public_id]), {"stays": "cancel"}).status_code == 403
