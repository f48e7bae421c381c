"""The sentence beside a code's state: what is not confirmed is never told as confirmed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.models import AccessCode
from access.overview import DoorAccess, access_of_code
from access.states import CodeState, Seen, WriteState
from locks.brands import BRANDS
from locks.enums import AccountStatus
from locks.models import Account, Device
from properties.models import Property
from tests.factories import NOW

HOUR = dt.timedelta(hours=1)
UNREADABLE = next(key for key, brand in BRANDS.items() if not brand.capabilities.reads_codes)
PLACE = Property(name="Mill", time_zone="UTC")
SHAPE: dict[str, Any] = {
    "pin_key": 7,
    "name": "Guest",
    "starts_at": (NOW - 9 * HOUR).isoformat(),
    "ends_at": (NOW - HOUR).isoformat(),
    "enabled": True,
}


def told(*, brand: str = "yale", read_at: dt.datetime | None = NOW, **fields: Any) -> DoorAccess:
    """Of a code whose window is over."""
    account = Account(brand=brand, driver="virtual", status=AccountStatus.CONNECTED)
    device = Device(account=account, brand=brand, name="Gate", online=True, last_read_at=read_at)
    window = {"starts_at": NOW - 9 * HOUR, "ends_at": NOW - HOUR}
    code = AccessCode(device=device, **{**window, "pin_key": 7, "name": "Guest", **fields})
    code.created_at = NOW - 30 * HOUR
    return access_of_code(code, PLACE, now=NOW)


SENT: dict[str, Any] = {"written_at": NOW - 10 * HOUR, "attempts": 1}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {**SENT, "ended_at": NOW, "seen": Seen.ABSENT},
            "Gone: the lock was read Mon 1 Mar 2027, 12:00 UTC, and the code was not on it.",
        ),
        ({"ended_at": NOW}, "Over; it was never sent to the lock."),
        ({}, "Over; it was never sent to the lock."),
        (
            {**SENT, "seen": Seen.ABSENT, "seen_at": NOW - HOUR},
            "Gone: the lock was read Mon 1 Mar 2027, 11:00 UTC, and the code was not on it.",
        ),
        (
            {**SENT, "ended_at": NOW, "seen": Seen.PRESENT, "written": SHAPE},
            "Let go of Mon 1 Mar 2027, 12:00 UTC; nothing showed that it is gone from the lock.",
        ),
        (
            {**SENT, "ended_at": NOW, "seen": Seen.ABSENT, "brand": UNREADABLE},
            "The lock answered Mon 1 Mar 2027, 12:00 UTC that it removed the code; it can't be read back.",
        ),
        ({**SENT, "write_state": WriteState.REJECTED}, "Over; the lock took none of what was sent."),
        (
            {"is_offline": True, "pin": "123456", "ended_at": NOW},
            "An offline code: it ran out by itself Mon 1 Mar 2027, 11:00 UTC.",
        ),
        ({"is_offline": True, "ended_at": NOW}, "Over; its PIN was never computed."),
    ],
)
def test_code_that_ended_is_gone_only_where_that_was_confirmed(fields: dict[str, Any], reason: str) -> None:
    door = told(**fields)

    assert (door.state, door.reason) == (CodeState.ENDED, reason)


GOING: dict[str, Any] = {
    **SENT,
    "written": {**SHAPE, "ends_at": None},
    "revoked_at": NOW - HOUR,
    "failures": 3,
    "write_state": WriteState.SENT,
}


@pytest.mark.parametrize(
    ("fields", "state", "doubt"),
    [
        ({"seen": Seen.PRESENT}, CodeState.REMOVE_FAILED, "Should be gone, and the lock still shows it."),
        ({"seen": Seen.NEVER, "read_at": None}, CodeState.REMOVAL_UNKNOWN, "the lock was never read."),
        (
            {"seen": Seen.PRESENT, "read_at": NOW - 2 * HOUR},
            CodeState.REMOVAL_UNKNOWN,
            "no reading has shown it so far; the last one was Mon 1 Mar 2027, 10:00 UTC.",
        ),
        (
            {"seen": Seen.ASSUMED, "brand": UNREADABLE},
            CodeState.REMOVAL_UNKNOWN,
            "this lock can't be read back, and it has not answered that it removed the code.",
        ),
    ],
)
def test_code_that_should_be_gone_is_there_only_where_a_reading_shows_it(
    fields: dict[str, Any], state: CodeState, doubt: str
) -> None:
    door = told(**{**GOING, **fields})

    assert door.state is state
    assert door.reason.endswith(doubt)
    assert door.label == ("Still on the lock" if state is CodeState.REMOVE_FAILED else "Not known to be gone")
