from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
import time_machine

from properties.templatetags import ui

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Zurich", "Mon 1 Mar, 13:00 <abbr>CET</abbr>"),
        ("Pacific/Apia", "Tue 2 Mar, 01:00 <abbr>UTC+13</abbr>"),
    ],
)
def test_moment_is_said_in_the_propertys_zone(zone: str, said: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert said in ui.moment(NOW, zoneinfo.ZoneInfo(zone))


def test_moment_of_another_year_says_so() -> None:
    with time_machine.travel(NOW, tick=False):
        assert "1 Mar 2026" in ui.moment(NOW.replace(year=2026), "UTC")


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(0, "now"), (40, "in 40 s"), (-720, "12 min ago"), (3 * 3600 + 5, "in 3 h"), (-3 * 86400, "3 days ago")],
)
def test_relative_takes_the_largest_unit_that_fits(ahead: int, said: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ui.relative(NOW + dt.timedelta(seconds=ahead)) == said


@pytest.mark.parametrize(("given", "said"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (90, "1 h 30 min")])
def test_minutes_are_said_in_hours(given: int, said: str) -> None:
    assert ui.minutes(given) == said


def test_bar_has_no_inline_style_and_stays_within_bounds() -> None:
    drawn = ui.bar(1.7, "ok")

    assert 'width="100"' in drawn
    assert "style" not in drawn
