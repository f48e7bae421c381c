"""What a lock's page draws: the days shown, spells of the connection, lanes with their marks, the battery's line."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.enums import EventType
from access.lock_history.battery import line_of
from access.lock_history.loading import History, HistoryLine
from access.lock_history.period import Period, period_asked
from access.lock_history.spells import connection_of, hidden_by
from access.lock_history.strip import APART, strip_of
from access.lock_history.vacancy import next_vacant_day
from access.online import Spell
from access.templatetags.battery_drawings import CHART_WIDTH, battery_chart
from locks.batteries import CURVES, Forecast, Reading, level_at, life_left
from tests.factories import NOW, make_stay, make_unit, virtual_door

ZURICH = ZoneInfo("Europe/Zurich")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def period(*, until: str = "", days: str = "") -> Period:
    return period_asked(until=until, days=days, zone=ZURICH, now=NOW)


def entry(at: dt.datetime, who: str = "Ana", kind: EventType = EventType.LOCK_UNLOCKED) -> HistoryLine:
    return HistoryLine(f"e-{at.timestamp():.0f}", at, kind, who, "", entry=kind is EventType.LOCK_UNLOCKED)


def online(starts_at: dt.datetime, ends_at: dt.datetime) -> list[Spell]:
    return [Spell(True, starts_at, ends_at)]


@pytest.mark.parametrize("until", ["", "tomorrow", "2099-01-01", "1999-01-01", "2026-02-30"])
def test_window_of_nonsense_is_the_last_week(until: str) -> None:
    shown = period(until=until)

    assert shown.is_latest
    assert len(shown.days) == 7
    assert shown.starts_at < NOW < shown.ends_at
    assert shown.later is None


def test_window_moves_by_its_own_length_and_comes_back_to_today() -> None:
    shown = period()
    assert shown.earlier is not None
    back = period(until=shown.earlier.isoformat())

    assert back.ends_at == shown.starts_at
    assert back.later == shown.today
    assert back.known_until == back.ends_at


def test_one_day_has_links_to_the_days_around_it() -> None:
    day = period(until=(NOW.date() - 10 * DAY).isoformat(), days="1")

    assert day.is_one_day
    assert day.days[0] in day.week
    assert len(day.week) == 7


def test_day_on_which_clocks_change_is_an_hour_longer() -> None:
    now = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
    shown = period_asked(until="2026-10-25", days="1", zone=ZURICH, now=now)

    assert shown.ends_at - shown.starts_at == 25 * HOUR


def test_lost_account_makes_spells_unknown() -> None:
    spells = hidden_by(online(NOW - 10 * HOUR, NOW), [(NOW - 4 * HOUR, NOW - 2 * HOUR)])

    assert [(one.online, one.length) for one in spells] == [
        (True, 6 * HOUR), (None, 2 * HOUR), (True, 2 * HOUR),
    ]  # fmt: skip


def test_connection_counts_known_time_alone() -> None:
    spells = [
        Spell(None, NOW - 40 * DAY, NOW - 20 * DAY),
        Spell(True, NOW - 20 * DAY, NOW - 5 * DAY),
        Spell(False, NOW - 5 * DAY, NOW),
    ]

    shown = connection_of(spells, now=NOW)

    assert shown.uptime == 0.75
    assert shown.drops == 1
    assert shown.unknown == 10 * DAY


def test_marks_that_would_lie_over_each_other_are_one() -> None:
    near = [entry(NOW - 30 * HOUR), entry(NOW - 29 * HOUR, "Ben"), entry(NOW - 28 * HOUR)]
    far = entry(NOW - 2 * HOUR, "a code")
    strip = strip_of(History((*near, far), True, 0), online(NOW - 7 * DAY, NOW), period())

    marks = next(lane.marks for lane in strip.lanes if lane.key == "entries")
    assert [mark.number for mark in marks] == [3, 1]
    assert marks[0].words == "3 times unlocked: Ana (2), Ben"
    assert marks[1].words == "Unlocked, a code"
    assert strip.lines[0] == far


@given(st.lists(st.integers(0, 6 * 24 * 60), max_size=200))
def test_marks_never_overlap_and_lose_nothing(minutes: list[int]) -> None:
    happened = tuple(entry(NOW - dt.timedelta(minutes=one)) for one in sorted(minutes, reverse=True))
    strip = strip_of(History(happened, None, 0), [], period())

    marks = next(lane.marks for lane in strip.lanes if lane.key == "entries")
    assert sum(mark.number for mark in marks) == len(happened)
    assert all(later.x - one.x >= APART for one, later in pairwise(marks))


def test_door_is_unknown_while_the_lock_is_out_of_reach_now() -> None:
    spells = [Spell(True, NOW - 7 * DAY, NOW - 5 * HOUR), Spell(False, NOW - 5 * HOUR, NOW)]
    strip = strip_of(History((entry(NOW - 9 * HOUR),), True, 0), spells, period())

    door = next(lane for lane in strip.lanes if lane.key == "door")
    assert [band.state for band in door.bands] == ["locked", "unlocked", "unknown"]
    assert door.bands[1].ends_at == NOW - 5 * HOUR
    assert [band.word for band in strip.outages] == ["Offline"]


def test_outage_that_is_over_hides_no_turn_that_was_told_afterwards() -> None:
    past = period(until=(NOW - 10 * DAY).date().isoformat(), days="1")
    end = past.ends_at
    spells = [Spell(True, past.starts_at, end - 9 * HOUR), Spell(False, end - 9 * HOUR, end)]
    history = History((entry(end - 5 * HOUR),), True, 0)
    back = [Spell(False, end, end + HOUR), Spell(True, end + HOUR, NOW)]

    over = strip_of(history, spells, past, since=back)
    lasting = strip_of(history, spells, past, since=[Spell(False, end, NOW)])

    states = [[band.state for lane in one.lanes if lane.key == "door" for band in lane.bands]
              for one in (over, lasting)]  # fmt: skip
    assert states == [["locked", "unlocked"], ["locked", "unknown"]]


def test_bands_end_now_though_the_day_goes_on() -> None:
    strip = strip_of(History((), True, 0), online(NOW - 7 * DAY, NOW), period())

    for lane in strip.lanes:
        assert all(band.ends_at <= NOW for band in lane.bands)
        assert all(0 <= band.x <= band.x + band.width <= 1 for band in lane.bands)


def test_refusals_and_alarms_share_a_lane_and_alarms_are_worse() -> None:
    refused = entry(NOW - 5 * HOUR, "", EventType.LOCK_DENIED)
    alarm = entry(NOW - 4 * HOUR, "", EventType.DEVICE_TAMPERED)
    strip = strip_of(History((refused, alarm), None, 0), [], period())

    lane = next(lane for lane in strip.lanes if lane.key == "refused")
    assert [(mark.tone, mark.number) for mark in lane.marks] == [("error", 2)]


def test_name_of_a_mark_holds_the_number_that_stands_in_it() -> None:
    """Whoever speaks to the page says what is seen (WCAG 2.5.3)."""
    kinds = (EventType.LOCK_DENIED, EventType.LOCK_DENIED, EventType.DEVICE_TAMPERED)
    happened = tuple(entry(NOW - 4 * HOUR, "", kind) for kind in kinds)
    strip = strip_of(History(happened, None, 0), [], period())

    (mark,) = next(lane for lane in strip.lanes if lane.key == "refused").marks
    assert mark.number == 3
    assert mark.words.startswith("3 in all: 2 times ")


def falling(days: int) -> list[Reading]:
    return [Reading(NOW - (days - number) * DAY, 0.9 - number * 0.01) for number in range(days)]


def test_battery_line_is_broken_where_the_lock_was_silent() -> None:
    silent = Spell(False, NOW - 20 * DAY, NOW - 10 * DAY)
    readings = [one for one in falling(40) if not silent.starts_at < one.at < silent.ends_at]

    line = line_of(readings, 0.5, "alkaline", Forecast(50.0, 40.0, 60.0), [silent], zone=ZURICH, now=NOW)

    assert len(line.pieces) == 2
    assert line.pieces[0][-1].at == silent.starts_at
    assert line.pieces[1][0].at == silent.ends_at
    assert line.pieces[1][-1] == Reading(NOW, 0.5)


def test_battery_line_ends_where_the_lock_went_silent_for_good() -> None:
    silent = Spell(False, NOW - 6 * DAY, NOW)

    line = line_of(falling(30)[:20], 0.7, "", Forecast(None), [silent], zone=ZURICH, now=NOW)

    assert line.pieces[-1][-1].at == silent.starts_at
    assert line.forecast == ()


def test_forecast_runs_to_empty_or_to_the_edge() -> None:
    near = line_of(falling(40), 0.5, "alkaline", Forecast(34.0, 28.0, 41.0), [], zone=ZURICH, now=NOW)
    far = line_of(falling(40), 0.5, "alkaline", Forecast(600.0, 500.0, 730.0), [], zone=ZURICH, now=NOW)

    assert [near.forecast[0].at, near.forecast[-1].at] == [NOW, NOW + 34 * DAY]
    assert [near.forecast[0].level, near.forecast[-1].level] == pytest.approx([0.5, 0])
    assert near.empty_on == NOW + 34 * DAY
    assert far.forecast[-1].at == far.ends_at
    assert far.forecast[-1].level > 0.3


def test_levels_are_listed_by_the_days_of_the_door() -> None:
    evening = dt.datetime.combine(NOW.date() - 5 * DAY, dt.time(22, 30), tzinfo=dt.UTC)
    readings = [Reading(evening - 12 * HOUR, 0.8), Reading(evening, 0.7), Reading(evening + HOUR, 0.6)]

    line = line_of(readings, 0.6, "", Forecast(None), [], zone=ZoneInfo("Etc/GMT-1"), now=NOW)

    assert [one.level for one in line.days] == [0.6, 0.7]


@pytest.mark.parametrize("days", [*range(0, 31, 3)])
@pytest.mark.parametrize("left", [None, 60.0, 300.0])
def test_labels_of_the_battery_neither_overlap_nor_leave_the_chart(days: int, left: float | None) -> None:
    now = NOW + days * DAY
    forecast = Forecast(left, left, left) if left else Forecast(None)
    line = line_of([Reading(now - 80 * DAY, 0.9)], 0.5, "", forecast, [], zone=ZURICH, now=now)

    drawn = battery_chart(line, "Battery", ZURICH)

    found = re.findall(r'<text x="([\d.]+)" y="[\d.]+" text-anchor="middle">', drawn)
    places = sorted(float(x) for x in found)
    assert len(places) > 2
    assert all(later - one > 40 for one, later in pairwise(places))
    assert places[-1] < CHART_WIDTH - 20


def test_new_battery_is_marked() -> None:
    readings = [*falling(40)[:30], Reading(NOW - 5 * DAY, 1.0)]

    line = line_of(readings, 1.0, "alkaline", Forecast(None), [], zone=ZURICH, now=NOW)

    assert line.renewed == (NOW - 5 * DAY,)


@given(st.floats(0, 1), st.sampled_from(["", *CURVES]))
def test_level_of_a_life_is_the_life_of_a_level(level: float, chemistry: str) -> None:
    assert level_at(life_left(level, chemistry), chemistry) == pytest.approx(level, abs=1e-6)


@pytest.mark.django_db
def test_batteries_are_changed_on_a_day_without_a_guest() -> None:
    unit = make_unit()
    door = virtual_door(unit)
    today = NOW.date()
    for first, last in ((0, 3), (3, 6), (8, 10)):
        make_stay(unit, arrival_date=today + first * DAY, departure_date=today + last * DAY)

    assert next_vacant_day(door, now=NOW) == today + 7 * DAY
    make_stay(unit, arrival_date=today + 7 * DAY, departure_date=today + 8 * DAY, kind="block")
    assert next_vacant_day(door, now=NOW) == today + 7 * DAY
    make_stay(unit, arrival_date=today + 11 * DAY, departure_date=None, kind="lease")
    assert next_vacant_day(door, now=NOW + 7 * DAY) is None
