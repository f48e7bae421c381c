from __future__ import annotations

import datetime as dt
import zoneinfo

from hypothesis import given
from hypothesis import strategies as st

from access.occupancy.axis import Axis
from properties.zones import midnight

ZONES = [zoneinfo.ZoneInfo(name) for name in ("Europe/Zurich", "America/New_York", "Pacific/Apia", "UTC")]
FIRST = dt.date(2027, 3, 22)  # clocks in Europe change on the 28th
BEGINNING = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 400 * 24 * 60).map(lambda minutes: BEGINNING + dt.timedelta(minutes=minutes))


@given(st.sampled_from(ZONES), MOMENTS, MOMENTS)
def test_later_moments_never_lie_before_earlier_ones(
    zone: zoneinfo.ZoneInfo, one: dt.datetime, other: dt.datetime
) -> None:
    axis = Axis(FIRST, 14, zone)

    assert (axis.place(one) <= axis.place(other)) == (one <= other) or axis.place(one) == axis.place(other)


@given(st.sampled_from(ZONES), MOMENTS, st.integers(0, 60 * 24 * 30))
def test_cells_are_within_the_axis_and_never_empty(
    zone: zoneinfo.ZoneInfo, begins: dt.datetime, minutes: int
) -> None:
    axis = Axis(FIRST, 14, zone)
    cells = axis.cells(begins, begins + dt.timedelta(minutes=minutes))

    if cells is None:
        return
    begin, end = cells
    assert 0 <= begin < end <= 28
    assert begin / 2 <= max(0, axis.place(begins)) < begin / 2 + 0.5


def test_a_day_of_23_hours_is_as_wide_as_any_other() -> None:
    axis = Axis(FIRST, 14, ZONES[0])
    short = dt.date(2027, 3, 28)

    assert midnight(short + dt.timedelta(days=1), ZONES[0]) - midnight(short, ZONES[0]) == dt.timedelta(
        hours=23
    )
    assert axis.place(midnight(short, ZONES[0])) == 6
    assert axis.place(midnight(short, ZONES[0]) + dt.timedelta(hours=11.5)) == 6.5
    assert axis.place(midnight(short + dt.timedelta(days=1), ZONES[0])) == 7


def test_who_leaves_in_the_morning_and_who_comes_in_the_afternoon_share_a_day() -> None:
    axis = Axis(FIRST, 14, ZONES[3])
    day = dt.datetime(2027, 3, 24, tzinfo=dt.UTC)

    leaving = axis.cells(day - dt.timedelta(days=2), day + dt.timedelta(hours=11))
    coming = axis.cells(day + dt.timedelta(hours=15), None)

    assert (leaving, coming) == ((0, 5), (5, 28))


def test_what_lies_outside_has_no_cells() -> None:
    axis = Axis(FIRST, 14, ZONES[0])

    assert axis.cells(axis.ends_at, None) is None
    assert axis.cells(axis.starts_at - dt.timedelta(days=3), axis.starts_at) is None
