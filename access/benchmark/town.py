"""A workspace as large as is asked for, for measures of the APIs: houses, locks, stays, codes and their history.

Twenty live codes to a lock, one lock to a flat, two codes to a stay, three events and one request to a code. The first
row of each kind is made by its model; all others are copies of it within the database.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Model

from access.benchmark.copying import copy_row
from access.enums import CodeAttemptType, EventType
from access.models import AccessCode, AccessGrant, CodeAttempt, Event
from access.states import Seen, WriteState
from locks.models import Account, Device, Door
from properties.models import Guest, Property, Stay, Unit, Workspace

CODES_PER_DEVICE: Final = 20
CODES_PER_STAY: Final = 2
EVENTS_PER_CODE: Final = 3
DEVICES_PER_ACCOUNT: Final = 25
KINDS: Final = (EventType.CODE_CREATED, EventType.CODE_SET, EventType.LOCK_UNLOCKED)
DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Seeds:
    """The first row of each kind; the others follow each other by their keys."""

    workspace: Workspace
    place: Property
    unit: Unit
    account: Account
    device: Device
    door: Door
    guest: Guest
    stay: Stay
    grant: AccessGrant
    code: AccessCode
    event: Event
    attempt: CodeAttempt


class Town:
    """One row of each kind, until it grows; once, since rows that come from elsewhere stand between the keys then."""

    def __init__(self, now: dt.datetime) -> None:
        self.seeds = _plant(now)

    def grow_to(self, size: int) -> None:
        """`size`: of codes, a multiple of a hundred."""
        self._copy_places(size // CODES_PER_DEVICE)
        self._copy_codes(size)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def _copy_places(self, devices: int) -> None:
        seeds, span = self.seeds, (1, devices)
        copy_row(seeds.place, span, {"name": "'House ' || n"})
        copy_row(seeds.unit, span, {"name": "'Flat ' || n", "property_id": _nth(seeds.place)})
        accounts = max(1, devices // DEVICES_PER_ACCOUNT)
        copy_row(seeds.account, (1, accounts), {"name": "'Account ' || n"})
        account = _nth(seeds.account, f"n % {accounts}")
        copy_row(
            seeds.device, span, {"external_id": "n::text", "name": "'Lock ' || n", "account_id": account}
        )
        copy_row(seeds.door, span, {"property_id": _nth(seeds.place), "device_id": _nth(seeds.device)})
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Door.units.through._meta.db_table} (door_id, unit_id) "  # noqa: S608 -- own names
                f"SELECT {_nth(seeds.door)}, {_nth(seeds.unit)} FROM generate_series(1, {devices - 1}) n"
            )

    def _copy_codes(self, size: int) -> None:
        seeds, devices = self.seeds, size // CODES_PER_DEVICE
        stays = 1, size // CODES_PER_STAY
        start = f"now() + (n % {DAYS} - {DAYS // 2}) * interval '1 day'"
        window = {"starts_at": start, "ends_at": f"{start} + interval '40 days'"}
        copy_row(seeds.guest, stays, {})
        changed = {"external_id": "n::text", "unit_id": _nth(seeds.unit, f"n % {devices}")}
        copy_row(seeds.stay, stays, {**changed, **window, "guest_id": _nth(seeds.guest)})
        copy_row(seeds.grant, stays, {"stay_id": _nth(seeds.stay)})
        copy_row(
            seeds.code,
            (1, size),
            {
                **window,
                "pin_held_until": f"{start} + interval '41 days'",
                "pin_key": "n",
                "device_id": _nth(seeds.device, f"n % {devices}"),
                "grant_id": _nth(seeds.grant, f"n % {size // CODES_PER_STAY}"),
                "created_at": "now() - interval '90 days'",
            },
        )
        about = {
            "access_code_id": _nth(seeds.code, f"n % {size}"),
            "device_id": _nth(seeds.device, f"n % {devices}"),
            "stay_id": _nth(seeds.stay, f"n % {size // CODES_PER_STAY}"),
            "type": f"(ARRAY[{', '.join(repr(kind.value) for kind in KINDS)}])[1 + n % {len(KINDS)}]",
            "occurred_at": "now() - (n % 7776000) * interval '1 second'",
            "position": "n + 1",
        }
        copy_row(seeds.event, (1, size * EVENTS_PER_CODE), about)
        asked = {
            "access_code_id": _nth(seeds.code),
            "device_id": _nth(seeds.device, f"n % {devices}"),
            "created_at": "now() - (1 + n % 129600) * interval '1 minute'",
        }
        copy_row(seeds.attempt, (1, size), asked)


def _nth(row: Model, number: str = "n") -> str:
    return f"{row.pk} + {number}"


def _plant(now: dt.datetime) -> Seeds:
    workspace = Workspace.objects.create(name="Town", backup_pool_size=0)
    place = Property.objects.create(workspace=workspace, name="House 0")
    unit = Unit.objects.create(property=place, name="Flat 0")
    account = Account.objects.create(
        workspace=workspace, driver="virtual", brand="yale", name="Account 0", synced_at=now
    )
    seen = {"online": True, "last_seen_at": now, "last_read_at": now, "backup_pool_enabled": False}
    device = Device.objects.create(account=account, external_id="0", brand="yale", name="Lock 0", **seen)
    door = Door.objects.create(property=place, name="Door", device=device)
    door.units.add(unit)
    guest = Guest.objects.create(workspace=workspace, name="Imogen Varga")
    window = {"starts_at": now - dt.timedelta(days=1), "ends_at": now + dt.timedelta(days=39)}
    stay = Stay.objects.create(
        workspace=workspace,
        unit=unit,
        guest=guest,
        source="town",
        external_id="0",
        arrival_date=window["starts_at"].date(),
        departure_date=window["ends_at"].date(),
        acknowledged_revision=1,
        **window,
    )
    grant = AccessGrant.objects.create(workspace=workspace, stay=stay, pin="2580", pin_key=0)
    code = AccessCode.objects.create(
        device=device,
        grant=grant,
        name="Imogen Varga",
        pin="2580",
        pin_key=0,
        pin_held_until=window["ends_at"],
        write_state=WriteState.APPLIED,
        ref="1",
        appearance_name="Imogen Varga",
        seen=Seen.PRESENT,
        seen_at=now,
        confirmed_at=now,
        set_at=now,
        **window,
    )
    about = {"device": device, "access_code": code, "stay": stay, "actor": "benchmark"}
    event = Event.objects.create(workspace=workspace, type=KINDS[0], occurred_at=now, position=1, **about)
    attempt = CodeAttempt.objects.create(
        workspace=workspace, type=CodeAttemptType.CREATE, access_code=code, device=device
    )
    return Seeds(workspace, place, unit, account, device, door, guest, stay, grant, code, event, attempt)
