"""What happens on each door of a stay, in words: the one answer that pages and REST give.

A constant number of queries, however many stays are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from access.declaring import is_entitled
from access.explaining import reason_of
from access.facts import facts_of
from access.models import AccessCode, AccessGrant
from access.planning import Phase, phase
from access.planning.shapes import lead_of
from access.states import CodeState
from access.status import STATE_TEXT, CodeFacts, code_state, worst
from locks.models import Device, Door
from locks.queries import doors_by_unit
from properties.enums import StayKind, StayStatus
from properties.models import Property, Stay
from properties.wording import when

LACKING = (
    CodeState.FAILED,
    CodeState.DELAYED,
    CodeState.PROGRAMMING,
    CodeState.UNKNOWN,
    CodeState.CHANGED_OUTSIDE,
)

GONE = (CodeState.REMOVING, CodeState.REMOVE_FAILED, CodeState.REMOVAL_UNKNOWN, CodeState.ENDED)


@dataclass(frozen=True, slots=True)
class DoorAccess:
    """One door and the code on it. `code` None: nothing declared there. `reason` is a sentence."""

    door_name: str
    door: Door | None
    device: Device
    code: AccessCode | None
    state: CodeState
    label: str
    reason: str
    active_from: dt.datetime | None = None
    active_to: dt.datetime | None = None
    program_at: dt.datetime | None = None
    is_backup: bool = False

    @property
    def may_get_backup(self) -> bool:
        """Whether a person may want to give one: the door's own code is due, and not known to open."""
        code = self.code
        own = code is not None and not self.is_backup and code.revoked_at is None and code.ends_at is not None
        return own and self.state in LACKING


@dataclass(frozen=True, slots=True)
class StayAccess:
    """`state` is the worst of the doors."""

    state: CodeState
    label: str
    reason: str
    doors: tuple[DoorAccess, ...]
    grant: AccessGrant | None


def access_of_stay(stay: Stay, *, now: dt.datetime) -> StayAccess:
    return access_of_stays([stay], now=now)[stay.pk]


def access_of_stays(stays: Sequence[Stay], *, now: dt.datetime) -> dict[int, StayAccess]:
    """Keyed by stay.pk. Stays come with unit, property and guest loaded."""
    doors = doors_by_unit([stay.unit for stay in stays])
    grants = {grant.pk: grant for grant in AccessGrant.objects.filter(stay__in=[stay.pk for stay in stays])}
    codes: dict[int | None, list[AccessCode]] = {}
    for code in _codes_of(grants, [door.device for served in doors.values() for door in served]):
        codes.setdefault(grants[code.grant_id or 0].stay_id, []).append(code)
    live = {grant.stay_id: grant for grant in grants.values() if grant.revoked_at is None}
    return {
        stay.pk: _of_stay(
            stay, doors.get(stay.unit_id, []), codes.get(stay.pk, []), live.get(stay.pk), now=now
        )
        for stay in stays
    }


def _codes_of(grants: Mapping[int, AccessGrant], devices: Iterable[Device]) -> list[AccessCode]:
    """Return the codes that count: live ones, and those that ended with a stay (not those that were replaced).

    Many codes share a grant and a device, which are therefore loaded once and not with each.
    """
    codes = list(
        AccessCode.objects.filter(grant__in=grants)
        .exclude(revoked_at__isnull=False, ended_at__isnull=False)
        .order_by("device__name", "is_backup", "revoked_at", "pk")
    )
    known = {device.pk: device for device in devices}
    strange = {code.device_id for code in codes} - known.keys()
    if strange:
        known |= _devices_without_door_here(strange)
    for code in codes:
        code.grant, code.device = grants[code.grant_id or 0], known[code.device_id]
    return codes


def _devices_without_door_here(device_ids: Iterable[int]) -> dict[int, Device]:
    rows = Device.objects.select_related("account", "door").filter(pk__in=device_ids)
    return {device.pk: device for device in rows.defer("account__credentials", "door__instructions")}


