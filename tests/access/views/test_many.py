"""A setting for many properties: what is filled in holds in each that is chosen, what is left empty stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from properties.models import Property, Stay
from tests.factories import make_property, make_stay, make_unit
from tests.pages import assert_is_page, text_of
from tests.world import World

ADDRESS = "/properties/many/"


def rules_of(*places: Property) -> list[tuple[int, int, bool]]:
    rows = Property.objects.in_bulk([place.pk for place in places])
    return [
        (rows[place.pk].check_in_time.hour, rows[place.pk].buffer_before, rows[place.pk].automatic_backup)
        for place in places
    ]


def test_setting_reaches_the_chosen_and_leaves_the_rest(owner: Client, world: World) -> None:
    first = make_property(world.workspace, buffer_before=10)
    second = make_property(world.workspace, automatic_backup=False)
    stay = make_stay(make_unit(first), arrival_date=dt.date(2030, 1, 5))

    asked = owner.get(ADDRESS)
    sent = {"check_in_time": "17:00", "places": [first.public_id, second.public_id]}
    answer = owner.post(ADDRESS, sent, follow=True)

    assert_is_page(asked)
    assert rules_of(world.place, first, second) == [(15, 0, True), (17, 10, True), (17, 0, False)]
    assert "Saved for 2 properties with 1 unit." in text_of(answer)
    assert "The times of 1 stay moved" in text_of(answer)
    before = stay.starts_at
    stay.refresh_from_db()
    assert stay.starts_at - before == dt.timedelta(hours=2)


def test_setting_for_every_property(owner: Client, world: World) -> None:
    other, stranger = make_property(world.workspace), make_property()

    owner.post(ADDRESS, {"automatic_backup": "no", "buffer_before": "0", "all_properties": "on"})

    assert [one[2] for one in rules_of(world.place, other, stranger)] == [False, False, True]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"check_in_time": "17:00"}, "Tick the properties"),
        ({"all_properties": "on"}, "Nothing is to change"),
        ({"all_properties": "on", "buffer_before": "-5"}, "greater than or equal to 0"),
        ({"all_properties": "on", "check_in_time": "25:00", "buffer_after": "15"}, "Enter a valid time"),
    ],
)
def test_what_is_wrong_is_said_and_kept(owner: Client, world: World, sent: dict[str, Any], told: str) -> None:
    answer = owner.post(ADDRESS, sent)

    assert_is_page(answer, status=422)
    assert told in text_of(answer)
    for name, value in sent.items():
        if name != "all_properties":
            assert f'value="{value}"' in answer.content.decode()
    assert rules_of(world.place) == [(15, 0, True)]


def test_stranger_is_not_among_them(owner: Client, world: World) -> None:
    stranger = make_property()

    answer = owner.post(ADDRESS, {"buffer_before": "30", "places": [stranger.public_id]})

    assert_is_page(answer, status=422)
    assert rules_of(stranger) == [(15, 0, True)]


def test_one_that_cannot_take_it_is_named_and_nothing_is_changed(owner: Client, world: World) -> None:
    short = make_property(world.workspace, name="Short house")
    stay = make_stay(make_unit(short), arrival_date=dt.date(2030, 1, 5), departure_date=dt.date(2030, 1, 6))
    # No booking can look like this; only a row that somebody edited by hand.
    Stay.objects.filter(pk=stay.pk).update(departure_date=stay.arrival_date, check_in_time=dt.time(8))

    answer = owner.post(ADDRESS, {"check_out_time": "07:00", "all_properties": "on"})

    assert_is_page(answer, status=422)
    assert "Short house:" in text_of(answer)
    places = Property.objects.filter(pk__in=[world.place.pk, short.pk])
    assert {place.check_out_time for place in places} == {dt.time(11)}
