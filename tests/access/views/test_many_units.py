"""A setting for many units: what is filled in holds in each that is ticked, above what its property says."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from properties.models import Unit
from tests.factories import make_property, make_stay, make_unit
from tests.pages import assert_is_page, text_of
from tests.world import World

ADDRESS = "/units/many/"


def rules_of(*units: Unit) -> list[tuple[dt.time | None, int | None]]:
    rows = Unit.objects.in_bulk([unit.pk for unit in units])
    return [(rows[unit.pk].check_in_time, rows[unit.pk].buffer_before) for unit in units]


def test_setting_reaches_the_ticked_units_and_leaves_the_rest(owner: Client, world: World) -> None:
    place = make_property(world.workspace)
    first, second, third = (make_unit(place, name=name) for name in ("Loft", "Attic", "Cellar"))
    stay = make_stay(first, arrival_date=dt.date(2030, 1, 5))
    begun = stay.starts_at

    asked = owner.get(ADDRESS, {"property": str(place.public_id)})
    sent = {"check_in_time": "17:00", "units": [first.public_id, second.public_id]}
    answer = owner.post(ADDRESS, sent, follow=True)

    assert_is_page(asked)
    assert asked.content.decode().count(" checked") == 3
    assert rules_of(first, second, third) == [(dt.time(17), None), (dt.time(17), None), (None, None)]
    assert "Saved for 2 units. The times of 1 stay moved with it." in text_of(answer)
    stay.refresh_from_db()
    assert stay.starts_at - begun == dt.timedelta(hours=2)
    shown = owner.get(reverse("property-detail", args=[place.public_id]))
    assert text_of(shown).count("Its own: check-in from 17:00") == 2


def test_units_follow_their_property_again(owner: Client, world: World) -> None:
    unit = make_unit(world.place, name="Loft", check_in_time=dt.time(18), buffer_before=20)

    owner.post(ADDRESS, {"as_property": "on", "buffer_before": "5", "units": [unit.public_id]})

    assert rules_of(unit) == [(None, 5)]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"check_in_time": "17:00"}, "Tick the units."),
        ({"check_in_time": "25:00", "units": "own"}, "Enter a valid time"),
        ({"units": "own"}, "Nothing is to change"),
        ({"buffer_before": "5", "units": "strange"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    owner: Client, world: World, sent: dict[str, str], told: str
) -> None:
    strange = make_unit(make_property(), name="Elsewhere")
    units = {"own": world.unit.public_id, "strange": strange.public_id}

    answer = owner.post(ADDRESS, {name: units.get(value, value) for name, value in sent.items()})

    assert_is_page(answer, status=422)
    assert told in text_of(answer)
    assert rules_of(world.unit, strange) == [(None, None), (None, None)]


def test_second_of_two_who_change_a_unit_is_told(owner: Client, world: World) -> None:
    unit = make_unit(world.place, name="Loft")
    address = reverse("unit-edit", args=[unit.public_id])
    seen = owner.get(address).context["form"]["seen"].value()
    Unit.objects.filter(pk=unit.pk).update(buffer_before=10, check_in_time=dt.time(16))

    refused = owner.post(address, {"name": "Loft", "buffer_before": "25", "seen": seen})
    again = refused.context["form"]["seen"].value()
    owner.post(address, {"name": "Loft", "buffer_before": "25", "seen": again})

    assert "Somebody else set this to “10” meanwhile." in text_of(refused)
    assert rules_of(unit) == [(dt.time(16), 25)]
