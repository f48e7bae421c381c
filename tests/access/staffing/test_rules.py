"""Which rules are taken, and that windows open exactly when a clock on the wall says so."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.staffing.expanding import Schedule, look_ahead, next_windows, windows_after
from access.staffing.rules import RuleError, Weekly, check_begins, normal_rule, weekly_of, weekly_rule

ZURICH = zoneinfo.ZoneInfo("Europe/Zurich")
TUESDAY = dt.date(2027, 3, 2)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
TEN, NOON = dt.time(10), dt.time(12)


def utc(*numbers: int) -> dt.datetime:
    return dt.datetime(*numbers, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]  # a date and a time


def tuesdays(**fields: object) -> Schedule:
    given = {"first_day": TUESDAY, "rule": "FREQ=WEEKLY;BYDAY=TU", "start_time": TEN, "end_time": NOON}
    return Schedule(zone=ZURICH, **{**given, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;BYDAY=TU"),
        ("rrule: freq=weekly; byday=tu,th; interval=1;", "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("BYDAY=MO;INTERVAL=2;FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ("FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=3"),
        ("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3"),
    ],
)
def test_normal_rule_writes_a_rule_in_one_way(typed: str, rule: str) -> None:
    assert normal_rule(typed) == rule == normal_rule(rule)


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "FREQ=WEEKLY;BYDAY=TU"),
        ("every Tuesday", "cannot be read"),
        ("FREQ=HOURLY", "times in their fields"),
        ("FREQ=DAILY;BYHOUR=10", "times in their fields"),
        ("FREQ=DAILY;UNTIL=20270401T000000Z", "last day"),
        ("DTSTART:20270301T100000\nRRULE:FREQ=DAILY", "first day"),
        ("FREQ=DAILY;EXDATE=20270301", "without a window"),
        ("FREQ=WEEKLY;BYDAY=2TU", "BYDAY takes"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=99999999999", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=WEEKLY;BYDAY=MO;BYDAY=TU", "cannot be read"),
        ("FREQ=SOMETIMES", "FREQ="),
        ("FREQ=YEARLY;BYWEEKNO=53", "not understood"),
        ("FREQ=YEARLY;BYEASTER=1", "not understood"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "No such day"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20", "not both"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2", "BYSETPOS picks"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=WEEKLY"),
        ("FREQ=YEARLY;BYDAY=MO", "BYMONTH"),
        ("FREQ=DAILY;" + "BYMONTH=" + "1," * 200, "300"),
    ],
)
def test_normal_rule_refuses_and_says_what_to_do(typed: str, advice: str) -> None:
    with pytest.raises(RuleError, match=advice):
        normal_rule(typed)


@given(st.text(max_size=60) | st.from_regex(r"FREQ=(WEEKLY|DAILY|MONTHLY);[A-Z]{3,8}=[0-9A-Z,+-]{1,9}"))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        rule = normal_rule(text)
    except RuleError:
        return
    assert normal_rule(rule) == rule


@pytest.mark.parametrize(
    ("rule", "first_day"),
    [
        ("FREQ=MONTHLY;BYMONTH=2", dt.date(2027, 1, 31)),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", dt.date(2027, 1, 1)),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", dt.date(2027, 1, 1)),
        ("FREQ=WEEKLY;INTERVAL=52;BYDAY=MO;BYMONTH=7", dt.date(2027, 1, 1)),
    ],
)
@pytest.mark.timeout(20)
def test_check_begins_refuses_a_rule_that_matches_never_or_not_for_years(
    rule: str, first_day: dt.date
) -> None:
    with pytest.raises(RuleError):
        check_begins(normal_rule(rule), first_day=first_day, last_day=None)


@given(st.sets(st.integers(0, 6), min_size=1), st.integers(1, 12))
def test_weekly_picker_and_rule_say_the_same(days: set[int], interval: int) -> None:
    weekly = Weekly(tuple(sorted(days)), interval)
    assert weekly_of(weekly_rule(weekly)) == weekly


def test_weekly_picker_without_a_day_is_refused() -> None:
    with pytest.raises(RuleError, match="at least one day"):
        weekly_rule(Weekly(()))


@pytest.mark.parametrize("rule", ["", "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=TU;BYMONTH=3"])
def test_what_the_weekly_picker_cannot_show_is_left_to_the_rule(rule: str) -> None:
    assert weekly_of(rule) is None


def test_windows_of_tuesdays_ten_to_twelve_keep_the_clock_of_the_house() -> None:
    found = next_windows(tuesdays(first_day=dt.date(2027, 3, 23)), after=utc(2027, 3, 20), number=2)
    assert [(one.starts_at, one.ends_at) for one in found] == [
        (utc(2027, 3, 23, 9), utc(2027, 3, 23, 11)),
        (utc(2027, 3, 30, 8), utc(2027, 3, 30, 10)),
    ]


def test_f89_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = tuesdays(start_time=dt.time(22), end_time=dt.time(6), last_day=TUESDAY + 7 * DAY)
    found = list(windows_after(night, after=utc(2027, 3, 3, 2)))
    assert [(one.starts_at, one.ends_at) for one in found] == [
        (utc(2027, 3, 2, 21), utc(2027, 3, 3, 5)),
        (utc(2027, 3, 9, 21), utc(2027, 3, 10, 5)),
    ]
    skipped = tuesdays(start_time=dt.time(22), end_time=dt.time(6), exceptions=frozenset({TUESDAY}))
    assert next_windows(skipped, after=utc(2027, 3, 1), number=1)[0].starts_at == utc(2027, 3, 9, 21)


def test_window_in_the_hour_that_the_clocks_skip_moves_forward_or_is_none() -> None:
    day = dt.date(2027, 3, 28)
    moved = tuesdays(
        rule="FREQ=DAILY", first_day=day, last_day=day, start_time=dt.time(2, 30), end_time=dt.time(5)
    )
    assert [(w.starts_at, w.ends_at) for w in windows_after(moved, after=utc(2027, 3, 1))] == [
        (utc(2027, 3, 28, 1, 30), utc(2027, 3, 28, 3))
    ]
    nothing = tuesdays(
        rule="FREQ=DAILY", first_day=day, last_day=day, start_time=dt.time(2, 30), end_time=dt.time(3, 15)
    )
    assert list(windows_after(nothing, after=utc(2027, 3, 1))) == []


def test_window_in_the_doubled_hour_takes_both_of_it() -> None:
    day = dt.date(2027, 10, 31)
    twice = tuesdays(
        rule="FREQ=DAILY", first_day=day, last_day=day, start_time=dt.time(2, 15), end_time=dt.time(2, 45)
    )
    assert [(w.starts_at, w.ends_at) for w in windows_after(twice, after=utc(2027, 10, 1))] == [
        (utc(2027, 10, 31, 0, 15), utc(2027, 10, 31, 1, 45))
    ]


def test_days_that_meet_are_one_window_without_end_until_it_comes_near() -> None:
    whole_days = tuesdays(rule="FREQ=DAILY", start_time=dt.time(0), end_time=dt.time(0))
    (only,) = windows_after(whole_days, after=utc(2030, 7, 1))
    assert (only.starts_at, only.ends_at) == (utc(2027, 3, 1, 23), None)
    ending = tuesdays(
        rule="FREQ=DAILY", start_time=dt.time(0), end_time=dt.time(0), last_day=dt.date(2030, 12, 31)
    )
    (near,) = windows_after(ending, after=utc(2030, 7, 1))
    assert (near.starts_at, near.ends_at) == (utc(2027, 3, 1, 23), utc(2030, 12, 31, 23))
    with_a_gap = tuesdays(
        rule="FREQ=DAILY",
        start_time=dt.time(0),
        end_time=dt.time(0),
        exceptions=frozenset({dt.date(2027, 3, 9)}),
    )
    first, second = next_windows(with_a_gap, after=utc(2027, 3, 3), number=2)
    assert (first.ends_at, second.starts_at) == (utc(2027, 3, 8, 23), utc(2027, 3, 9, 23))


def test_around_the_clock_begins_on_its_first_day_and_includes_its_last() -> None:
    always = Schedule(ZURICH, TUESDAY)
    (only,) = windows_after(always, after=utc(2029, 1, 1))
    assert (only.starts_at, only.ends_at) == (utc(2027, 3, 1, 23), None)
    (bounded,) = windows_after(Schedule(ZURICH, TUESDAY, TUESDAY), after=utc(2027, 3, 1))
    assert bounded.ends_at == utc(2027, 3, 2, 23)
    assert list(windows_after(Schedule(ZURICH, TUESDAY, TUESDAY), after=utc(2027, 3, 2, 23))) == []


def test_look_ahead_brings_at_least_the_next_window_and_the_moment_of_the_one_after() -> None:
    every_third_week = tuesdays(rule="FREQ=WEEKLY;INTERVAL=3;BYDAY=TU")
    outlook = look_ahead(every_third_week, now=utc(2027, 3, 2, 11), horizon=8 * DAY)
    (window,) = outlook.windows
    assert window.starts_at == utc(2027, 3, 23, 9)
    assert outlook.look_again_at == window.ends_at
    weekly = look_ahead(tuesdays(), now=utc(2027, 3, 2, 10), horizon=8 * DAY)
    assert [one.starts_at for one in weekly.windows] == [utc(2027, 3, 2, 9), utc(2027, 3, 9, 9)]
    assert weekly.look_again_at == utc(2027, 3, 8, 9)
    assert look_ahead(tuesdays(last_day=TUESDAY), now=utc(2027, 3, 3), horizon=8 * DAY).look_again_at is None


ZONES = st.sampled_from(
    ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
)
TIMES = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
CHANGES = [
    dt.date(2027, 3, 28),
    dt.date(2027, 10, 31),
    dt.date(2027, 3, 14),
    dt.date(2027, 11, 7),
    dt.date(2027, 4, 4),
]


@settings(max_examples=40, deadline=None)
@given(
    zone=ZONES,
    start=TIMES,
    end=TIMES,
    near=st.sampled_from(CHANGES),
    back=st.integers(0, 4),
    days=st.sets(st.integers(0, 6), min_size=1),
    skipped=st.sets(st.integers(0, 6), max_size=2),
    length=st.integers(0, 4),
)
def test_windows_open_in_just_the_minutes_that_a_clock_on_the_wall_says(
    zone: str,
    start: dt.time,
    end: dt.time,
    near: dt.date,
    back: int,
    days: set[int],
    skipped: set[int],
    length: int,
) -> None:
    first_day = near - back * DAY
    schedule = Schedule(
        zone=zoneinfo.ZoneInfo(zone),
        first_day=first_day,
        last_day=first_day + length * DAY,
        rule=weekly_rule(Weekly(tuple(days))),
        start_time=start,
        end_time=end,
        exceptions=frozenset(first_day + number * DAY for number in skipped),
    )
    found = list(windows_after(schedule, after=dt.datetime.combine(first_day, dt.time(), dt.UTC) - 3 * DAY))
    ours = {minute for one in found for minute in minutes_between(one.starts_at, one.ends_at)}
    assert ours == minutes_by_the_wall(schedule, days)
    for one, other in pairwise(found):
        assert one.ends_at is not None
        assert one.ends_at < other.starts_at


def minutes_between(first: dt.datetime, last: dt.datetime | None) -> set[dt.datetime]:
    assert last is not None
    return {first + number * MINUTE for number in range(int((last - first) / MINUTE))}


def minutes_by_the_wall(schedule: Schedule, weekdays: set[int]) -> set[dt.datetime]:
    """The naive model: look at the wall clock in every minute, and find the start and the end of each day by eye."""
    assert schedule.last_day is not None
    begun = dt.datetime.combine(schedule.first_day, dt.time(), dt.UTC) - 2 * DAY
    number = int(((schedule.last_day - schedule.first_day) + 6 * DAY) / MINUTE)
    wall = {
        begun + n * MINUTE: (begun + n * MINUTE).astimezone(schedule.zone).replace(tzinfo=None)
        for n in range(number)
    }
    shown: dict[dt.datetime, list[dt.datetime]] = {}
    for minute, local in wall.items():
        shown.setdefault(local.replace(fold=0), []).append(minute)

    def when(day: dt.date, time: dt.time | None) -> list[dt.datetime]:
        local, gap = dt.datetime.combine(day, time or dt.time()), dt.timedelta(0)
        if local in shown:
            return shown[local]
        # Skipped: as far behind the last minute before the gap as the clock would have gone.
        while local - gap not in shown:
            gap += MINUTE
        return [max(shown[local - gap]) + gap]

    opened: set[dt.datetime] = set()
    for offset in range((schedule.last_day - schedule.first_day).days + 1):
        day = schedule.first_day + offset * DAY
        if day in schedule.exceptions or day.weekday() not in weekdays:
            continue
        assert schedule.start_time is not None
        assert schedule.end_time is not None
        next_day = day + DAY if schedule.end_time <= schedule.start_time else day
        first, last = min(when(day, schedule.start_time)), max(when(next_day, schedule.end_time))
        opened |= minutes_between(first, last) if last > first else set()
    return opened
