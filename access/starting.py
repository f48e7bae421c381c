"""A workspace begins: empty, or as a sandbox with a sample house to play in. Called by the page that
makes one, and by the Seam-compatible API for the empty one.

The sample house is nothing but what pages make: virtual locks on doors, two stays. Their codes come by the usual way.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction

from locks.doors import add_door
from locks.provisioning import add_virtual_lock
from properties.booking import MANUAL_SOURCE, GuestDetails, StayDetails, new_external_id, save_stay
from properties.enums import Role
from properties.models import Membership, Property, Unit, User, Workspace
from properties.noting import note_change
from properties.places import add_property, add_unit

DAY: Final = dt.timedelta(days=1)

UNITS: Final = ("Flat 1", "Flat 2")
# Door, brand of its lock, and the unit whose guests use it; None: every guest.
DOORS: Final = (
    ("Front door", "schlage", None),
    ("Flat 1 door", "yale", "Flat 1"),
    ("Flat 2 door", "august", "Flat 2"),
)
# Unit, guest, and nights from which day to which: one is there now, one comes tomorrow.
GUESTS: Final = (("Flat 1", "Imogen Varga", -1, 3), ("Flat 2", "Tomas Ruiz", 1, 4))


BY_OWNERS: Final = "Workspaces are made by owners. Ask one of yours, or to be invited to another."


def may_start(user: User) -> bool:
    """Whoever runs the installation, and owners; everybody else is invited to a workspace."""
    return user.is_superuser or user.memberships.filter(role=Role.OWNER).exists()


@transaction.atomic
def create_workspace(user: User, *, name: str, is_sandbox: bool, now: dt.datetime) -> Workspace:
    workspace = Workspace.objects.create(name=name, is_sandbox=is_sandbox)
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    what = "Sandbox made" if is_sandbox else "Workspace made"
    note_change(workspace, what, name, actor=user.email, now=now)
    return workspace


def furnish_sandbox(workspace: Workspace, *, actor: str, now: dt.datetime) -> Property:
    """Not one transaction: each lock is connected and listed like any other."""
    place = add_property(
        workspace, name="Sample house", address="1 Sample Street", time_zone="UTC", actor=actor, now=now
    )
    units = {name: add_unit(place, name=name, actor=actor, now=now) for name in UNITS}
    for name, brand, served in DOORS:
        device = add_virtual_lock(workspace, brand=brand, name=name, now=now)
        add_door(
            place,
            name=name,
            device=device,
            units=[units[served]] if served else [],
            serves_all_units=served is None,
            actor=actor,
            now=now,
        )
    for unit, guest, first, last in GUESTS:
        _book(workspace, units[unit], guest, now + first * DAY, now + last * DAY, actor=actor, now=now)
    return place


def _book(
    workspace: Workspace,
    unit: Unit,
    guest: str,
    first: dt.datetime,
    last: dt.datetime,
    *,
    actor: str,
    now: dt.datetime,
) -> None:
    details = StayDetails(
        unit=unit, arrival_date=first.date(), departure_date=last.date(), guest=GuestDetails(name=guest)
    )
    save_stay(
        workspace, source=MANUAL_SOURCE, external_id=new_external_id(), details=details, actor=actor, now=now
    )
