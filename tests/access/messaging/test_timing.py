from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.enums import Anchor
from access.messaging.timing import RETRIES, StayTimes, due_of, is_due, next_try

HOUR = dt.timedelta(hours=1)
BOOKED = dt.datetime(2027, 1, 10, 9, tzinfo=dt.UTC)
CHECK_IN = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
CHECK_OUT = CHECK_IN + 96 * HOUR
TIMES = StayTimes(BOOKED, BOOKED, CHECK_IN, CHECK_OUT)
LONG_AGO = BOOKED - 1000 * HOUR


def sent_at(
    anchor: str,
    offset: dt.timedelta,
    now: dt.datetime,
    times: StayTimes = TIMES,
    since: dt.datetime = LONG_AGO,
) -> bool:
    due = due_of(anchor, offset, times)
    return due is not None and is_due(due, active_since=since, now=now)


@pytest.mark.parametrize(
    ("anchor", "offset", "late", "expected"),
    [
        (Anchor.ARRIVAL, -24, 0, True),
        (Anchor.ARRIVAL, -24, 5, True),
        (Anchor.ARRIVAL, -24, 6, False),
        (Anchor.ARRIVAL, -24, -1, False),
        (Anchor.DEPARTURE, -15, 2, True),
        (Anchor.DEPARTURE, -15, 3, False),
        (Anchor.DEPARTURE, 24, 1, True),
    ],
)
def test_message_is_sent_from_its_time_until_it_is_too_late(
    anchor: Anchor, offset: int, late: int, expected: bool
) -> None:
    base = CHECK_IN if anchor == Anchor.ARRIVAL else CHECK_OUT

    assert sent_at(anchor, offset * HOUR, base + (offset + late) * HOUR) is expected


def test_stay_that_was_booked_too_late_gets_its_message_at_once() -> None:
    booked = CHECK_IN - 2 * HOUR
    times = StayTimes(booked, booked, CHECK_IN, CHECK_OUT)

    assert sent_at(Anchor.ARRIVAL, -24 * HOUR, booked, times)


def test_guest_in_the_house_gets_nothing_that_comes_before_the_arrival() -> None:
    late = CHECK_IN + HOUR
    times = StayTimes(late, late, CHECK_IN, CHECK_OUT)

    assert not sent_at(Anchor.ARRIVAL, -24 * HOUR, late, times)
    assert not sent_at(Anchor.ARRIVAL, -HOUR, CHECK_IN)
    assert sent_at(Anchor.ARRIVAL, 0 * HOUR, late, times)


def test_what_was_due_before_the_template_was_switched_on_is_not_sent() -> None:
    due = CHECK_IN - 24 * HOUR

    assert not sent_at(Anchor.ARRIVAL, -24 * HOUR, due + HOUR, since=due + HOUR / 2)
    assert not sent_at(Anchor.CONFIRMATION, 0 * HOUR, BOOKED + HOUR, since=BOOKED + HOUR / 2)


def test_confirmation_is_not_repeated_by_a_move() -> None:
    moved = StayTimes(BOOKED, BOOKED + 500 * HOUR, CHECK_IN, CHECK_OUT)

    assert not sent_at(Anchor.CONFIRMATION, 0 * HOUR, BOOKED + 500 * HOUR, moved)


def test_lease_without_end_has_no_departure() -> None:
    assert due_of(Anchor.DEPARTURE, -HOUR, StayTimes(BOOKED, BOOKED, CHECK_IN, None)) is None
    assert due_of(Anchor.EVENT, 0 * HOUR, TIMES) is None


@given(
    anchor=st.sampled_from([Anchor.CONFIRMATION, Anchor.ARRIVAL, Anchor.DEPARTURE]),
    offset=st.integers(-2000, 2000).map(lambda h: h * HOUR),
    known=st.integers(-3000, 3000).map(lambda h: CHECK_IN + h * HOUR),
)
def test_nothing_is_due_before_the_stay_was_known_or_for_ever(
    anchor: Anchor, offset: dt.timedelta, known: dt.datetime
) -> None:
    due = due_of(anchor, offset, StayTimes(known, known, CHECK_IN, CHECK_OUT))

    assert due is not None
    assert due.at >= known
    assert due.until <= due.at + 24 * HOUR


def test_tries_come_later_and_end() -> None:
    tries = [next_try(number, now=BOOKED, until=None) for number in range(1, len(RETRIES) + 2)]

    assert tries[-1] is None
    assert tries[:-1] == sorted(t for t in tries if t is not None)
    assert next_try(1, now=BOOKED, until=BOOKED + HOUR / 120) is None
