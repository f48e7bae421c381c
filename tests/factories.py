"""Makers of rows for tests: each takes only what the test is about, and goes through the same doors as the program."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from properties.booking import GuestDetails, StayDetails, save_stay
from properties.enums import Role
from properties.models import CalendarFeed, Membership, Property, Stay, Unit, User, Workspace

_numbers = itertools.count(1)

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


def make_workspace(name: str = "") -> Workspace:
    return Workspace.objects.create(name=name or f"Workspace {next(_numbers)}")


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
