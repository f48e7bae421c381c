"""A portfolio to show on pages: houses of ten flats with an entrance, stays back to back, codes in every state.

Written in bulk, as booking, declaring and runners would have left it: each stay has a code on its flat's door and one
on the entrance. One code in fifty is in trouble, one lock in fifty is offline. Called by access.benchmark.pages.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Final

from access.enums import EventType, ProblemKind
from access.models import AccessCode, AccessGrant, Event, Problem
from access.states import ProblemCode, Seen, WriteState
from locks.models import Account, Device, Door
from properties.models import Guest, Property, Stay, Unit, Workspace

DAY: Final = dt.timedelta(days=1)
FLATS: Final = 10
NIGHTS: Final = 4
PAST, FUTURE = 12, 44
AHEAD: Final = 3 * DAY
TROUBLED: Final = 50
BATCH: Final = 2_000


def make_portfolio(units: int, *, now: dt.datetime) -> Workspace:
    workspace = Workspace.objects.create(name=f"Portfolio of {units}", backup_pool_size=0)
    account = Account.objects.create(
        workspace=workspace, driver="virtual", brand="schlage", name="Locks", synced_at=now
    )
    houses = Property.objects.bulk_create(
        Property(workspace=workspace, name=f"House {number}", time_zone="Europe/Zurich", buffer_before=30)
        for number in range(-(-units // FLATS))
    )
    flats = Unit.objects.bulk_create(
        Unit(property=houses[number // FLATS], name=f"Flat {number % FLATS + 1}") for number in range(units)
    )
    entrances = _doors(account, houses, [None] * len(houses), now=now)
    own = _doors(account, [flat.property for flat in flats], flats, now=now)
    stays = _stays(workspace, flats, now=now)
    index = {flat.pk: number for number, flat in enumerate(flats)}
    devices = {
        stay.pk: (own[index[stay.unit_id]].device, entrances[index[stay.unit_id] // FLATS].device)
        for stay in stays
    }
    _codes(workspace, stays, devices, now=now)
    return workspace


def _doors(
    account: Account, houses: Sequence[Property], flats: Sequence[Unit | None], *, now: dt.datetime
) -> list[Door]:
    devices = Device.objects.bulk_create(
        Device(
            account=account,
            external_id=f"{house.pk}-{flat.pk if flat else 0}",
            brand="schlage",
            name=f"Lock {number}",
            online=number % TROUBLED != 1,
            online_changed_at=now,
            battery_level=0.9,
            last_seen_at=now,
            last_read_at=now,
        )
        for number, (house, flat) in enumerate(zip(houses, flats, strict=True))
    )
    doors = Door.objects.bulk_create(
        Door(
            property=house,
            device=device,
            name=f"{flat.name} door" if flat else "Entrance",
            serves_all_units=flat is None,
        )
        for house, flat, device in zip(houses, flats, devices, strict=True)
    )
    through = Door.units.through
    through.objects.bulk_create(
        through(door_id=door.pk, unit_id=flat.pk) for door, flat in zip(doors, flats, strict=True) if flat
    )
    return doors


def _stays(workspace: Workspace, flats: Sequence[Unit], *, now: dt.datetime) -> list[Stay]:
    """One after the other in each flat, a night free now and then; they begin on all days alike."""
    plan = [
        (flat, now.date() + (offset + number % NIGHTS) * DAY)
        for number, flat in enumerate(flats)
        for offset in range(-PAST, FUTURE, NIGHTS + number % 2)
    ]
    guests = Guest.objects.bulk_create(
        (Guest(workspace=workspace, name=f"Imogen Varga {number}") for number in range(len(plan))), BATCH
    )
    return Stay.objects.bulk_create(
        (
            Stay(
                workspace=workspace,
                unit=flat,
                guest=guest,
                source="benchmark",
                external_id=str(number),
                arrival_date=arrival,
                departure_date=arrival + NIGHTS * DAY,
                starts_at=_at(arrival, 13, 30),
                ends_at=_at(arrival + NIGHTS * DAY, 10, 0),
                acknowledged_revision=1,
            )
            for number, ((flat, arrival), guest) in enumerate(zip(plan, guests, strict=True))
        ),
        BATCH,
    )


def _at(day: dt.date, hour: int, minute: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), dt.UTC)


def _codes(
    workspace: Workspace,
    stays: Sequence[Stay],
    devices: dict[int, tuple[Device, Device]],
    *,
    now: dt.datetime,
) -> None:
    grants = AccessGrant.objects.bulk_create(
        (
            AccessGrant(
                workspace=workspace,
                stay=stay,
                pin="2580",
                pin_key=stay.pk,
                revoked_at=stay.ends_at if stay.ends_at and stay.ends_at < now else None,
            )
            for stay in stays
        ),
        BATCH,
    )
    numbers = itertools.count()
    codes = AccessCode.objects.bulk_create(
        (
            _code(grant, grant.stay, device, next(numbers), now=now)
            for grant in grants
            if grant.stay is not None
            for device in devices[grant.stay.pk]
        ),
        BATCH,
    )
    Event.objects.bulk_create(_events(workspace, codes), BATCH)
    Problem.objects.bulk_create(
        Problem(
            workspace=workspace,
            kind=ProblemKind.ERROR,
            code=ProblemCode.FAILED_TO_SET,
            message="The lock did not take the code.",
            access_code=code,
            raised_at=now,
        )
        for code in codes
        if code.failures
    )


def _code(grant: AccessGrant, stay: Stay, device: Device, number: int, *, now: dt.datetime) -> AccessCode:
    fields: dict[str, Any] = {"pin": "2580", "pin_key": stay.pk, "pin_held_until": stay.ends_at}
    written = {"pin_key": stay.pk, "name": "Imogen Varga", "enabled": True} | {
        name: getattr(stay, name).isoformat() for name in ("starts_at", "ends_at")
    }
    over = stay.ends_at is not None and stay.ends_at < now
    if over:
        fields |= {"ended_at": stay.ends_at, "seen": Seen.ABSENT, "attempts": 2}
    elif stay.starts_at < now + AHEAD and number % TROUBLED == 0:
        fields |= {"failures": 3, "attempts": 3, "write_state": WriteState.REJECTED}
    elif stay.starts_at < now + AHEAD:
        fields |= {"seen": Seen.PRESENT, "attempts": 1, "write_state": WriteState.APPLIED, "written": written}
        fields |= {"confirmed_at": stay.starts_at - AHEAD, "written_at": stay.starts_at - AHEAD}
    return AccessCode(
        device=device,
        grant=grant,
        name="Imogen Varga",
        starts_at=stay.starts_at,
        ends_at=stay.ends_at,
        **fields,
    )


def _events(workspace: Workspace, codes: Sequence[AccessCode]) -> Iterator[Event]:
    for code in codes:
        if code.starts_at is None or not code.attempts or code.failures or code.grant is None:
            continue
        at = code.starts_at - AHEAD
        told = {"sent_at": (at - dt.timedelta(seconds=3)).isoformat(), "commands": 1}
        about = {
            "workspace": workspace,
            "device": code.device,
            "access_code": code,
            "stay_id": code.grant.stay_id,
        }
        yield Event(type=EventType.CODE_SCHEDULED, occurred_at=at, data=told, **about)
        if code.ended_at is not None:
            yield Event(type=EventType.CODE_REMOVED, occurred_at=code.ended_at, **about)
