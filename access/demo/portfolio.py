"""The demo's workspace: houses in several time zones, their doors, calendars of the demo's own server, an office.

Made once through the same functions as the pages use. Run again, it keeps what is there and only points what leads to
the demo's server to that server's present port. Called by `manage.py demo`; stays come from the calendars and from
`bookings`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from access.demo.office import furnish, point_office
from access.demo.places import AT_THE_DOOR, HOST, PLACES, Place
from locks.brands import BRANDS
from locks.doors import add_door
from locks.drivers.virtual.outside import set_parts
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.provisioning import add_virtual_lock
from properties.calendars.feeds import add_feed
from properties.enums import Role
from properties.models import CalendarFeed, Membership, Property, Unit, User, Workspace

if TYPE_CHECKING:
    from locks.models import Device

EMAIL: Final = "demo@keyturn.example"
WORKSPACE: Final = "Seaview Stays"
# What the batteries of the locks show, in the order in which they were mounted.
LEVELS: Final = (0.86, 0.71, 0.93, 0.2, 0.64, 0.58, 0.97, 0.79, 0.45)


def demo_workspace(user: User) -> Workspace | None:
    return Workspace.objects.filter(memberships__user=user, name=WORKSPACE).first()


@transaction.atomic
def ensure_portfolio(
    *, password: str, feed_base: str, now: dt.datetime, today: dt.datetime | None = None
) -> User:
    """Made as if at `now`, with a cleaner who comes `today`."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_superuser(EMAIL, password)
    workspace = demo_workspace(user)
    server = feed_base.rpartition("/")[0]
    if workspace is None:
        workspace = Workspace.objects.create(
            name=WORKSPACE,
            backup_pool_size=3,
            quiet_from=dt.time(22),
            quiet_until=dt.time(7),
            reply_to="hello@keyturn.example",
        )
        Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
        locks: list[Device] = []
        for place in PLACES:
            _add_place(workspace, place, locks, feed_base=feed_base, now=now)
        furnish(workspace, owner=user, password=password, server=server, now=now, today=today or now)
    _point_feeds(workspace, feed_base)
    point_office(workspace, server)
    return user


def _add_place(
    workspace: Workspace, place: Place, locks: list[Device], *, feed_base: str, now: dt.datetime
) -> None:
    made = Property.objects.create(
        workspace=workspace,
        name=place.name,
        address=place.address,
        arrival_notes=place.notes,
        guest_contact=HOST,
        time_zone=place.time_zone,
        check_in_time=place.check_in,
        check_out_time=place.check_out,
        buffer_before=place.buffer_before,
        buffer_after=place.buffer_after,
    )
    names = (*place.feeds, *place.units)
    units = {name: Unit.objects.create(property=made, name=name) for name in names}
    for name, (brand, served) in place.doors.items():
        add_door(
            made,
            name=name,
            device=_add_lock(workspace, brand, f"{place.name}: {name}", place.time_zone, locks, now=now),
            serves_all_units=not served,
            units=[units[unit] for unit in served],
            instructions=AT_THE_DOOR.get(brand, ""),
            actor=EMAIL,
            now=now,
        )
    for name, brand in place.bare.items():
        _add_lock(workspace, brand, f"{place.name}: {name}", place.time_zone, locks, now=now)
    for unit_name, (calendar, feed_name) in place.feeds.items():
        add_feed(units[unit_name], name=feed_name, url=f"{feed_base}/{calendar}.ics", actor=EMAIL, now=now)


def _add_lock(
    workspace: Workspace, brand: str, name: str, zone: str, locks: list[Device], *, now: dt.datetime
) -> Device:
    level = LEVELS[len(locks) % len(LEVELS)] if len(locks) < len(LEVELS) else 0.5 + len(locks) % 7 / 15
    fitted: dict[str, Any] = {"time_zone": zone, "battery_chemistry": "alkaline"}
    if BRANDS[brand].capabilities.auto_lock:
        fitted |= {"auto_lock": True, "auto_lock_seconds": 30}
    device = add_virtual_lock(workspace, brand=brand, name=name, now=now, **fitted)
    fit_battery(device, level)
    locks.append(device)
    return device


def fit_battery(device: Device, level: float) -> None:
    set_parts(virtual_lock_of(device), battery_level=level)


def _point_feeds(workspace: Workspace, feed_base: str) -> None:
    """The feed server may have another port today."""
    for feed in CalendarFeed.objects.in_workspace(workspace):
        address, _, calendar = (feed.url or "").rpartition("/")
        if address != feed_base and address.startswith("http://127.0.0.1:") and address.endswith("/demo"):
            feed.url = f"{feed_base}/{calendar}"
            feed.save(update_fields=["url"])