def _of_stay(
    stay: Stay,
    doors: Sequence[Door],
    codes: Sequence[AccessCode],
    grant: AccessGrant | None,
    *,
    now: dt.datetime,
) -> StayAccess:
    lines = _with_backups(
        [access_of_code(code, stay.unit.property, changed_at=stay.updated_at, now=now) for code in codes],
        stay.unit.property,
    )
    if is_entitled(stay) and (stay.ends_at is None or stay.ends_at > now):
        covered = {code.device_id for code in codes if code.revoked_at is None}
        lines += [_not_declared(door) for door in doors if door.device_id not in covered]
    state = worst(line.state for line in lines)
    if state is None or (state is CodeState.ENDED and _may_get_codes_yet(stay, now=now)):
        state, reason = _without_codes(stay, doors)
    else:
        reason = next(line.reason for line in lines if line.state is state)
    return StayAccess(state, STATE_TEXT[state].label, reason, tuple(lines), grant)


def _with_backups(lines: Sequence[DoorAccess], property_: Property) -> list[DoorAccess]:
    """A door whose own code is not in order, but whose backup opens, says so: the guest gets in."""
    backups = {
        line.code.pulled_for_id: line
        for line in lines
        if line.code is not None and line.is_backup and line.state not in GONE
    }
    return [
        line if line.code is None else _stood_in_for(line, backups.get(line.code.pk), property_)
        for line in lines
    ]


def _stood_in_for(line: DoorAccess, backup: DoorAccess | None, property_: Property) -> DoorAccess:
    if backup is None or line.state in (CodeState.ACTIVE, *GONE):
        return line
    given = f"The guest has a backup code since {when(backup.active_from, property_.zone)}."
    return replace(
        line,
        state=CodeState.BACKUP,
        label=STATE_TEXT[CodeState.BACKUP].label,
        reason=f"{given} {line.reason}",
    )


def _may_get_codes_yet(stay: Stay, *, now: dt.datetime) -> bool:
    """It has none now, whatever it had before: held back, tentative, or a block for now."""
    is_over = stay.ends_at is not None and stay.ends_at <= now
    return not is_entitled(stay) and stay.status != StayStatus.CANCELLED and not is_over


def _without_codes(stay: Stay, doors: Sequence[Door]) -> tuple[CodeState, str]:
    if stay.status == StayStatus.CANCELLED:
        return CodeState.ENDED, "The stay is cancelled."
    if stay.status == StayStatus.TENTATIVE:
        return CodeState.HELD, "The stay is tentative: no code until it is confirmed."
    if stay.kind == StayKind.BLOCK:
        return CodeState.HELD, "Nobody stays: a block gets no code."
    if stay.hold_access:
        return CodeState.HELD, "Access is held back: no code until somebody lets it go."
    if not doors:
        return CodeState.HELD, "No lock opens this unit yet. Add a door to it."
    return CodeState.ENDED, "The stay is over."


def _not_declared(door: Door) -> DoorAccess:
    state = CodeState.PROGRAMMING if door.device.is_managed else CodeState.HELD
    reason = "The code is being prepared." if door.device.is_managed else "Keyturn does not manage this lock."
    return DoorAccess(door.name, door, door.device, None, state, STATE_TEXT[state].label, reason)


def access_of_code(
    code: AccessCode, property_: Property, *, changed_at: dt.datetime | None = None, now: dt.datetime
) -> DoorAccess:
    """Tell what happens on the door of one code, in the time of the property; the device's account comes with it.
    `changed_at`: when its stay last changed."""
    facts = facts_of(code, changed_at=changed_at)
    state = code_state(facts, now=now)
    door = code.device.door if hasattr(code.device, "door") else None
    program_at = _program_at(facts, now=now)
    return DoorAccess(
        door_name=door.name if door is not None else code.device.name,
        door=door,
        device=code.device,
        code=code,
        state=state,
        label=STATE_TEXT[state].label,
        reason=reason_of(code, facts, state, program_at, property_, now=now),
        active_from=code.starts_at,
        active_to=code.ends_at,
        program_at=program_at,
        is_backup=code.is_backup,
    )


def _program_at(facts: CodeFacts, *, now: dt.datetime) -> dt.datetime | None:
    declared = facts.declared
    waiting = not facts.ended and phase(declared, facts.capabilities, now=now) is Phase.WAITING
    if not waiting or declared.starts_at is None:
        return None
    return declared.starts_at - lead_of(declared, facts.capabilities)
