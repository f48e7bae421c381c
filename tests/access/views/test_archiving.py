"""A unit that is let no longer leaves lists and choices, and nobody can be booked into it; its history stays."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.archiving import archive_unit, why_unit_is_used
from access.models import AccessCode
from access.removing import RemovalRefused
from properties.booking import (
    BookingError,
    NewStay,
    cancel_stay,
    create_stays,
    details_of,
    override_times,
    reinstate_stay,
    save_stay,
)
from properties.enums import CancelReason
from properties.models import CalendarFeed, Property, Stay, Unit
from tests.factories import make_details, make_feed, make_property, make_stay, make_unit, virtual_door
from tests.pages import assert_is_page, text_of
from tests.stack.conftest import travel
from tests.stack.house import DAY, HOUR, House, build_house
from tests.world import World

__all__ = ["travel"]


@pytest.fixture
def place(world: World) -> Property:
    return make_property(world.workspace, name="Mill")


@pytest.fixture
def unit(place: Property) -> Unit:
    """With a past, and a calendar."""
    unit = make_unit(place, name="Loft")
    make_stay(unit, arrival_date=dt.date(2026, 3, 5), departure_date=dt.date(2026, 3, 8))
    make_feed(unit)
    return unit


def archive(owner: Client, unit: Unit) -> Any:
    return owner.post(reverse("unit-archive", args=[unit.public_id]), follow=True)


def choices_of(answer: Any, name: str) -> list[str]:
    return [str(label) for value, label in answer.context["form"].fields[name].choices if value]


def test_archived_unit_leaves_choices_and_the_timeline_and_keeps_its_history(
    owner: Client, world: World, unit: Unit
) -> None:
    past = Stay.objects.get(unit=unit)
    assert_is_page(owner.get(reverse("unit-archive", args=[unit.public_id])))

    told = archive(owner, unit)

    assert "Loft is archived." in text_of(told)
    assert "1 archived Loft" in text_of(told)
    for name, field in (("stay-create", "unit"), ("feed-create", "unit"), ("unit-many", "units")):
        assert "Mill · Loft" not in choices_of(owner.get(reverse(name)), field), name
    assert "Loft" not in [
        row.unit.name for group in owner.get(reverse("timeline")).context["groups"] for row in group.rows
    ]
    assert not CalendarFeed.objects.get(unit=unit).is_active
    assert past.guest_name in text_of(owner.get(reverse("stay-detail", args=[past.public_id])))
    assert past.guest_name in text_of(owner.get(reverse("stay-list"), {"show": "past"}))
    assert_is_page(owner.get(reverse("stay-edit", args=[past.public_id])))
    assert_is_page(owner.get(reverse("property-list")))
    assert world.workspace.changes.filter(what="Unit archived", detail="Loft").count() == 1


def test_archived_unit_is_brought_back_with_its_calendars_paused(owner: Client, unit: Unit) -> None:
    archive(owner, unit)
    feed = CalendarFeed.objects.get(unit=unit)
    refused = owner.post(reverse("feed-act", args=[feed.public_id, "resume"]), follow=True)

    told = owner.post(reverse("unit-bring-back", args=[unit.public_id]), follow=True)

    assert "is archived: bring it back before its calendar is read again" in text_of(refused)
    assert "Loft is back. Its calendars are still paused" in text_of(told)
    assert "Mill · Loft" in choices_of(owner.get(reverse("stay-create")), "unit")
    make_stay(unit, arrival_date=dt.date(2027, 4, 1))


def test_unit_with_stays_to_come_or_a_door_of_its_own_is_not_archived(
    owner: Client, place: Property, unit: Unit
) -> None:
    stay = make_stay(unit, arrival_date=timezone.localdate() + 2 * DAY)
    first = text_of(archive(owner, unit))
    cancel_stay(stay, reason=CancelReason.PERSON, actor="ana", now=timezone.now())
    virtual_door(unit, name="Loft door")
    second = text_of(archive(owner, unit))

    assert "In Loft 1 stay is running or to come: cancel them, or move them to another unit, first." in first
    assert "Only guests of Loft use Loft door: remove that door first" in second
    assert Unit.objects.get(pk=unit.pk).archived_at is None


def test_nobody_is_booked_into_an_archived_unit_whoever_asks(
    owner: Client, place: Property, unit: Unit
) -> None:
    now = timezone.now()
    soon = timezone.localdate() + 3 * DAY
    gone = make_stay(unit, arrival_date=soon)
    cancel_stay(gone, reason=CancelReason.PERSON, actor="ana", now=now)
    elsewhere = make_stay(make_unit(place, name="Attic"), arrival_date=soon)
    archive(owner, unit)
    fresh = Unit.objects.select_related("property").get(pk=unit.pk)
    new = make_details(fresh, arrival_date=soon)
    moved = dataclasses.replace(details_of(elsewhere), unit=fresh)
    workspace = place.workspace
    by: dict[str, Any] = {"actor": "ana", "now": now}

    def moving() -> None:
        save_stay(workspace, source=elsewhere.source, external_id=elsewhere.external_id, details=moved, **by)

    for ask in (
        lambda: save_stay(workspace, source="x", external_id="1", details=new, **by),
        moving,
        lambda: reinstate_stay(gone, **by),
    ):
        with pytest.raises(BookingError, match="Loft is archived: bring it back"):
            ask()
    [outcome] = create_stays(workspace, [NewStay("x", "2", new)], **by)
    assert isinstance(outcome, BookingError)
    assert not Stay.objects.filter(unit=unit, arrival_date=soon).exclude(pk=gone.pk).exists()
    past = dataclasses.replace(new, arrival_date=dt.date(2026, 5, 1), departure_date=dt.date(2026, 5, 3))
    save_stay(workspace, source="x", external_id="3", details=past, **by)


@pytest.mark.django_db(transaction=True)
def test_codes_that_are_not_known_to_be_gone_hold_the_archive_back(travel: time_machine.Traveller) -> None:
    house: House = build_house(travel)
    make_unit(house.unit.property, name="Beside")
    arrival = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 5))
    house.at(arrival - HOUR)
    house.at(arrival + HOUR)
    cancel_stay(stay, reason=CancelReason.PERSON, actor="ana", now=timezone.now())
    code = AccessCode.objects.get(grant__stay=stay, is_backup=False)

    with pytest.raises(RemovalRefused, match="not known to be gone from"):
        archive_unit(house.unit, actor="ana", now=timezone.now())
    house.run()
    house.at(arrival + 2 * HOUR)
    code.refresh_from_db()

    assert code.ended_at is not None
    assert why_unit_is_used(house.unit, now=timezone.now()) == ""
    archive_unit(house.unit, actor="ana", now=timezone.now())
    override_times(stay, check_out=dt.time(12), actor="ana", now=timezone.now())
    with pytest.raises(BookingError, match="archived"):
        reinstate_stay(stay, actor="ana", now=timezone.now())


def test_door_is_not_left_to_units_that_are_all_archived(owner: Client, place: Property, unit: Unit) -> None:
    attic, barn = make_unit(place, name="Attic"), make_unit(place, name="Barn")
    virtual_door(place, units=[unit, attic], name="Stair door")
    first = text_of(archive(owner, unit))
    second = text_of(archive(owner, attic))

    assert "Loft is archived." in first
    assert "Only guests of Attic use Stair door: remove that door first" in second
    assert Unit.objects.get(pk=attic.pk).archived_at is None
    assert "Barn is archived." in text_of(archive(owner, barn))


def test_last_unit_that_is_let_is_not_archived_while_its_house_has_shared_doors(
    owner: Client, place: Property, unit: Unit
) -> None:
    attic = make_unit(place, name="Attic")
    gate = virtual_door(place, name="Gate")
    first = text_of(archive(owner, unit))
    second = text_of(archive(owner, attic))

    assert "Loft is archived." in first
    assert (
        "Attic is the last unit of Mill that is let, and its guests use Gate: remove that door first"
        in second
    )
    assert Unit.objects.get(pk=attic.pk).archived_at is None
    gate.delete()
    assert "Attic is archived." in text_of(archive(owner, attic))
