"""What the timeline needs of the database: a number of queries that does not grow with units, stays or codes.

No PIN is read: it is encrypted, takes time to decrypt, and is not shown. Called by access.occupancy.showing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Max, Q, QuerySet

from access.enums import EventType
from access.facts import declared_of
from access.models import AccessCode, Event, StaffAccess
from access.occupancy.segments import CodeLine, Sightings
from access.staffing.at_units import StaffThere, staff_at
from access.states import CodeState
from access.status import CodeFacts, code_state
from access.stay_pages.versions import stamp
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.enums import AccountStatus
from locks.models import Device
from locks.queries import doors_by_unit
from properties.enums import StayStatus
from properties.models import Property, Stay, Unit, Workspace

# Stands for a PIN that was not read, so that what asks whether there is one is answered.
UNREAD: Final = "••••"
MARGIN: Final = dt.timedelta(days=2)
VERSION_STEP: Final = 300
# How far a line of a stay without an end is drawn.
ENDLESS: Final = dt.timedelta(days=400)
BEGINS_TO_HOLD: Final = frozenset({EventType.CODE_SCHEDULED, EventType.CODE_SET, EventType.CODE_CHANGED})
CEASES_TO_HOLD: Final = frozenset(
    {EventType.CODE_REMOVED, EventType.CODE_DELETED_OUTSIDE, EventType.CODE_MODIFIED_OUTSIDE}
)
PUT_RIGHT: Final = "put right at the lock"


@dataclass(frozen=True, slots=True)
class DoorLine:
    """The codes of one stay on one door."""

    name: str
    state: CodeState
    line: CodeLine | None


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Everything about some units over some days."""

    units: tuple[Unit, ...]
    stays: Mapping[int, Sequence[Stay]]
    doors: Mapping[int, Sequence[DoorLine]]
    staff: StaffThere


def units_of(workspace: Workspace, place: Property | None) -> QuerySet[Unit]:
    units = Unit.objects.in_workspace(workspace).filter(archived_at=None).select_related("property")
    if place is not None:
        units = units.filter(property=place)
    return units.order_by("property__name", "property_id", "name", "pk")


