"""A look that finds what it expects says when that was, of all codes of the lock at once."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import AccessCode
from access.states import Seen
from tests.factories import make_stay
from tests.stack.conftest import travel
from tests.stack.house import build_house

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_codes_that_stand_as_expected_are_noted_in_one_statement(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="yale")
    first = dt.date(2027, 3, 2)
    for arrival in (first, first + dt.timedelta(days=1)):
        departure = arrival + dt.timedelta(days=1)
        make_stay(house.unit, arrival_date=arrival, departure_date=departure, now=timezone.now())
    for minutes in (0, 1, 2, 12):
        house.at(dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes))
    there = AccessCode.objects.filter(seen=Seen.PRESENT)
    assert there.count() > 1

    with CaptureQueriesContext(connection) as asked:
        house.at(timezone.now() + dt.timedelta(minutes=11))

    assert set(there.values_list("seen_at", flat=True)) == {timezone.now()}
    saved = [one["sql"] for one in asked if one["sql"].startswith("UPDATE") and "accesscode" in one["sql"]]
    assert len(saved) <= 1
