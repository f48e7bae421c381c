from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.window import Edge, Rules, StayTimes, Window, access_window, to_utc

ZURICH = zoneinfo.ZoneInfo("Europe/Zurich")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
ZONES = sorted(zoneinfo.available_timezones())

days = st.dates(dt.date(2020, 1, 1), dt.date(2037, 12, 31))
clock_times = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))
zones = st.sampled_from(ZONES).map(zoneinfo.ZoneInfo)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "local", "edge", "expected"),
    [
        (ZURICH, "2027-03-28T02:30", Edge.START, "2027-03-28T01:30"),
        (ZURICH, "2027-03-28T02:30", Edge.END, "2027-03-28T01:30"),
        (ZURICH, "2027-10-31T02:30", Edge.START, "2027-10-31T00:30"),
        (ZURICH, "2027-10-31T02:30", Edge.END, "2027-10-31T01:30"),
        (NEW_YORK, "2027-03-14T02:30", Edge.START, "2027-03-14T07:30"),
        (NEW_YORK, "2027-03-14T02:30", Edge.END, "2027-03-14T07:30"),
        (NEW_YORK, "2027-11-07T01:30", Edge.START, "2027-11-07T05:30"),
        (NEW_YORK, "2027-11-07T01:30", Edge.END, "2027-11-07T06:30"),
        (zoneinfo.ZoneInfo("Pacific/Midway"), "2027-03-05T15:00", Edge.START, "2027-03-06T02:00"),
        (zoneinfo.ZoneInfo("Pacific/Tongatapu"), "2027-03-05T11:00", Edge.END, "2027-03-04T22:00"),
    ],
)
def test_to_utc_odd_hours_and_far_zones(
    zone: zoneinfo.ZoneInfo, local: str, edge: Edge, expected: str
) -> None:
    moment = dt.datetime.fromisoformat(local)

    assert to_utc(moment.date(), moment.time(), zone, edge=edge) == utc(expected)


@given(day=days, time=clock_times, zone=zones)
def test_to_utc_start_is_never_after_end_of_the_same_local_time(
    day: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo
) -> None:
    start = to_utc(day, time, zone, edge=Edge.START)
    end = to_utc(day, time, zone, edge=Edge.END)

    assert dt.timedelta(0) <= end - start <= dt.timedelta(hours=3)


@given(day=days, time=clock_times, zone=zones, edge=st.sampled_from(Edge))
def test_to_utc_comes_back_to_the_local_time_or_later_by_the_gap(
    day: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo, edge: Edge
) -> None:
    back = to_utc(day, time, zone, edge=edge).astimezone(zone).replace(tzinfo=None)

    assert dt.timedelta(0) <= back - dt.datetime.combine(day, time) <= dt.timedelta(hours=3)


@given(
    day=days,
    nights=st.integers(1, 60),
    check_in=clock_times,
    check_out=clock_times,
    buffers=st.tuples(st.integers(0, 1440), st.integers(0, 1440)),
    zone=zones,
)
def test_window_buffers_are_elapsed_minutes(
    day: dt.date,
    nights: int,
    check_in: dt.time,
    check_out: dt.time,
    buffers: tuple[int, int],
    zone: zoneinfo.ZoneInfo,
) -> None:
    times = StayTimes(day, day + dt.timedelta(days=nights))
    bare = access_window(times, Rules(zone, check_in, check_out))
    wide = access_window(times, Rules(zone, check_in, check_out, *buffers))

    assert bare.ends_at is not None
    assert wide.starts_at == bare.starts_at - dt.timedelta(minutes=buffers[0])
    assert wide.ends_at == bare.ends_at + dt.timedelta(minutes=buffers[1])


def test_window_takes_override_then_source_then_default() -> None:
    rules = Rules(ZURICH, dt.time(15), dt.time(11))
    day, leaving = dt.date(2027, 3, 5), dt.date(2027, 3, 9)
    source = StayTimes(day, leaving, check_in_time=dt.time(16), check_out_time=dt.time(0, 0))
    override = StayTimes(day, leaving, dt.time(16), dt.time(10), dt.time(17), dt.time(9))

    assert access_window(StayTimes(day, leaving), rules) == Window(
        utc("2027-03-05T14:00"), utc("2027-03-09T10:00")
    )
    assert access_window(source, rules) == Window(utc("2027-03-05T15:00"), utc("2027-03-08T23:00"))
    assert access_window(override, rules) == Window(utc("2027-03-05T16:00"), utc("2027-03-09T08:00"))


def test_window_of_an_open_lease_has_no_end() -> None:
    window = access_window(StayTimes(dt.date(2027, 3, 5), None), Rules(ZURICH, dt.time(15), dt.time(11)))

    assert window == Window(utc("2027-03-05T14:00"), None)
    assert window.contains(utc("2099-01-01T00:00"))


@pytest.mark.parametrize(
    ("zone", "day", "ends"),
    [
        ("Pacific/Midway", dt.date(2027, 3, 9), "2027-03-09T22:00"),
        ("Pacific/Tongatapu", dt.date(2027, 3, 9), "2027-03-08T22:00"),
        ("Europe/Zurich", dt.date(2027, 3, 28), "2027-03-28T09:00"),
        ("Europe/Zurich", dt.date(2027, 10, 31), "2027-10-31T10:00"),
        ("America/New_York", dt.date(2027, 3, 14), "2027-03-14T15:00"),
        ("America/New_York", dt.date(2027, 11, 7), "2027-11-07T16:00"),
    ],
)
def test_f38_stay_ends_at_the_local_checkout_to_the_second(zone: str, day: dt.date, ends: str) -> None:
    rules = Rules(zoneinfo.ZoneInfo(zone), dt.time(15), dt.time(11))
    window = access_window(StayTimes(day - dt.timedelta(days=3), day), rules)
    second = dt.timedelta(seconds=1)

    assert window.contains(utc(ends) - second)
    assert not window.contains(utc(ends))
    assert not window.contains(utc(ends) + second)


def test_f23_same_day_turnover_has_the_right_guest_at_each_moment() -> None:
    rules = Rules(ZURICH, dt.time(16), dt.time(11))
    day = dt.date(2027, 3, 9)
    leaving = access_window(StayTimes(dt.date(2027, 3, 5), day), rules)
    coming = access_window(StayTimes(day, dt.date(2027, 3, 12)), rules)
    moments = [utc(f"2027-03-09T{clock}") for clock in ("09:59", "10:01", "14:59", "15:01")]

    current = [(leaving.contains(moment), coming.contains(moment)) for moment in moments]

    assert current == [(True, False), (False, False), (False, False), (False, True)]
