from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.messaging.alerts.quiet import QuietHours

NIGHT = QuietHours(dt.time(22), dt.time(7))
ZURICH, TOKYO = ZoneInfo("Europe/Zurich"), ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("hour", "zone", "quiet"),
    [
        (20, ZURICH, False),
        (21, ZURICH, True),
        (5, ZURICH, True),
        (6, ZURICH, False),
        (13, TOKYO, True),
        (12, TOKYO, False),
    ],
)
def test_night_is_by_the_clock_of_the_property(hour: int, zone: ZoneInfo, quiet: bool) -> None:
    assert NIGHT.holds(dt.datetime(2027, 3, 1, hour, 30, tzinfo=dt.UTC), zone) is quiet


def test_hours_within_a_day() -> None:
    siesta = QuietHours(dt.time(13), dt.time(15))
    assert siesta.holds(dt.datetime(2027, 3, 1, 12, 30, tzinfo=dt.UTC), ZURICH)
    assert not siesta.holds(dt.datetime(2027, 3, 1, 14, 0, tzinfo=dt.UTC), ZURICH)


@given(st.datetimes(timezones=st.just(dt.UTC)), st.times())
def test_without_hours_it_is_never_quiet(moment: dt.datetime, same: dt.time) -> None:
    assert not QuietHours().holds(moment, ZoneInfo("UTC"))
    assert not QuietHours(same, same).holds(moment, ZoneInfo("UTC"))


@given(st.datetimes(timezones=st.just(dt.UTC)), st.times(), st.times())
def test_quiet_hours_and_their_opposite_fill_the_day(
    moment: dt.datetime, start: dt.time, end: dt.time
) -> None:
    if start != end:
        zone = ZoneInfo("UTC")
        assert QuietHours(start, end).holds(moment, zone) != QuietHours(end, start).holds(moment, zone)
