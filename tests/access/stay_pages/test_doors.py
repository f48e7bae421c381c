"""The way of a code: what a reading confirmed, what only an answer did, what nothing did, and what is not known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.enums import EventType
from access.models import AccessCode
from access.overview import DoorAccess
from access.states import CodeState
from access.stay_pages.doors import Mark, Step, steps_of
from locks.brands import BRANDS
from locks.models import Account, Device
from tests.factories import NOW

HOUR = dt.timedelta(hours=1)
UNREADABLE = next(key for key, brand in BRANDS.items() if not brand.capabilities.reads_codes)
STORED = {EventType.CODE_SCHEDULED.value: Mark(NOW, NOW, 1, NOW - HOUR)}


def way(
    state: CodeState, marks: dict[str, Mark], *, brand: str = "schlage", **fields: Any
) -> dict[str, Step]:
    device = Device(account=Account(brand=brand, driver="virtual"), brand=brand, name="Gate")
    code = AccessCode(
        device=device,
        starts_at=NOW + HOUR,
        ends_at=NOW + 9 * HOUR,
        written_at=NOW - HOUR,
        attempts=1,
        **fields,
    )
    code.created_at = NOW - 9 * HOUR
    door = DoorAccess("Gate", None, device, code, state, "", "", code.starts_at, code.ends_at)
    steps = steps_of(door, marks)
    return dict(zip(("declared", "sent", "stored", "opens", "used", "gone"), steps, strict=True))


@pytest.mark.parametrize(
    ("state", "marks", "look", "note"),
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
        (CodeState.ENDED, {}, "none", "not yet"),
    ],
)
def test_step_onto_the_lock_is_never_rounded(
    state: CodeState, marks: dict[str, Mark], look: str, note: str
) -> None:
    step = way(state, marks)["stored"]

    assert (step.look, step.note) == (look, note)


def test_lock_that_is_not_read_back_only_confirms() -> None:
    assert way(CodeState.ACTIVE, STORED)["stored"].label == "Seen on the lock"

    step = way(CodeState.ACTIVE, STORED, brand=UNREADABLE)["stored"]

    assert (step.label, step.note) == ("Confirmed by the lock", "it can't be read back")


def test_time_of_sending_is_that_of_the_command_that_was_confirmed() -> None:
    assert way(CodeState.ACTIVE, STORED)["sent"].at == NOW - HOUR
    assert way(CodeState.FAILED, {})["sent"].at == NOW - HOUR


@pytest.mark.parametrize(
    ("state", "fields", "step"),
    [
        (CodeState.ENDED, {"ended_at": NOW}, Step("Gone", "done", NOW)),
        (CodeState.REMOVE_FAILED, {"revoked_at": NOW}, Step("Gone", "missing", note="still there")),
        (CodeState.REMOVING, {"revoked_at": NOW}, Step("Goes", "next", note="being removed")),
        (CodeState.ACTIVE, {}, Step("Goes", "next", NOW + 9 * HOUR)),
    ],
)
def test_code_is_gone_when_that_is_confirmed(state: CodeState, fields: dict[str, Any], step: Step) -> None:
    assert way(state, STORED, **fields)["gone"] == step


def test_lack_of_use_means_something_only_where_the_lock_names_codes() -> None:
    assert way(CodeState.ACTIVE, STORED)["used"].note == "not so far"
    assert way(CodeState.ACTIVE, STORED, brand="nuki")["used"].look == "unknown"
