from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.conf import LazySettings

from access.demo.bookings import PLANS, book, is_booked, soonest
from access.demo.portfolio import demo_workspace, ensure_portfolio
from properties.enums import StayStatus
from properties.models import Stay, Workspace

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def workspace(settings: LazySettings) -> Workspace:
    settings.KEYTURN_ALERTS_ALLOW_PRIVATE = True
    settings.KEYTURN_WEBHOOKS_ALLOW_PRIVATE = True
    user = ensure_portfolio(password="first", feed_base="http://127.0.0.1:1/demo", now=NOW)
    found = demo_workspace(user)
    assert found is not None
    return found


def test_start_on_a_later_day_books_anew_and_nobody_twice(workspace: Workspace) -> None:
    assert not is_booked(workspace, now=NOW)
    first = book(workspace, PLANS, actor="demo", today=NOW, now=NOW)
    assert len(first) == len(PLANS)
    assert is_booked(workspace, now=NOW + 2 * DAY)
    assert not is_booked(workspace, now=NOW + 20 * DAY)

    later = book(workspace, PLANS, actor="demo", today=NOW + 20 * DAY, now=NOW + 20 * DAY)

    assert later.keys() == first.keys() - {"Victor Blanc", "Mette Kjær"}, "the lease goes on"
    stays = Stay.objects.exclude(status=StayStatus.CANCELLED).order_by("unit", "arrival_date")
    for one, other in itertools.pairwise(stays):
        assert one.unit_id != other.unit_id or one.departure_date is not None
        assert one.unit_id != other.unit_id or (one.departure_date or NOW.date()) <= other.arrival_date


@pytest.mark.parametrize("hour", [0, 6, 12, 18])
def test_arrival_that_fails_is_where_people_are_awake(workspace: Workspace, hour: int) -> None:
    now = NOW.replace(hour=hour)

    plan = soonest(workspace, today=now)

    stay = book(workspace, [plan], actor="demo", today=now, now=now)[plan.guest]
    assert (
        dt.timedelta(hours=1.9) < stay.starts_at + dt.timedelta(minutes=10) - now <= dt.timedelta(hours=2.7)
    )
    assert 8 <= stay.starts_at.astimezone(stay.unit.property.zone).hour <= 23
