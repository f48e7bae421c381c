"""The way of a code: what a reading confirmed, what only an answer did, what nothing did, and what is not known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.enums import EventType
from access.models import AccessCode
from access.overview import DoorAccess
from access.states import CodeState, Seen
from access.stay_pages.doors import NOT_MANAGED, Step, steps_of
from access.stay_pages.tallies import Tally
from locks.brands import BRANDS
from locks.models import Account, Device
from tests.factories import NOW

HOUR = dt.timedelta(hours=1)
UNREADABLE = next(key for key, brand in BRANDS.items() if not brand.capabilities.reads_codes)
STORED = {EventType.CODE_SCHEDULED.value: Tally(NOW, NOW, 1, NOW - HOUR)}


def way(
    state: CodeState,
    tallies: dict[str, Tally],
    *,
    brand: str = "schlage",
    now: dt.datetime = NOW,
    **fields: Any,
) -> dict[str, Step]:
    device = Device(account=Account(brand=brand, driver="virtual"), brand=brand, name="Gate")
    code = AccessCode(
        device=device,
        starts_at=NOW + HOUR,
        ends_at=NOW + 9 * HOUR,
        attempts=1,
        **{"written_at": NOW - HOUR, **fields},
    )
    code.created_at = NOW - 9 * HOUR
    door = DoorAccess("Gate", None, device, code, state, "", "", code.starts_at, code.ends_at)
    steps = steps_of(door, tallies, now=now)
    return dict(zip(("declared", "sent", "stored", "opens", "used", "gone"), steps, strict=True))


@pytest.mark.parametrize(
    ("state", "tallies", "look", "note"),
    [
        (CodeState.SCHEDULED, STORED, "done", ""),
        (CodeState.ACTIVE, STORED, "done", ""),
        (CodeState.UNKNOWN, STORED, "unknown", "not known now"),
        (CodeState.UNKNOWN, {}, "unknown", "not known now"),
        (CodeState.CHANGED_OUTSIDE, STORED, "missing", "then changed outside"),
        (CodeState.FAILED, {}, "missing", "not confirmed"),
        (CodeState.FAILED, STORED, "missing", "not confirmed now"),
        (CodeState.DELAYED, {}, "missing", "not confirmed"),
        (CodeState.BACKUP, {}, "missing", "not confirmed"),
        (CodeState.PROGRAMMING, {}, "next", "not yet"),
        (CodeState.PLANNED, {}, "next", "not yet"),
        (CodeState.REMOVE_FAILED, STORED, "done", ""),
        (CodeState.REMOVAL_UNKNOWN, STORED, "done", ""),
        (CodeState.ENDED, {}, "none", "not yet"),
    ],
)
def test_step_onto_the_lock_is_never_rounded(
    state: CodeState, tallies: dict[str, Tally], look: str, note: str
) -> None:
    step = way(state, tallies)["stored"]

    assert (step.look, step.note) == (look, note)


def test_lock_that_is_not_read_back_only_confirms() -> None:
    assert way(CodeState.ACTIVE, STORED)["stored"].label == "Seen on the lock"

    step = way(CodeState.ACTIVE, STORED, brand=UNREADABLE)["stored"]

    assert (step.label, step.note) == ("Confirmed by the lock", "it can't be read back")


def test_time_of_sending_is_that_of_the_command_that_was_confirmed() -> None:
    assert way(CodeState.ACTIVE, STORED)["sent"].at == NOW - HOUR
    assert way(CodeState.FAILED, {})["sent"].at == NOW - HOUR


REMOVED = {EventType.CODE_REMOVED.value: Tally(NOW, NOW, 1, None)}


@pytest.mark.parametrize(
    ("state", "fields", "step"),
    [
        (CodeState.ENDED, {"ended_at": NOW, "seen": Seen.ABSENT}, Step("Gone", "done", NOW)),
        (
            CodeState.ENDED,
            {"ended_at": NOW, "seen": Seen.PRESENT},
            Step("Let go", "unknown", NOW, NOT_MANAGED),
        ),
        (CodeState.ENDED, {"ended_at": NOW}, Step("Let go", "unknown", NOW, NOT_MANAGED)),
        (
            CodeState.ENDED,
            {"ended_at": NOW, "is_managed": False},
            Step("Let go", "unknown", NOW, f"left on the lock, {NOT_MANAGED}"),
        ),
        (CodeState.REMOVE_FAILED, {"revoked_at": NOW}, Step("Gone", "missing", note="still there")),
        (
            CodeState.REMOVAL_UNKNOWN,
            {"revoked_at": NOW},
            Step("Gone", "unknown", note="not known to be gone"),
        ),
        (CodeState.REMOVING, {"revoked_at": NOW}, Step("Goes", "next", note="being removed")),
        (CodeState.ACTIVE, {}, Step("Goes", "next", NOW + 9 * HOUR)),
    ],
)
def test_code_is_gone_when_that_is_confirmed(state: CodeState, fields: dict[str, Any], step: Step) -> None:
    assert way(state, STORED, **fields)["gone"] == step


def test_removal_counts_until_the_code_is_written_again() -> None:
    ended: dict[str, Any] = {"ended_at": NOW + HOUR}

    assert way(CodeState.ENDED, STORED | REMOVED, **ended)["gone"] == Step("Gone", "done", NOW)
    again = way(CodeState.ENDED, STORED | REMOVED, written_at=NOW + HOUR / 2, **ended)["gone"]
    assert again == Step("Let go", "unknown", NOW + HOUR, NOT_MANAGED)


def test_removal_that_a_lock_only_answered_is_called_so() -> None:
    gone = way(CodeState.ENDED, STORED | REMOVED, brand=UNREADABLE, ended_at=NOW, seen=Seen.ABSENT)["gone"]

    assert gone == Step("Removed", "done", NOW, "it can't be read back")


def test_code_that_was_never_sent_was_never_gone() -> None:
    gone = way(CodeState.ENDED, {}, ended_at=NOW, written_at=None)["gone"]

    assert gone == Step("Ended", "none", NOW, "it was never sent to the lock")


def test_offline_code_ends_by_itself() -> None:
    door = {"is_offline": True, "pin": "123456", "written_at": None, "revoked_at": NOW}
    device = Device(account=Account(brand="igloohome", driver="virtual"), brand="igloohome", name="Gate")
    code = AccessCode(device=device, starts_at=NOW - HOUR, ends_at=NOW + HOUR, **door)
    access = DoorAccess("Gate", None, device, code, CodeState.REMOVING, "", "")

    assert steps_of(access, {}, now=NOW)[-1].note == "by itself; it can't be taken back"
    assert steps_of(access, {}, now=NOW + HOUR)[-1] == Step("Ended", "done", NOW + HOUR, "by itself")


def test_moment_that_passed_unconfirmed_is_not_to_come() -> None:
    late = NOW + 20 * HOUR

    opens, gone = (way(CodeState.UNKNOWN, STORED, now=late)[one] for one in ("opens", "gone"))

    assert opens == Step("Opens", "unknown", NOW + HOUR, "was due")
    assert gone == Step("Goes", "unknown", NOW + 9 * HOUR, "was due")
    assert way(CodeState.SCHEDULED, STORED)["opens"] == Step("Opens", "next", NOW + HOUR)
    failed = way(CodeState.FAILED, STORED, now=late)["opens"]
    assert failed == Step("Opens", "missing", NOW + HOUR, "was due")


def test_first_reading_stays_the_first_when_the_code_opens_later() -> None:
    opened = {EventType.CODE_SET.value: Tally(NOW, NOW, 1, NOW - HOUR)}

    assert way(CodeState.ACTIVE, opened, confirmed_at=NOW - HOUR)["stored"].at == NOW - HOUR
    assert way(CodeState.ACTIVE, STORED, confirmed_at=NOW + HOUR)["stored"].at == NOW


def test_lack_of_use_means_something_only_where_the_lock_names_codes() -> None:
    assert way(CodeState.ACTIVE, STORED)["used"].note == "not so far"
    assert way(CodeState.ACTIVE, STORED, brand="nuki")["used"].look == "unknown"
