"""A lock that takes no start in the past opens late: who was told of it is right until the keypad opens."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.models import Problem
from locks.drivers.virtual.moods import set_mood
from tests.factories import make_stay
from tests.stack.conftest import travel
from tests.stack.house import build_house

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)

LATE = {"arrival_in_danger", "delay_in_setting_on_device"}


def open_problems() -> set[str]:
    return set(Problem.objects.filter(cleared_at=None, code__in=LATE).values_list("code", flat=True))


def test_guest_before_a_code_that_opens_in_a_minute_is_in_danger_until_it_does(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="kwikset", check_in_time=dt.time(9))
    house.run()
    set_mood(house.lock, "rejecting", calls=2)
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 1), now=timezone.now())
    house.run()
    assert open_problems() == LATE

    opened = False
    begun = timezone.now()
    for second in range(0, 241, 5):
        house.at(begun + dt.timedelta(seconds=second))
        opened = house.opens(house.pin_of(stay))
        assert opened or open_problems() == LATE
    assert opened
    assert open_problems() == set()
