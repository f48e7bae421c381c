"""What a person is told who takes access away, holds it back or brings it back: no more than the locks can keep.

A code that a lock computes cannot be taken back, and a lock that is out of reach goes on opening by the codes it holds.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Sequence

from access.declaring import ENTITLED_KINDS
from access.overview import DoorAccess, StayAccess
from access.states import CodeState, Seen
from access.status import SEEN_FOR
from locks.devices import capabilities_of
from locks.enums import AccountStatus
from locks.models import Device
from properties.enums import StayStatus
from properties.models import Stay
from properties.wording import when

GOING = "Codes are being taken off the locks; the doors below show when each is known to be gone."


def going(doors: Sequence[DoorAccess], *, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> tuple[str, ...]:
    """What follows once access was taken away: whether codes are on their way off, and where that may take longer."""
    leaving = any(
        door.code is not None and door.code.ended_at is None and not door.code.is_offline for door in doors
    )
    return (*((GOING,) if leaving else ()), *still_open(doors, zone=zone, now=now))


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
        elif code.written is None or code.seen == Seen.ABSENT:
            continue
        elif not is_reached(door):
            yield f"{door.door_name}: the lock is out of reach; the code goes on working there until it is back."
        elif not capabilities_of(door.device).reads_codes:
            yield f"{door.door_name}: the lock can't be read back; only its answer will tell that the code is gone."
        elif _is_unread(door.device, now=now):
            yield f"{door.door_name}: the lock can't be read at present; that the code is gone shows once it can be."


def _is_unread(device: Device, *, now: dt.datetime) -> bool:
    """A lock that holds a code of ours is read every few minutes."""
    return device.last_read_at is not None and now - device.last_read_at > SEEN_FOR


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
