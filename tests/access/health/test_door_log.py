"""From a lock's log to happenings, each once (F92 to F96, F98; pure)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.door_log import Asked, Happening, Told, happenings_of
from locks.drivers.base import LogEntry, LogKind, LogMethod

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=30)
U = LogKind.UNLOCKED


def entry(
    seconds: float, key: str, kind: LogKind = U, method: LogMethod = LogMethod.KEYCODE, ref: str | None = None
) -> LogEntry:
    return LogEntry(key, NOW + dt.timedelta(seconds=seconds), kind, method, ref)


def happened(
    *entries: LogEntry, told: tuple[Told, ...] = (), asked: tuple[Asked, ...] = ()
) -> list[Happening]:
    return happenings_of(entries, told=told, asked=asked, begins_at=LONG_AGO, now=NOW)


def test_code_is_credited_where_it_was_typed() -> None:
    assert [one.ref for one in happened(entry(-9, "1", ref="4"))] == ["4"]


@pytest.mark.parametrize(
    "method", [LogMethod.REMOTE, LogMethod.MANUAL, LogMethod.AUTOMATIC, LogMethod.UNKNOWN]
)
def test_f93_what_was_not_typed_is_nobodys_code(method: LogMethod) -> None:
    """An app or a hand that opens is never credited to the last keypad user."""
    assert [one.ref for one in happened(entry(-9, "1", method=method, ref="4"))] == [None]


def test_f94_follow_up_without_a_place_does_not_hide_the_first() -> None:
    follow_up = entry(-8, "2", method=LogMethod.UNKNOWN)

    assert [one.ref for one in happened(entry(-9, "1", ref="4"), follow_up)] == ["4"]
    assert [one.ref for one in happened(follow_up, entry(-9, "1", ref="4"))] == ["4"]


def test_f94_follow_up_of_a_later_reading_is_the_same_turn() -> None:
    told = (Told(NOW - dt.timedelta(seconds=9), U, LogMethod.KEYCODE, "1", has_code=True),)

    assert happened(entry(-8, "2", method=LogMethod.UNKNOWN), told=told) == []


def test_two_people_within_two_seconds_are_two() -> None:
    assert len(happened(entry(-9, "1", ref="4"), entry(-8, "2", ref="5"))) == 2


def test_f95_refused_entry_is_no_unlock() -> None:
    found = happened(entry(-9, "1", LogKind.DENIED), entry(-8.5, "2", LogKind.DENIED))

    assert [one.kind for one in found] == [LogKind.DENIED, LogKind.DENIED]


def test_f96_unlock_of_nobody_known_is_told_of() -> None:
    assert [one.ref for one in happened(entry(-9, "1", ref=None))] == [None]


def test_f98_what_happened_before_we_knew_the_lock_is_not_told() -> None:
    assert happenings_of([entry(-9, "1")], begins_at=NOW, now=NOW) == []


def test_entry_is_told_of_once_by_its_key() -> None:
    told = (Told(NOW - dt.timedelta(hours=2), U, LogMethod.KEYCODE, "1"),)

    assert happened(entry(-9, "1", ref="4"), told=told) == []


def test_own_unlock_is_not_doubled_by_the_log() -> None:
    sent = NOW - dt.timedelta(seconds=9)
    asked = (Asked(U, sent, sent + dt.timedelta(seconds=1), "a1", told=True),)

    assert happened(entry(-9, "1", method=LogMethod.REMOTE), asked=asked) == []
    assert len(happened(entry(-9, "1", ref="4"), asked=asked)) == 1


def test_unlock_that_got_no_answer_is_told_of_by_the_log() -> None:
    sent = NOW - dt.timedelta(seconds=9)
    asked = (Asked(U, sent, NOW, "a1", told=False),)

    assert [one.attempt_id for one in happened(entry(-5, "1", method=LogMethod.REMOTE), asked=asked)] == [
        "a1"
    ]


def test_clock_that_runs_ahead_tells_of_now() -> None:
    assert happened(entry(500, "1", ref="4"))[0].at == NOW


entries = st.builds(
    entry,
    st.integers(-100, 0),
    st.uuids().map(str),
    st.sampled_from(LogKind),
    st.sampled_from(LogMethod),
    st.sampled_from([None, "1", "2"]),
)


@given(st.lists(entries, max_size=20))
def test_nothing_is_told_twice_and_nothing_invented(read: list[LogEntry]) -> None:
    first = happened(*read)
    told = tuple(Told(one.at, one.kind, one.method, one.key, one.ref is not None) for one in first)

    assert {one.key for one in first} <= {one.key for one in read}
    assert len({one.key for one in first}) == len(first)
    assert [one for one in happened(*read, told=told) if one.key in {t.key for t in told}] == []
    assert all(one.method is LogMethod.KEYCODE for one in first if one.ref is not None)
