"""What stands on a guest's pass at a moment. No PIN is in it, and nothing of anybody else.

In the words of `look` a door's state is told to a guest: whether to rely on the code, not what our commands do.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from access.attempts import can
from access.backups.policy import READING_TIME
from access.backups.pulling import REPORTED
from access.enums import AttemptStatus, AttemptType, CodeState, EventType, PassDeed, ProblemKind
from access.events import ENGINE
from access.models import AccessCode, AccessGrant, AlertChannel, Event, GuestPass, PassUse, Problem
from access.overview import GONE, DoorAccess, access_of_stay
from access.passes.digests import digest_of
from access.passes.phases import PassFacts, Phase, address_from, phase_of, tells_address
from locks.devices import capabilities_of
from locks.models import Device
from properties.booking.details import rules_of, times_of
from properties.models import Stay
from properties.window import buffers

# A door that was opened from afar locks itself again: what was asked for long ago says nothing.
OPENING_SHOWN: Final = dt.timedelta(minutes=2)
# A reading is waited for, and what follows from it; then a person has to help.
CHECKED_WITHIN: Final = READING_TIME + dt.timedelta(seconds=15)
LOOKS: Final[Mapping[CodeState, str]] = {
    CodeState.ACTIVE: "ready",
    CodeState.BACKUP: "backup",
    CodeState.SCHEDULED: "coming",
    CodeState.PLANNED: "coming",
    CodeState.PROGRAMMING: "coming",
    CodeState.HELD: "none",
}
DOUBT: Final = "doubt"
OPENING: Final[Mapping[str, str]] = {
    AttemptStatus.PENDING: "under_way",
    AttemptStatus.SUCCESS: "done",
    AttemptStatus.ERROR: "failed",
}


@dataclass(frozen=True, slots=True)
class GuestDoor:
    """`look`: ready, backup, coming, doubt or none; `opening`: what this guest asked for is under_way, done, failed."""

    id: uuid.UUID
    device_pk: int
    name: str
    instructions: str
    look: str
    may_open: bool
    opening: str


@dataclass(frozen=True, slots=True)
class PassPage:
    """Times are in the property's zone. `address` and `notes` are empty before their time; `help` see `help_of`."""

    phase: Phase
    place: str = ""
    unit: str = ""
    check_in: dt.datetime | None = None
    check_out: dt.datetime | None = None
    address_at: dt.datetime | None = None
    address: str = ""
    notes: str = ""
    contact: str = ""
    doors: tuple[GuestDoor, ...] = ()
    help: str = ""
    is_told: bool = False
    has_code: bool = False
    code_changed: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that the guest waits for."""
        return self.help == "checking" or any(
            door.opening == "under_way" or door.look == "coming" for door in self.doors
        )

    @property
    def backups(self) -> int:
        """At how many doors the guest is to type a backup."""
        return sum(door.look == "backup" for door in self.doors)


def facts_of_pass(guest_pass: GuestPass) -> PassFacts:
    stay = guest_pass.stay
    return PassFacts(
        revoked=guest_pass.revoked_at is not None,
        kind=stay.kind,
        status=stay.status,
        hold_access=stay.hold_access,
        starts_at=stay.starts_at,
        ends_at=stay.ends_at,
        address_hours=stay.unit.property.address_hours,
    )


def page_of_pass(guest_pass: GuestPass, *, now: dt.datetime) -> PassPage:
    facts, stay = facts_of_pass(guest_pass), guest_pass.stay
    phase = phase_of(facts, now=now)
    if phase not in (Phase.BEFORE, Phase.OPEN):
        return PassPage(phase)
    doors = doors_of_pass(guest_pass, now=now) if phase is Phase.OPEN else ()
    place = stay.unit.property
    check_in, check_out = guest_times(stay)
    told = tells_address(facts, now=now)
    grant = live_grant_of(stay) if phase is Phase.OPEN else None
    return PassPage(
        phase=phase,
        place=place.name,
        unit=stay.unit.name,
        check_in=check_in,
        check_out=check_out,
        address_at=None if told or not place.address else address_from(facts).astimezone(place.zone),
        address=place.address if told else "",
        notes=place.arrival_notes if told else "",
        contact=place.guest_contact,
        doors=doors,
        help=help_of(grant, stay, doors, now=now) if phase is Phase.OPEN else "",
        is_told=phase is Phase.OPEN and is_told(stay.workspace_id),
        has_code=bool(digest_of(grant)),
        code_changed=guest_pass.shown_digest not in ("", digest_of(grant)) and phase is Phase.OPEN,
    )


def guest_times(stay: Stay) -> tuple[dt.datetime, dt.datetime | None]:
    """Check-in and check-out as they were agreed: buffers are the manager's own affair."""
    zone: ZoneInfo = stay.unit.property.zone
    before, after = buffers(times_of(stay), rules_of(stay.unit))
    check_in = (stay.starts_at + before).astimezone(zone)
    return check_in, None if stay.ends_at is None else (stay.ends_at - after).astimezone(zone)