def occupancy_version(
    workspace: Workspace, units: Sequence[Unit], *, between: tuple[dt.datetime, dt.datetime], now: dt.datetime
) -> str:
    """Changes with whatever is shown of these units over these days, and every few minutes: time moves on."""
    shown = Stay.objects.filter(unit__in=units, starts_at__lt=between[1] + MARGIN)
    shown = shown.filter(Q(ends_at=None) | Q(ends_at__gt=between[0] - MARGIN))
    stays = shown.aggregate(number=Count("pk"), changed=Max("updated_at"))
    events = Event.objects.in_workspace(workspace).order_by("-occurred_at", "-pk")
    latest = events.values_list("pk", flat=True).first()
    holders = StaffAccess.objects.in_workspace(workspace).aggregate(number=Count("pk"), latest=Max("pk"))
    parts = (*stays.values(), *holders.values(), latest, int(now.timestamp()) // VERSION_STEP)
    return "-".join(stamp(part) for part in parts)


def load(units: Sequence[Unit], *, between: tuple[dt.datetime, dt.datetime], now: dt.datetime) -> Occupancy:
    """`between`: the first and the last moment that is shown, in any zone."""
    begins, ends = between[0] - MARGIN, between[1] + MARGIN
    stays = list(
        Stay.objects.filter(unit__in=units, starts_at__lt=ends)
        .filter(Q(ends_at=None) | Q(ends_at__gt=begins))
        .exclude(status=StayStatus.CANCELLED)
        .select_related("guest")
        .defer("preferred_code", "original", "notes", "metadata")
        .order_by("starts_at", "pk")
    )
    by_pk = {unit.pk: unit for unit in units}
    by_unit: dict[int, list[Stay]] = defaultdict(list)
    for stay in stays:
        stay.unit = by_pk[stay.unit_id]
        by_unit[stay.unit_id].append(stay)
    doors = doors_by_unit(units)
    return Occupancy(tuple(units), by_unit, lines_of(stays, now=now), staff_at(doors, between=(begins, ends)))


def lines_of(stays: Sequence[Stay], *, now: dt.datetime) -> dict[int, list[DoorLine]]:
    """The line of each door, by the stay's pk."""
    codes = codes_of(stays)
    sightings = sightings_of(stays)
    on_door: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for code in codes:
        on_door[code.of_stay, code.device_id].append(code)
    windows = {stay.pk: stay for stay in stays}
    devices = devices_of({device for _, device in on_door})
    found: dict[int, list[DoorLine]] = defaultdict(list)
    for (stay_pk, device_pk), rows in on_door.items():
        device, capabilities = devices[device_pk]
        line = line_of(windows[stay_pk], rows, device, capabilities, sightings, now=now)
        name = device.door.name if hasattr(device, "door") else device.name
        found[stay_pk].append(DoorLine(name, line.state, line))
    for lines in found.values():
        lines.sort(key=lambda one: one.name)
    return found


def codes_of(stays: Sequence[Stay]) -> QuerySet[AccessCode, Any]:
    """Each with its stay as `of_stay`; without those that were replaced before they were ever sent."""
    return (
        AccessCode.objects.filter(grant__stay__in=[stay.pk for stay in stays])
        .exclude(ended_at__isnull=False, attempts=0, is_offline=False, is_backup=False)
        .annotate(
            of_stay=F("grant__stay_id"),
            has_pin=ExpressionWrapper(Q(pin__isnull=False), output_field=BooleanField()),
        )
        .defer("pin", "message")
        .order_by("pk")
    )


def devices_of(device_ids: set[int]) -> dict[int, tuple[Device, Capabilities]]:
    devices = (
        Device.objects.filter(pk__in=device_ids)
        .select_related("account", "door")
        .defer("account__credentials")
    )
    return {device.pk: (device, capabilities_of(device)) for device in devices}


def sightings_of(stays: Sequence[Stay]) -> dict[int, Sightings]:
    """When locks were found to hold codes, or not to, by the code's pk; in order."""
    events = (
        Event.objects.filter(
            stay__in=[stay.pk for stay in stays],
            type__in=BEGINS_TO_HOLD | CEASES_TO_HOLD,
            access_code__isnull=False,
        )
        .order_by("occurred_at", "pk")
        .values_list("access_code_id", "type", "occurred_at", "data__change")
    )
    found: dict[int, list[tuple[dt.datetime, bool]]] = defaultdict(list)
    for code, kind, at, change in events:
        if kind != EventType.CODE_CHANGED or change == PUT_RIGHT:
            found[code].append((at, kind in BEGINS_TO_HOLD))
    return {code: tuple(sightings) for code, sightings in found.items()}


def line_of(
    stay: Stay,
    codes: Sequence[Any],
    device: Device,
    capabilities: Capabilities,
    sightings: Mapping[int, Sightings],
    *,
    now: dt.datetime,
) -> CodeLine:
    known = []
    for code in codes:
        seen = sightings.get(code.pk, ())
        if not seen and code.confirmed_at is not None:
            seen = ((code.confirmed_at, True),)
        # A backup stood on the lock long before; it is this guest's from when it was given.
        if code.is_backup and code.ended_at is None:
            seen = ((code.starts_at, True),)
        known.append(seen)
    live = [code for code in codes if code.revoked_at is None and code.ended_at is None]
    # The own code is judged: a backup was on the lock before it, and would speak for it.
    judged = min(live or codes, key=lambda code: code.is_backup)
    state = state_of(judged, device, capabilities, now=now)
    if any(code.is_backup for code in live) and state is not CodeState.ACTIVE:
        state = CodeState.BACKUP
    ended = [code.ended_at for code in codes]
    gone_at = max(ended) if all(at is not None for at in ended) else None
    return CodeLine(
        opens_at=stay.starts_at,
        closes_at=stay.ends_at or now + ENDLESS,
        state=state,
        known=tuple(known),
        gone_at=gone_at,
        declared_at=min(code.created_at for code in codes),
    )


def state_of(code: Any, device: Device, capabilities: Capabilities, *, now: dt.datetime) -> CodeState:
    code.pin = UNREAD if code.has_pin else None
    facts = CodeFacts(
        declared=declared_of(code),
        capabilities=capabilities,
        connected=device.account.status == AccountStatus.CONNECTED,
        ended=code.ended_at is not None,
        read_at=device.last_read_at,
        declared_at=code.created_at,
    )
    return code_state(facts, now=now)
