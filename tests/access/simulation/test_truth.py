"""Windows by the calendar on the wall, and what a programmer who makes no mistakes would send."""

from __future__ import annotations

import datetime as dt

from access.simulation.scenario import Booking, HousePlan
from access.simulation.truth import Asked, needed_writes, stands_at, window_of

HOUSE = HousePlan(0, "Europe/Zurich", dt.time(15), dt.time(11), 30, 15, 1, ())
BOOKING = Booking("b", 0, 0, "", "Lea Frei", dt.date(2027, 3, 26), dt.date(2027, 3, 29))
NOW = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
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


def test_cancellation_before_the_lead_takes_none() -> None:
    assert needed_writes([asked(0), asked(1, None)], "yale", until=END) == []


def test_what_stands_at_a_moment() -> None:
    one = [asked(0)]
    assert not stands_at(one, "yale", now=WINDOW[0] - 4 * DAY)
    assert stands_at(one, "yale", now=WINDOW[0])
    assert not stands_at(one, "yale", now=WINDOW[1] + DAY)
