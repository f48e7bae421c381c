"""When a backup stands in for a stay's code: the door decides, not our commands."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from access.backups.levels import PoolLevel, pool_problems, pool_room
from access.backups.policy import Answer, Case, answer_report, needs_backup, report_calls_for_backup
from access.planning import Declared, Shape
from access.states import Seen, WriteState
from locks.capabilities import Capabilities

NATIVE = Capabilities(native_scheduling=True)
STAGING = Capabilities(native_scheduling=False, holds_disabled_codes=True)
START = dt.datetime(2027, 3, 1, 15, tzinfo=dt.UTC)
END = START + dt.timedelta(days=3)
LEAD = dt.timedelta(minutes=30)
MINUTE = dt.timedelta(minutes=1)


def case(capabilities: Capabilities = NATIVE, *, reachable: bool = True, **fields: Any) -> Case:
    declared = Declared(id=1, pin="4711", pin_key=7, name="Anna", starts_at=START, ends_at=END)
    declared_at = fields.pop("declared_at", START - dt.timedelta(days=9))
    seen_at, troubled_since = fields.pop("seen_at", None), fields.pop("troubled_since", None)
    return Case(replace(declared, **fields), capabilities, declared_at, reachable, seen_at, troubled_since)


def held(
    starts_at: dt.datetime | None = START, ends_at: dt.datetime | None = END, **shape: Any
) -> dict[str, Any]:
    """The lock was seen to hold the code so."""
    written = Shape(**{"pin_key": 7, "name": "Anna", "starts_at": starts_at, "ends_at": ends_at, **shape})
    return {
        "written": written, "write_state": WriteState.APPLIED, "seen": Seen.PRESENT, "attempts": 1,
        "written_at": START - dt.timedelta(days=2), "ref": "1",
    }  # fmt: skip


AFTER = START + dt.timedelta(hours=2)
BEFORE = START - dt.timedelta(minutes=29)
CASES: list[tuple[str, Case, dt.datetime, bool]] = [
    ("confirmed, before", case(**held()), BEFORE, False),
    ("confirmed, lock out of reach", case(**held(), reachable=False), AFTER, False),
    ("not there, earlier than the property's minutes", case(reachable=False), START - 31 * MINUTE, False),
    ("not there, out of reach", case(reachable=False), BEFORE, True),
    ("not there, failing", case(failures=3, attempts=3), BEFORE, True),
    ("not there, nobody knows why", case(), BEFORE, True),
    ("stopped", case(stopped="not_allowed"), BEFORE, True),
    ("over", case(reachable=False), END, False),
    ("revoked", case(reachable=False, revoked_at=START), AFTER, False),
    ("without end", case(reachable=False, ends_at=None), AFTER, False),
    ("booked a minute ago", case(declared_at=AFTER - MINUTE), AFTER, False),
    ("booked a minute ago, out of reach", case(declared_at=AFTER - MINUTE, reachable=False), AFTER, True),
    ("booked three minutes ago", case(declared_at=AFTER - 3 * MINUTE), AFTER, True),
    ("sent just now", case(attempts=1, written_at=AFTER - MINUTE), AFTER, False),
    ("in trouble for long, sent just now",
     case(attempts=1, written_at=AFTER - MINUTE, troubled_since=AFTER - 5 * MINUTE), AFTER, True),
    ("seen gone just now", case(attempts=1, seen=Seen.ABSENT, seen_at=AFTER - MINUTE), AFTER, False),
    ("seen gone and not put back", case(attempts=1, seen=Seen.ABSENT, seen_at=AFTER - 3 * MINUTE), AFTER, True),
    ("differs", case(**{**held(), "seen": Seen.DIFFERS}, seen_at=AFTER - 3 * MINUTE), AFTER, True),
    ("another PIN on the lock", case(**held(pin_key=8)), AFTER, True),
    ("arrives earlier than the lock knows", case(**held(START + dt.timedelta(hours=2))), BEFORE, True),
    ("extended, old end far away", case(**held(ends_at=START + dt.timedelta(days=1)), reachable=False), AFTER, False),
    ("extended, old end near", case(**held(ends_at=AFTER + 10 * MINUTE), reachable=False), AFTER, True),
    ("staged", case(STAGING, **held(None, None, enabled=False)), BEFORE, False),
    ("staged, out of reach", case(STAGING, **held(None, None, enabled=False), reachable=False), BEFORE, True),
    ("staged, should open since two minutes", case(STAGING, **held(None, None, enabled=False)),
     START + 2 * MINUTE, True),
    ("just in time, not due on the lock yet", case(STAGING), START - 70 * MINUTE, False),
]  # fmt: skip


@pytest.mark.parametrize(("what", "given", "now", "expected"), CASES, ids=[row[0] for row in CASES])
def test_needs_backup_case(what: str, given: Case, now: dt.datetime, expected: bool) -> None:
    assert needs_backup(given, lead=LEAD, now=now) is expected


def test_needs_backup_on_a_lock_without_windows_never_before_its_hour() -> None:
    long_lead = dt.timedelta(hours=4)
    assert not needs_backup(case(STAGING, reachable=False), lead=long_lead, now=START - 2 * 60 * MINUTE)
    assert needs_backup(case(STAGING, reachable=False), lead=long_lead, now=START - 50 * MINUTE)


REPORTS: list[tuple[str, Case, dt.timedelta | None, dt.datetime, Answer]] = [
    ("works, first time", case(**held()), None, AFTER, Answer.CHECKING),
    ("works, clicked twice", case(**held()), dt.timedelta(seconds=5), AFTER, Answer.CHECKING),
    ("works, reported again", case(**held()), 3 * MINUTE, AFTER, Answer.PULL),
    ("not known to work", case(), None, AFTER, Answer.PULL),
    ("too early", case(**held()), None, BEFORE, Answer.TOO_EARLY),
    ("days ahead", case(), None, START - dt.timedelta(days=2), Answer.TOO_EARLY),
    ("over", case(**held()), None, END, Answer.OVER),
]


@pytest.mark.parametrize(
    ("what", "given", "ago", "now", "expected"), REPORTS, ids=[row[0] for row in REPORTS]
)
def test_answer_report_case(
    what: str, given: Case, ago: dt.timedelta | None, now: dt.datetime, expected: Answer
) -> None:
    reported_at = None if ago is None else now - ago
    assert answer_report(given, reported_at=reported_at, lead=LEAD, now=now) is expected


def test_report_is_settled_by_a_fresh_reading_and_not_by_none() -> None:
    def calls(given: Case, read: dt.timedelta | None, after: dt.timedelta) -> bool:
        read_at = None if read is None else AFTER + read
        return report_calls_for_backup(given, reported_at=AFTER, read_at=read_at, now=AFTER + after)

    assert not calls(case(**held()), dt.timedelta(seconds=5), 5 * MINUTE)
    assert not calls(case(**held()), None, dt.timedelta(seconds=20))
    assert calls(case(**held()), None, 2 * MINUTE)
    assert calls(case(**held()), -MINUTE, 2 * MINUTE)
    assert calls(case(**{**held(), "seen": Seen.ABSENT}), dt.timedelta(seconds=5), dt.timedelta(seconds=20))


def level(**fields: Any) -> PoolLevel:
    usual = {"is_on": True, "size": 5, "room": 5, "declared": 5, "ready": 5, "fresh": 0, "in_use": 0}
    return PoolLevel(**{**usual, **fields})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (level(), set()),
        (level(ready=0), {"empty_backup_access_code_pool"}),
        (level(ready=0, fresh=5), set()),
        (level(ready=0, fresh=5, asked_for=True), {"empty_backup_access_code_pool"}),
        (level(ready=4), {"partial_backup_access_code_pool"}),
        (level(ready=4, fresh=1), set()),
        (level(ready=2, room=2), set()),
        (level(ready=0, room=0, declared=0), set()),
        (level(ready=0, room=0, declared=0, asked_for=True), {"empty_backup_access_code_pool"}),
        (level(is_on=False, ready=0, room=0), set()),
        (level(in_use=3), {"many_active_backup_codes"}),
    ],
)
def test_pool_problems_of_level(given: PoolLevel, expected: set[str]) -> None:
    assert pool_problems(given) == expected


def test_pool_room_leaves_places_for_guests() -> None:
    assert pool_room(size=5, capacity=None, others=300) == 5
    assert pool_room(size=5, capacity=100, others=20) == 5
    assert pool_room(size=5, capacity=100, others=95) == 3
    assert pool_room(size=5, capacity=100, others=100) == 0
    assert pool_room(size=5, capacity=10, others=0) == 2
    assert pool_room(size=5, capacity=3, others=0) == 0
