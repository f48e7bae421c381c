"""Windows across a change of clocks, on a lock whose system knows no time zone (F71)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.facts import facts_of
from access.models import AccessCode, Event, Problem
from access.states import Status
from access.status import status
from locks.drivers.virtual.moods import Mood, set_mood
from properties.models import Stay
from tests.factories import make_stay, virtual_door
from tests.stack.conftest import travel
from tests.stack.house import HOUR, House, build_house

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)


def book(house: House, first: dt.date) -> tuple[dt.timedelta, dt.timedelta]:
    stay = make_stay(
        house.unit, arrival_date=first, departure_date=first + dt.timedelta(days=3), now=timezone.now()
    )
    house.at(stay.starts_at - 2 * HOUR)
    (held,) = house.lock.codes.all()
    assert held.starts_at is not None
    assert held.ends_at is not None
    assert stay.ends_at is not None
    return held.starts_at - stay.starts_at, held.ends_at - stay.ends_at


def test_f71_window_across_a_change_of_clocks_is_an_hour_longer_to_both_sides(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="schlage")
    assert book(house, dt.date(2027, 3, 26)) == (-HOUR, HOUR)


@pytest.mark.parametrize(
    ("first", "zone"), [(dt.date(2027, 3, 10), ""), (dt.date(2027, 3, 26), "Europe/Zurich")]
)
def test_window_is_exact_where_clocks_stay_or_the_lock_knows_its_zone(
    travel: time_machine.Traveller, first: dt.date, zone: str
) -> None:
    house = build_house(travel, brand="schlage")
    house.doors = [virtual_door(house.unit.property, brand="schlage", now=timezone.now(), time_zone=zone)]
    assert book(house, first) == (0 * HOUR, 0 * HOUR)


def test_f71_seam_96_window_that_reads_an_hour_off_is_not_taken_for_an_edit(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="schlage")
    book(house, dt.date(2027, 3, 26))
    set_mood(house.lock, Mood.SHIFTED_READS)
    house.at(timezone.now() + HOUR)
    assert not Event.objects.filter(type="access_code.modified_external_to_seam").exists()


def test_code_with_the_margin_counts_as_set_when_the_stay_begins(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="schlage")
    first = dt.date(2027, 3, 26)
    book(house, first)
    stay = Stay.objects.get()

    house.at(stay.starts_at + 2 * HOUR)

    code = AccessCode.objects.select_related("device__account").get()
    assert code.set_at is not None
    assert status(facts_of(code), now=timezone.now()) is Status.SET
    assert not Problem.objects.filter(access_code=code, cleared_at=None).exists()
