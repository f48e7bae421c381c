"""Build the simulated portfolio in the database, through the application's own doors: provisioning, doors, feeds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from access.simulation.scenario import DoorPlan, HousePlan
from access.simulation.wiring import DRIVER, Shed
from locks.doors import add_door
from locks.models import Account, Device
from locks.provisioning import connect_account, sync_account_devices
from properties.models import CalendarFeed, Property, Unit, Workspace

ACTOR = "simulator"


@dataclass(slots=True)
class House:
    plan: HousePlan
    place: Property
    units: list[Unit]
    feeds: list[CalendarFeed]
    given: dict[str, tuple[int, ...]] = field(default_factory=dict)  # doors of other flats than planned

    def doors_of(self, flat: int) -> list[DoorPlan]:
        return [
            door for door in self.plan.doors if not door.flats or flat in self.given.get(door.key, door.flats)
        ]


def build_stage(plans: Sequence[HousePlan], shed: Shed, *, now: dt.datetime) -> dict[int, House]:
    """Two workspaces, so that it shows where one would see the other's."""
    workspaces = [Workspace.objects.create(name=f"Simulated {name}") for name in ("east", "west")]
    return {plan.number: _build_house(plan, workspaces[plan.number % 2], shed, now=now) for plan in plans}


def _build_house(plan: HousePlan, workspace: Workspace, shed: Shed, *, now: dt.datetime) -> House:
    place = Property.objects.create(
        workspace=workspace,
        name=f"House {plan.number}",
        time_zone=plan.zone,
        check_in_time=plan.check_in,
        check_out_time=plan.check_out,
        buffer_before=plan.buffer_before,
        buffer_after=plan.buffer_after,
    )
    units = [Unit.objects.create(property=place, name=f"Flat {flat}") for flat in range(plan.flats)]
    # No address is ever asked: what a fetch would bring is handed in (see acting).
    feeds = [
        CalendarFeed.objects.create(unit=unit, name=f"Feed of {unit.name}", url="http://127.0.0.1:9/none.ics")
        for unit in units
    ]
    devices = _provide_locks(plan, workspace, shed, now=now)
    for door in plan.doors:
        add_door(
            place,
            name=door.key,
            device=devices[door.key],
            units=[units[flat] for flat in door.flats],
            serves_all_units=not door.flats,
            actor=ACTOR,
            now=now,
        )
    return House(plan, place, units, feeds)


def _provide_locks(
    plan: HousePlan, workspace: Workspace, shed: Shed, *, now: dt.datetime
) -> dict[str, Device]:
    accounts: list[Account] = []
    for brand in sorted({door.brand for door in plan.doors}):
        login = f"{plan.key}:{brand}"
        for door in plan.doors:
            if door.brand == brand:
                shed.hang(door.key, brand=brand, login=login, zone=plan.zone)
        account = connect_account(
            workspace, driver=DRIVER, brand=brand, name=login, credentials={"account_key": login}, now=now
        )
        sync_account_devices(account, now=now)
        accounts.append(account)
    found = Device.objects.select_related("account").filter(account__in=accounts)
    return {device.name: device for device in found}
