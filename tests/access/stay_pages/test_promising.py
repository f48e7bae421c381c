"""What is said of a change that a person made: nothing that a lock cannot keep."""

from __future__ import annotations

import datetime as dt

import pytest

from access.models import AccessCode
from access.overview import DoorAccess, StayAccess
from access.states import CodeState, Seen
from access.stay_pages import code_to_come, still_open
from locks.brands import BRANDS
from locks.models import Account, Device
from properties.enums import StayKind, StayStatus
from properties.models import Stay
from tests.factories import NOW

HOUR = dt.timedelta(hours=1)


def door(
    *,
    online: bool | None = True,
    status: str = "connected",
    brand: str = "schlage",
    read_at: dt.datetime | None = NOW,
    **fields: object,
) -> DoorAccess:
    account = Account(brand=brand, driver="virtual", status=status)
    device = Device(account=account, brand=brand, name="Gate", online=online, last_read_at=read_at)
    given = {"starts_at": NOW, "ends_at": NOW + HOUR, "pin": "1234", "written": {}, "seen": Seen.PRESENT}
    code = AccessCode(device=device, **{**given, **fields})
    return DoorAccess("Gate", None, device, code, CodeState.REMOVING, "", "")


KEPT = "Gate: its code is an offline code and can't be taken back"
UNREADABLE = next(key for key, brand in BRANDS.items() if not brand.capabilities.reads_codes)
ANSWERS = "Gate: the lock can't be read back; only its answer will tell that the code is gone."
UNREAD = "Gate: the lock can't be read at present; that the code is gone shows once it can be."
OUT = "Gate: the lock is out of reach; the code goes on working there until it is back."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (door(), ()),
        (door(online=False), (OUT,)),
        (door(online=None), (OUT,)),
        (door(status="disconnected"), (OUT,)),
        (door(brand=UNREADABLE), (ANSWERS,)),
        (door(brand=UNREADABLE, seen=Seen.ABSENT), ()),
        (door(read_at=NOW - HOUR), (UNREAD,)),
        (door(read_at=NOW - HOUR, written=None), ()),
        (door(online=False, seen=Seen.ABSENT), ()),
        (door(online=False, written=None), ()),
        (door(online=False, ended_at=NOW), ()),
        (
            door(is_offline=True),
            (f"{KEPT}; it is good until Mon 1 Mar 2027, 13:00 UTC.",),
        ),
        (door(is_offline=True, ends_at=NOW), ()),
        (door(is_offline=True, pin=None), ()),
    ],
)
def test_codes_that_open_whatever_is_decided_are_named(given: DoorAccess, said: tuple[str, ...]) -> None:
    assert still_open([given], zone=dt.UTC, now=NOW) == said  # type: ignore[arg-type]  # any zone


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "; the code is on the way to the doors."),
        ({"ends_at": NOW}, "; the stay is over, so it gets no code."),
        ({"kind": StayKind.BLOCK}, "; nobody stays, so it gets no code."),
        (
            {"hold_access": True},
            "; access is held back: no code until somebody lets it go.",
        ),
        (
            {"status": StayStatus.TENTATIVE},
            "; it is tentative and gets a code once it is confirmed.",
        ),
        ({"status": StayStatus.CANCELLED}, "; the stay is cancelled, so it gets no code."),
    ],
)
def test_code_is_promised_only_to_stays_that_get_one(fields: dict[str, object], said: str) -> None:
    stay = Stay(**{"ends_at": NOW + HOUR, "status": StayStatus.CONFIRMED, "kind": StayKind.GUEST, **fields})
    access = StayAccess(CodeState.PROGRAMMING, "", "", (door(),), None)

    assert code_to_come(stay, access, now=NOW) == said


def test_stay_without_a_lock_is_promised_nothing() -> None:
    stay = Stay(ends_at=None, status=StayStatus.CONFIRMED, kind=StayKind.GUEST)
    nothing = StayAccess(CodeState.HELD, "", "", (), None)

    assert code_to_come(stay, nothing, now=NOW) == "; no lock opens the unit yet, so there is no code."
