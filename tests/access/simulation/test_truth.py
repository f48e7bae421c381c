"""Windows by the calendar on the wall, and what a programmer who makes no mistakes would send."""

from __future__ import annotations

import datetime as dt

import pytest

from access.simulation.employing import Employment
from access.simulation.scenario import Booking, HousePlan
from access.simulation.truth import (
    FAR,
    Asked,
    Word,
    needed_writes,
    opens_early,
    runs_out_at,
    stands_at,
    tracks_of,
    window_of,
    windows_of,
)

HOUSE = HousePlan(0, "Europe/Zurich", dt.time(15), dt.time(11), 30, 15, 1, ())
BOOKING = Booking("b", 0, 0, "", "Lea Frei", dt.date(2027, 3, 26), dt.date(2027, 3, 29))
NOW = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
END = NOW + 60 * DAY
WINDOW = (NOW + 10 * DAY, NOW + 12 * DAY)


def asked(day: float, window: tuple[dt.datetime, dt.datetime] | None = WINDOW, pin: int = 0) -> Asked:
    return Asked(NOW + day * DAY, window, "Lea Frei", pin)


def test_window_follows_clocks_that_change_during_the_stay() -> None:
    starts, ends = window_of(BOOKING, HOUSE)
    assert starts == dt.datetime(2027, 3, 26, 13, 30, tzinfo=dt.UTC)
    assert ends == dt.datetime(2027, 3, 29, 9, 15, tzinfo=dt.UTC)


def test_window_takes_what_the_manager_granted() -> None:
    early, _ = window_of(BOOKING, HOUSE, early_hours=-2)
    _, late = window_of(BOOKING, HOUSE, early_hours=1)
    assert early.hour == 11
    assert late.hour == 10


def test_native_code_takes_two_commands() -> None:
    assert needed_writes([asked(0)], "yale", until=END) == [WINDOW[0] - 3 * DAY, WINDOW[1]]


def test_staged_code_takes_three_commands() -> None:
    sent = needed_writes([asked(0)], "smartthings", until=END)
    assert len(sent) == 3
    assert sent[-1] == WINDOW[1]


def test_move_before_the_lead_takes_none() -> None:
    later = (WINDOW[0] + DAY, WINDOW[1] + DAY)
    assert len(needed_writes([asked(0), asked(1, later)], "yale", until=END)) == 2


def test_move_of_a_code_on_the_lock_takes_one() -> None:
    later = (WINDOW[0] + 20 * DAY, WINDOW[1] + 20 * DAY)
    assert len(needed_writes([asked(0), asked(9, later)], "yale", until=END)) == 3


def test_another_pin_takes_two() -> None:
    assert len(needed_writes([asked(0), asked(11, pin=1)], "yale", until=END)) == 4


def test_another_pin_of_a_code_on_the_lock_that_was_moved_far_away_waits_for_its_lead() -> None:
    later = (WINDOW[0] + 20 * DAY, WINDOW[1] + 20 * DAY)
    words = [asked(0), asked(9, later), asked(9.5, later, pin=1)]
    removed, loaded = NOW + 9.5 * DAY, later[0] - 3 * DAY
    assert needed_writes(words, "yale", until=END)[2:] == [removed, loaded, later[1]]
    assert not stands_at(words, "yale", now=removed + HOUR)


def test_cancellation_before_the_lead_takes_none() -> None:
    assert needed_writes([asked(0), asked(1, None)], "yale", until=END) == []


def test_what_stands_at_a_moment() -> None:
    one = [asked(0)]
    assert not stands_at(one, "yale", now=WINDOW[0] - 4 * DAY)
    assert stands_at(one, "yale", now=WINDOW[0])
    assert not stands_at(one, "yale", now=WINDOW[1] + DAY)


def holding(**fields: object) -> Employment:
    given = {"days": (6,), "begins": dt.time(22), "ends": dt.time(6), **fields}
    return Employment("w", "staff", "Olga", ("d",), dt.date(2027, 3, 1), **given)  # type: ignore[arg-type]


def windows(zone: str = "Europe/Zurich", **fields: object) -> list[str]:
    found = windows_of(holding(**fields), zone, after=NOW, until=NOW + 45 * DAY)
    return [f"{start:%d %b %H:%M} - {end:%d %b %H:%M}" for start, end in found]


