"""The decision table of the founding API's status, row by row, and the vocabulary for people beside it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from access.planning import Shape, wanted
from access.states import CodeState, Outside, Seen, Status, WriteState
from access.status import (
    STATE_TEXT,
    WORST_FIRST,
    CodeFacts,
    code_state,
    is_scheduled_on_device,
    status,
    worst,
)
from locks.capabilities import Capabilities
from tests.access.planning.world import NATIVE, NOW, PLAIN, STAGING, declared

HOUR = dt.timedelta(hours=1)
ONGOING: dict[str, Any] = {"starts_at": None, "ends_at": None}


def facts(
    capabilities: Capabilities = NATIVE, *, start: float = -1, hours: float = 48, **fields: Any
) -> CodeFacts:
    code = dataclasses.replace(declared(1, start=start, hours=hours), **fields)
    return CodeFacts(code, capabilities, connected=True, ended=False)


def on_lock(given: CodeFacts, *, now: dt.datetime = NOW, seen: Seen = Seen.PRESENT) -> CodeFacts:
    """The same, held by the lock just as it is declared at `now`."""
    shape = wanted(given.declared, given.capabilities, now=now) or Shape(given.declared.pin_key, "Guest 1")
    code = dataclasses.replace(
        given.declared, written=shape, seen=seen, ref="1", write_state=WriteState.APPLIED, written_at=now
    )
    return dataclasses.replace(given, declared=code)


GONE: dict[str, Any] = {"revoked_at": NOW}
ROWS = [
    (
        "stale knowledge",
        dataclasses.replace(on_lock(facts()), connected=False),
        Status.UNKNOWN,
        CodeState.UNKNOWN,
    ),
    ("deleted, on the lock", on_lock(facts(**GONE)), Status.REMOVING, CodeState.REMOVING),
    ("deleted, not on the lock", facts(**GONE), Status.UNSET, CodeState.ENDED),
    ("inside, on the lock", on_lock(facts()), Status.SET, CodeState.ACTIVE),
    ("inside, not on the lock", facts(), Status.SETTING, CodeState.DELAYED),
    ("ongoing, on the lock", on_lock(facts(**ONGOING)), Status.SET, CodeState.ACTIVE),
    ("ongoing, not on the lock", facts(**ONGOING), Status.SETTING, CodeState.PROGRAMMING),
    ("before, preloaded", on_lock(facts(start=5)), Status.UNSET, CodeState.SCHEDULED),
    ("before, due, not yet preloaded", facts(start=5), Status.UNSET, CodeState.PROGRAMMING),
    ("before its lead", facts(start=100), Status.UNSET, CodeState.PLANNED),
    ("over, still on the lock", on_lock(facts(start=-50, hours=49.99)), Status.REMOVING, CodeState.REMOVING),
    ("over for long, still on the lock", on_lock(facts(start=-50)), Status.REMOVING, CodeState.REMOVE_FAILED),
    ("over, gone", facts(start=-50), Status.UNSET, CodeState.ENDED),
    ("just in time, before its lead", facts(STAGING, start=5), Status.UNSET, CodeState.PLANNED),
    ("just in time, programming", facts(STAGING, start=0.5), Status.SETTING, CodeState.PROGRAMMING),
    ("just in time, staged", on_lock(facts(STAGING, start=0.5)), Status.SETTING, CodeState.SCHEDULED),
    ("just in time, on a plain lock", on_lock(facts(PLAIN, start=0.5)), Status.SET, CodeState.ACTIVE),
    ("failing", facts(start=5, failures=3), Status.UNSET, CodeState.FAILED),
    ("stopped", facts(stopped="not_allowed"), Status.SETTING, CodeState.FAILED),
    (
        "edited outside",
        on_lock(facts(outside=Outside.MODIFIED), seen=Seen.DIFFERS),
        Status.SETTING,
        CodeState.CHANGED_OUTSIDE,
    ),
    (
        "edited outside, as it may be",
        on_lock(facts(outside=Outside.MODIFIED, allow_external=True), seen=Seen.DIFFERS),
        Status.SET,
        CodeState.CHANGED_OUTSIDE,
    ),
    (
        "deleted outside, as it may be",
        facts(outside=Outside.REMOVED, allow_external=True, seen=Seen.ABSENT),
        Status.UNSET,
        CodeState.CHANGED_OUTSIDE,
    ),
    ("offline, computed, before", facts(start=5, is_offline=True), Status.UNSET, CodeState.SCHEDULED),
    ("offline, computed", facts(is_offline=True), Status.SET, CodeState.ACTIVE),
    ("offline, far off", facts(start=5, is_offline=True, pin=None), Status.UNSET, CodeState.PROGRAMMING),
    ("offline, not computed", facts(is_offline=True, pin=None), Status.SETTING, CodeState.DELAYED),
    (
        "offline, revoked too late",
        facts(is_offline=True, revoked_at=NOW - dt.timedelta(hours=1)),
        Status.SET,
        CodeState.ACTIVE,
    ),
    ("removal failing", on_lock(facts(failures=3, **GONE)), Status.REMOVING, CodeState.REMOVE_FAILED),
    (
        "removal failing, and no reading since",
        on_lock(facts(failures=3, **GONE), seen=Seen.NEVER),
        Status.REMOVING,
        CodeState.REMOVAL_UNKNOWN,
    ),
    (
        "removal failing on a lock that can't be read back",
        on_lock(facts(failures=3, **GONE), seen=Seen.ASSUMED),
        Status.REMOVING,
        CodeState.REMOVAL_UNKNOWN,
    ),
    (
        "removal failing, and the lock is not read any more",
        dataclasses.replace(on_lock(facts(failures=3, **GONE)), read_at=NOW - HOUR),
        Status.REMOVING,
        CodeState.REMOVAL_UNKNOWN,
    ),
    ("ended", dataclasses.replace(facts(), ended=True), Status.UNSET, CodeState.ENDED),
    ("assumed", on_lock(facts(), seen=Seen.ASSUMED), Status.SET, CodeState.ACTIVE),
]


@pytest.mark.parametrize(("given", "api", "people"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_status_follows_the_decision_table(given: CodeFacts, api: Status, people: CodeState) -> None:
    assert (status(given, now=NOW), code_state(given, now=NOW)) == (api, people)


def test_status_of_a_staged_code_is_not_set_until_it_opens() -> None:
    staged = on_lock(facts(STAGING, start=0.5))

    assert status(staged, now=NOW + HOUR) is Status.SETTING
    assert status(on_lock(staged, now=NOW + HOUR), now=NOW + HOUR) is Status.SET


def test_status_of_a_code_whose_window_was_moved_is_not_set_until_the_lock_has_it() -> None:
    moved = on_lock(facts())
    moved = dataclasses.replace(moved, declared=dataclasses.replace(moved.declared, ends_at=NOW + 90 * HOUR))

    assert status(moved, now=NOW) is Status.SETTING
    assert code_state(moved, now=NOW) is CodeState.DELAYED


def test_booking_of_the_last_minute_is_programming_before_it_is_late() -> None:
    fresh = dataclasses.replace(facts(), declared_at=NOW - dt.timedelta(seconds=5))

    assert code_state(fresh, now=NOW) is CodeState.PROGRAMMING
    assert code_state(fresh, now=NOW + HOUR) is CodeState.DELAYED


def test_is_scheduled_on_device_only_once_a_native_code_is_there() -> None:
    assert not is_scheduled_on_device(facts(start=5), now=NOW)
    assert is_scheduled_on_device(on_lock(facts(start=5)), now=NOW)
    assert not is_scheduled_on_device(on_lock(facts(STAGING, start=0.5)), now=NOW)


def test_worst_of_the_doors_is_never_hidden_by_a_better_one() -> None:
    assert worst([CodeState.ACTIVE, CodeState.FAILED, CodeState.PROGRAMMING]) is CodeState.FAILED
    assert worst([CodeState.SCHEDULED, CodeState.UNKNOWN]) is CodeState.UNKNOWN
    assert worst([]) is None
    assert set(WORST_FIRST) == set(CodeState) == set(STATE_TEXT)
