"""Makers of rows for tests: each takes only what the test is about, and goes through the same doors as the program."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from locks.doors import add_door
from locks.drivers.virtual import provisioning as virtual_locks
from locks.drivers.virtual.models import VirtualLock
from locks.models import Account, Device, Door
from locks.provisioning import add_virtual_lock
from properties.booking import GuestDetails, StayDetails, save_stay
from properties.enums import Role
from properties.models import CalendarFeed, Membership, Property, Stay, Unit, User, Workspace

_numbers = itertools.count(1)

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


def make_workspace(name: str = "", **fields: Any) -> Workspace:
    """Without backup pools, unless a test is about them: they would be on every lock that it counts codes on."""
    fields.setdefault("backup_pool_size", 0)
    return Workspace.objects.create(name=name or f"Workspace {next(_numbers)}", **fields)


def make_member(workspace: Workspace, role: Role = Role.OWNER, email: str = "") -> User:
    user = User.objects.create_user(email or f"person{next(_numbers)}@example.org", "correct horse battery")
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def make_property(workspace: Workspace | None = None, **fields: Any) -> Property:
    fields.setdefault("name", f"House {next(_numbers)}")
    return Property.objects.create(workspace=workspace or make_workspace(), **fields)


def make_unit(place: Property | None = None, **fields: Any) -> Unit:
    fields.setdefault("name", f"Flat {next(_numbers)}")
    return Unit.objects.create(property=place or make_property(), **fields)


def make_details(unit: Unit, **fields: Any) -> StayDetails:
    fields.setdefault("arrival_date", dt.date(2027, 3, 5))
    fields.setdefault("departure_date", fields["arrival_date"] + dt.timedelta(days=4))
    fields.setdefault("guest", GuestDetails(name="Imogen Varga"))
    return StayDetails(unit=unit, **fields)


def make_stay(
    unit: Unit | None = None,
    *,
    source: str = "test",
    external_id: str = "",
    now: dt.datetime = NOW,
    **fields: Any,
) -> Stay:
    unit = unit or make_unit()
    saved = save_stay(
        unit.property.workspace,
        source=source,
        external_id=external_id or f"stay-{next(_numbers)}",
        details=make_details(unit, **fields),
        actor="test",
        now=now,
    )
    return saved.stay


def make_feed(unit: Unit | None = None, **fields: Any) -> CalendarFeed:
    fields.setdefault("url", "http://127.0.0.1:9/secret-token/calendar.ics")
    fields.setdefault("name", f"Feed {next(_numbers)}")
    return CalendarFeed.objects.create(unit=unit or make_unit(), **fields)


def make_account(workspace: Workspace | None = None, *, brand: str = "yale", **fields: Any) -> Account:
    """An account of the virtual driver; `make_device` and `virtual_door` bring their own."""
    fields.setdefault("credentials", {"account_key": f"login-{next(_numbers)}"})
    return Account.objects.create(
        workspace=workspace or make_workspace(),
        driver="virtual",
        brand=brand,
        name=f"Account {brand}",
        **fields,
    )


def make_virtual_lock(brand: str = "yale", **fields: Any) -> VirtualLock:
    """A lock that hangs on no device: for tests of the lock itself."""
    number = next(_numbers)
    fields = {"name": f"Lock {number}", "account_key": f"login-{number}", **fields}
    return virtual_locks.create_virtual_lock(brand=brand, **fields)


def make_device(
    workspace: Workspace | None = None, *, brand: str = "yale", name: str = "", **fields: Any
) -> Device:
    """A device with its virtual lock behind it, brought in through the driver."""
    name = name or f"Lock {next(_numbers)}"
    fields.setdefault("now", NOW)
    return add_virtual_lock(workspace or make_workspace(), brand=brand, name=name, **fields)


def virtual_door(
    place: Property | Unit,
    brand: str = "yale",
    *,
    units: list[Unit] | None = None,
    name: str = "",
    now: dt.datetime = NOW,
    **fields: Any,
) -> Door:
    """A door with a virtual lock. A unit alone: its own door; a property without `units`: a door for all of them."""
    if isinstance(place, Unit):
        units = [place]
    house = place.property if isinstance(place, Unit) else place
    name = name or f"Door {next(_numbers)}"
    return add_door(
        house,
        name=name,
        device=make_device(house.workspace, brand=brand, name=name, now=now, **fields),
        units=units or [],
        serves_all_units=units is None,
        actor="test",
        now=now,
    )


def lock_of(door: Door) -> VirtualLock:
    """The lock on a door, as it is now: for its keypad, its moods and its log."""
    return virtual_locks.virtual_lock_of(door.device)
