"""What a person is told who holds a stay back, cancels it or brings it back: no more than its locks can keep.

A code that a lock computes cannot be taken back, and a lock that is out of reach goes on opening by the codes it holds.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Sequence

from access.declaring import ENTITLED_KINDS
from access.overview import DoorAccess, StayAccess
from access.states import CodeState, Seen
from access.stay_pages.wording import when
from locks.enums import AccountStatus
from properties.enums import StayStatus
from properties.models import Stay


def still_open(doors: Sequence[DoorAccess], *, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> tuple[str, ...]:
    """A sentence for each door whose code may open it whatever is decided here."""
    return tuple(dict.fromkeys(_still_open(doors, zone, now)))


def _still_open(doors: Sequence[DoorAccess], zone: zoneinfo.ZoneInfo, now: dt.datetime) -> Iterator[str]:
    for door in doors:
        code = door.code
        if code is None or code.ended_at is not None or (code.is_offline and code.pin is None):
            continue
        if code.is_offline:
            if code.ends_at is None or code.ends_at > now:
                until = f"until {when(code.ends_at, zone)}" if code.ends_at is not None else "without end"
                yield f"{door.door_name}: its code is an offline code and can't be taken back; it is good {until}."
        elif not is_reached(door) and code.written is not None and code.seen != Seen.ABSENT:
            yield f"{door.door_name}: the lock is out of reach; the code goes on working there until it is back."


def is_reached(door: DoorAccess) -> bool:
    connected = door.device.account.status == AccountStatus.CONNECTED
    return connected and door.device.online is True


def code_to_come(stay: Stay, access: StayAccess, *, now: dt.datetime) -> str:
    """Go on after “The stay is back” or “Access was let go”: whether a code comes, and if not, why."""
    if stay.status == StayStatus.CANCELLED:
        return "; the stay is cancelled, so it gets no code."
    if stay.status == StayStatus.TENTATIVE:
        return "; it is tentative and gets a code once it is confirmed."
    if stay.kind not in ENTITLED_KINDS:
        return "; nobody stays, so it gets no code."
    if stay.ends_at is not None and stay.ends_at <= now:
        return "; the stay is over, so it gets no code."
    if stay.hold_access:
        return "; access is held back: no code until somebody lets it go."
    if not access.doors:
        return "; no lock opens the unit yet, so there is no code."
    if all(door.state is CodeState.HELD for door in access.doors):
        return f"; no code is coming: {access.doors[0].reason}"
    return "; the code is on the way to the doors."