def live_grant_of(stay: Stay) -> AccessGrant | None:
    return AccessGrant.objects.filter(stay=stay, revoked_at=None).first()


def doors_of_pass(guest_pass: GuestPass, *, now: dt.datetime) -> tuple[GuestDoor, ...]:
    stay = guest_pass.stay
    lines = door_lines(stay, now=now)
    opening = _openings(guest_pass, now=now)
    stood_in = stood_in_for(lines)
    unlocks = stay.unit.property.guest_unlock
    return tuple(
        GuestDoor(
            id=line.device.public_id,
            device_pk=line.device.pk,
            name=line.door_name,
            instructions=line.door.instructions if line.door is not None else "",
            look="backup" if line.device.pk in stood_in else LOOKS.get(line.state, DOUBT),
            may_open=unlocks and may_open(line.device),
            opening=opening.get(line.device.pk, ""),
        )
        for line in lines
    )


def door_lines(stay: Stay, *, now: dt.datetime) -> list[DoorAccess]:
    """One line for each door of the stay as it is now: not those that it had before, nor their backups apart."""
    found: dict[int, DoorAccess] = {}
    for line in access_of_stay(stay, now=now).doors:
        gone = line.state in GONE or (line.code is not None and line.code.revoked_at is not None)
        if not gone and not line.is_backup and line.door is not None:
            found.setdefault(line.device.pk, line)
    return list(found.values())


def stood_in_for(lines: Sequence[DoorAccess]) -> set[int]:
    """Devices at which the guest is to type the backup: where the own code is not known to open, somebody said that it
    does not, or a person gave the backup. One that was given by itself beside a code that works meanwhile is nothing to
    trouble a guest with."""
    backed = {line.device.pk for line in lines if line.state is CodeState.BACKUP}
    codes = [line.code.pk for line in lines if line.code is not None]
    given = AccessCode.objects.filter(pulled_for__in=codes, revoked_at=None, ended_at=None)
    devices = dict(given.values_list("pulled_for_id", "device_id"))
    if not devices:
        return backed
    doubted = set(
        Problem.objects.filter(code=REPORTED, access_code__in=devices).values_list("access_code", flat=True)
    )
    pulls = Event.objects.filter(type=EventType.BACKUP_PULLED, access_code__in=devices).exclude(actor=ENGINE)
    doubted |= set(pulls.values_list("access_code", flat=True))
    return backed | {device for code, device in devices.items() if code in doubted}


def may_open(device: Device) -> bool:
    usable = device.is_managed and device.removed_at is None and device.online is not False
    return usable and can(capabilities_of(device), AttemptType.UNLOCK_DOOR)


def _openings(guest_pass: GuestPass, *, now: dt.datetime) -> dict[int, str]:
    uses = PassUse.objects.filter(
        guest_pass=guest_pass, deed=PassDeed.UNLOCK, at__gt=now - OPENING_SHOWN, attempt__isnull=False
    )
    return {
        use.device_id: OPENING.get(use.attempt.status, "")
        for use in uses.select_related("attempt").order_by("at", "pk")
        if use.device_id is not None and use.attempt is not None
    }


def help_of(grant: AccessGrant | None, stay: Stay, doors: Sequence[GuestDoor], *, now: dt.datetime) -> str:
    """How far the guest's report is, by the door that is worst off: asked (a person was told and decides), checking,
    confirmed (the lock knows the code), backup (given), or nothing."""
    reports = Problem.objects.filter(code=REPORTED, cleared_at=None)
    if reports.filter(stay=stay).exists():
        return "asked"
    looks = {door.device_pk: door.look for door in doors}
    codes = {} if grant is None else {code.pk: code for code in _own_codes(grant)}
    since = dict(reports.filter(access_code__in=codes).values_list("access_code_id", "raised_at"))
    if since and not stay.unit.property.automatic_backup:
        return "asked"
    found = {_help_at(codes[pk].device, looks, raised_at=at, now=now) for pk, at in since.items()}
    if "backup" in looks.values():
        found.add("backup")
    return next((one for one in ("asked", "checking", "confirmed", "backup") if one in found), "")


def _help_at(device: Device, looks: Mapping[int, str], *, raised_at: dt.datetime, now: dt.datetime) -> str:
    """The lock's own word counts, and only a reading that came after the report; it is not waited for without end."""
    read = device.last_read_at is not None and device.last_read_at > raised_at
    if read and looks.get(device.pk) == "ready":
        return "confirmed"
    return "checking" if now < raised_at + CHECKED_WITHIN else "asked"


def is_told(workspace_id: int) -> bool:
    """Whether somebody hears of a report at once, as far as we know."""
    channels = AlertChannel.objects.filter(workspace=workspace_id, is_active=True, failing_since=None)
    return channels.filter(severities__contains=[ProblemKind.ERROR]).exists()


def _own_codes(grant: AccessGrant) -> list[AccessCode]:
    codes = grant.codes.filter(revoked_at=None, ended_at=None, is_backup=False)
    return list(codes.select_related("device"))
