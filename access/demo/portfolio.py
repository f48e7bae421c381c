"""The demo's workspace: a member, four properties in four time zones, their doors, and feeds of the demo's own server.

Made once through the same functions as the pages use; stays come only from the feeds. Run again, it keeps what is
there and only points the feeds to the server's present port. Called by `manage.py demo`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction

from access.enums import StaffKind
from access.staffing import StaffDetails, save_staff_access
from locks.doors import add_door
from locks.models import Door
from locks.provisioning import add_virtual_lock
from properties.calendars.feeds import add_feed
from properties.enums import Role
from properties.models import CalendarFeed, Membership, Property, Unit, User, Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

EMAIL: Final = "demo@keyturn.example"
WORKSPACE: Final = "Seaview Stays"
ACTOR: Final = "demo"


@dataclass(frozen=True, slots=True)
class Place:
    """`doors` maps a door's name to its brand and the units it serves (none named: all); `feeds` units to calendars."""

    name: str
    address: str
    time_zone: str
    check_in: dt.time
    check_out: dt.time
    doors: Mapping[str, tuple[str, tuple[str, ...]]]
    feeds: Mapping[str, tuple[str, str]]
    buffer_before: int = 0
    buffer_after: int = 0


PLACES: Final = (
    Place(
        name="Seaview House",
        address="Rua da Praia 12, Cascais",
        time_zone="Europe/Lisbon",
        check_in=dt.time(15),
        check_out=dt.time(11),
        buffer_after=15,
        doors={
            "Entrance": ("schlage", ()),
            "Flat 1 door": ("nuki", ("Flat 1",)),
            "Flat 2 door": ("yale", ("Flat 2",)),
        },
        feeds={"Flat 1": ("airbnb-flat-1", "Airbnb"), "Flat 2": ("airbnb-flat-2", "Airbnb")},
    ),
    Place(
        name="Maple Cottage",
        address="48 Lake Road, Saranac Lake",
        time_zone="America/New_York",
        check_in=dt.time(16),
        check_out=dt.time(10),
        doors={"Front door": ("kwikset", ()), "Boat house": ("smartthings", ())},
        feeds={"Cottage": ("vrbo-cottage", "Vrbo")},
    ),
    Place(
        name="Lindenhof",
        address="Lindenhofstrasse 3, Zürich",
        time_zone="Europe/Zurich",
        check_in=dt.time(14),
        check_out=dt.time(11),
        doors={"Studio door": ("tedee", ())},
        feeds={"Studio": ("booking-studio", "Booking.com")},
    ),
    Place(
        name="Kauri Lodge",
        address="7 Beach Road, Paihia",
        time_zone="Pacific/Auckland",
        check_in=dt.time(16),
        check_out=dt.time(11),
        buffer_before=10,
        doors={"Gate": ("lockly", ()), "Lodge door": ("ttlock", ())},
        feeds={"Lodge": ("pms-lodge", "Property system")},
    ),
)


@transaction.atomic
def ensure_portfolio(*, password: str, feed_base: str, now: dt.datetime) -> User:
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_superuser(EMAIL, password)
    workspace = Workspace.objects.filter(memberships__user=user, name=WORKSPACE).first()
    if workspace is None:
        workspace = Workspace.objects.create(name=WORKSPACE)
        Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
        for place in PLACES:
            _add_place(workspace, place, feed_base=feed_base, now=now)
        _add_people(workspace, now=now)
    _point_feeds(workspace, feed_base)
    return user


def _add_place(workspace: Workspace, place: Place, *, feed_base: str, now: dt.datetime) -> None:
    made = Property.objects.create(
        workspace=workspace,
        name=place.name,
        address=place.address,
        time_zone=place.time_zone,
        check_in_time=place.check_in,
        check_out_time=place.check_out,
        buffer_before=place.buffer_before,
        buffer_after=place.buffer_after,
    )
    units = {name: Unit.objects.create(property=made, name=name) for name in place.feeds}
    for name, (brand, served) in place.doors.items():
        device = add_virtual_lock(workspace, brand=brand, name=f"{place.name}: {name}", now=now)
        add_door(
            made,
            name=name,
            device=device,
            serves_all_units=not served,
            units=[units[unit] for unit in served],
            actor=ACTOR,
            now=now,
        )
    for unit_name, (calendar, feed_name) in place.feeds.items():
        add_feed(units[unit_name], name=feed_name, url=f"{feed_base}/{calendar}.ics", actor=ACTOR, now=now)


def _add_people(workspace: Workspace, *, now: dt.datetime) -> None:
    """A cleaner with a code for Tuesdays and Fridays, and a resident with one that always opens."""
    doors = Door.objects.in_workspace(workspace).select_related("property", "device__account")
    cleaner = StaffDetails(
        kind=StaffKind.CLEANER,
        holder_name="Marta Lopes",
        doors=tuple(doors.filter(property__name="Seaview House").order_by("pk")),
        first_day=now.date(),
        rule="FREQ=WEEKLY;BYDAY=TU,FR",
        start_time=dt.time(11),
        end_time=dt.time(15),
    )
    resident = StaffDetails(
        kind=StaffKind.RESIDENT,
        holder_name="Urs Keller",
        doors=tuple(doors.filter(property__name="Lindenhof")),
        first_day=now.date(),
    )
    for details in (cleaner, resident):
        save_staff_access(workspace, details, actor=ACTOR, now=now)


def _point_feeds(workspace: Workspace, feed_base: str) -> None:
    """The feed server may have another port today."""
    for feed in CalendarFeed.objects.in_workspace(workspace):
        address, _, calendar = (feed.url or "").rpartition("/")
        if address != feed_base and address.startswith("http://127.0.0.1:") and address.endswith("/demo"):
            feed.url = f"{feed_base}/{calendar}"
            feed.save(update_fields=["url"])
