from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.cleaning import Visit, day_of, visits_today
from access.enums import EventType, StaffKind
from access.models import AccessCode, Event, StaffAccess
from locks.models import Door
from tests.access.staffing.holders import make_staff
from tests.factories import make_property, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db
# A Monday, at noon in Zurich.
NOON = dt.datetime(2027, 3, 1, 11, tzinfo=dt.UTC)
MONDAYS: dict[str, Any] = {
    "first_day": dt.date(2027, 2, 1),
    "rule": "FREQ=WEEKLY;BYDAY=MO",
    "start_time": dt.time(10),
    "end_time": dt.time(12),
}


@pytest.fixture
def door() -> Door:
    unit = make_unit(make_property(time_zone="Europe/Zurich"))
    make_stay(unit, arrival_date=dt.date(2027, 2, 25), departure_date=dt.date(2027, 3, 1))
    return virtual_door(unit)


def visits(door: Door, *, now: dt.datetime = NOON) -> tuple[Visit, ...]:
    unit = door.units.get()
    return visits_today(list(unit.stays.select_related("unit__property")), now=now)[unit.pk]


def enter(staff: StaffAccess, door: Door, at: dt.datetime) -> None:
    assert staff.grant is not None
    code = AccessCode.objects.create(device=door.device, grant=staff.grant)
    Event.objects.create(
        workspace=staff.workspace,
        type=EventType.LOCK_UNLOCKED,
        occurred_at=at,
        device=door.device,
        access_code=code,
    )


def test_cleaner_with_a_window_today_is_told_with_the_first_entry(door: Door) -> None:
    cleaner = make_staff(door, now=NOON, **MONDAYS)
    (before,) = visits(door)
    assert (before.holder, before.entered_at) == (cleaner, None)
    assert before.window.starts_at == dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC)

    for minute in (25, 8):
        enter(cleaner, door, dt.datetime(2027, 3, 1, 9, minute, tzinfo=dt.UTC))

    (after,) = visits(door)
    assert after.entered_at == dt.datetime(2027, 3, 1, 9, 8, tzinfo=dt.UTC)


def test_who_came_yesterday_has_not_come_today(door: Door) -> None:
    cleaner = make_staff(door, now=NOON, **{**MONDAYS, "rule": "FREQ=DAILY"})
    enter(cleaner, door, dt.datetime(2027, 2, 28, 9, 8, tzinfo=dt.UTC))

    assert [one.entered_at for one in visits(door)] == [None]


def test_other_days_other_doors_and_other_people_are_not_told(door: Door) -> None:
    make_staff(door, now=NOON, **{**MONDAYS, "rule": "FREQ=WEEKLY;BYDAY=TU"})
    make_staff(virtual_door(make_unit(door.property)), now=NOON, **MONDAYS)
    make_staff(door, now=NOON, kind=StaffKind.VENDOR, **MONDAYS)

    assert visits(door) == ()


def test_nobody_leaves_nothing_is_asked(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert visits_today([], now=NOON) == {}


def test_day_of_the_change_of_clocks_is_an_hour_shorter(door: Door) -> None:
    begins, ends = day_of(door.units.get(), now=dt.datetime(2027, 3, 28, 11, tzinfo=dt.UTC))

    assert ends - begins == dt.timedelta(hours=23)