def test_night_shift_goes_over_midnight_and_keeps_the_clock_on_the_wall() -> None:
    assert windows()[3:5] == ["28 Mar 20:00 - 29 Mar 04:00", "04 Apr 20:00 - 05 Apr 04:00"]
    assert windows()[0] == "07 Mar 21:00 - 08 Mar 05:00"


@pytest.mark.parametrize(
    ("begins", "ends", "shown"),
    [
        (dt.time(2, 30), dt.time(7), "28 Mar 01:30 - 28 Mar 05:00"),
        (dt.time(1, 30), dt.time(2, 30), "28 Mar 00:30 - 28 Mar 01:30"),
    ],
)
def test_time_that_the_clocks_skip_moves_forward(begins: dt.time, ends: dt.time, shown: str) -> None:
    assert windows(begins=begins, ends=ends)[3] == shown


def test_time_that_comes_twice_is_the_first_for_a_start_and_the_second_for_an_end() -> None:
    there = "Pacific/Auckland"  # on 4 April 03:00 becomes 02:00 again
    assert windows(there, begins=dt.time(2, 30), ends=dt.time(7))[4] == "03 Apr 13:30 - 03 Apr 19:00"
    assert windows(there, begins=dt.time(1), ends=dt.time(2, 30))[4] == "03 Apr 12:00 - 03 Apr 14:30"


def test_windows_keep_to_first_last_and_excepted_days() -> None:
    kept = windows(last_day=dt.date(2027, 3, 21), exceptions=(dt.date(2027, 3, 14),))
    assert kept == ["07 Mar 21:00 - 08 Mar 05:00", "21 Mar 21:00 - 22 Mar 05:00"]


def test_around_the_clock_has_one_window_without_an_end() -> None:
    always = holding(days=(), begins=None, ends=None)
    assert windows_of(always, "UTC", after=NOW, until=END) == [(NOW, FAR)]


def test_each_window_of_a_holder_takes_its_commands() -> None:
    tracks = tracks_of([Word(NOW, holding())], "d", "UTC", until=NOW + 14 * DAY)
    assert [len(needed_writes(one, "yale", until=NOW + 14 * DAY)) for one in tracks] == [2, 1]


def test_second_window_waits_for_the_first_where_a_lock_holds_no_pin_twice() -> None:
    words = [Word(NOW, holding(days=(5, 6)))]
    tracks = tracks_of(words, "d", "UTC", until=NOW + 9 * DAY)
    _, second = (needed_writes(one, "schlage", until=NOW + 9 * DAY) for one in tracks[:2])
    assert second[0] == dt.datetime(2027, 3, 7, 6, tzinfo=dt.UTC)
    _, second = (needed_writes(one, "yale", until=NOW + 9 * DAY) for one in tracks[:2])
    assert second[0] == dt.datetime(2027, 3, 4, 22, tzinfo=dt.UTC)


def test_change_moves_the_code_that_is_there_and_an_end_takes_it_away() -> None:
    changed_at, ended_at = NOW + 6 * DAY, NOW + 6.5 * DAY
    words = [
        Word(NOW, holding()),
        Word(changed_at, holding(begins=dt.time(20))),
        Word(ended_at, None),
    ]
    tracks = tracks_of(words, "d", "UTC", until=NOW + 7 * DAY)
    assert needed_writes(tracks[0], "yale", until=NOW + 7 * DAY) == [
        NOW + 3 * DAY + 22 * HOUR,
        changed_at,
        ended_at,
    ]


def test_offline_code_runs_out_at_a_full_hour_of_the_lock_and_needs_no_command() -> None:
    start, end = window_of(BOOKING, HOUSE)
    assert runs_out_at((start, end), "dormakaba_oracode", HOUSE.zone) == end + 45 * MINUTE
    assert runs_out_at((start, end), "yale", HOUSE.zone) is None
    assert needed_writes([asked(0)], "dormakaba_oracode", until=END) == []


def test_lock_may_open_as_early_as_it_must() -> None:
    start = dt.datetime(2027, 3, 28, 20, tzinfo=dt.UTC)
    around = (start, start + 8 * HOUR)
    assert opens_early(around, "yale", "Europe/Zurich") == 2 * MINUTE
    assert opens_early(around, "schlage", "Europe/Zurich") == HOUR + 2 * MINUTE
    assert opens_early((start, FAR), "yale", "Europe/Zurich") == HOUR + 2 * MINUTE
