"""Properties and units are added and renamed here, with a line of the audit log. Called by their pages.

A property's rules are changed by properties.booking.change_property_rules, since stays move with them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from properties.models import Property, Unit, Workspace
from properties.noting import note_change


@transaction.atomic
def add_property(workspace: Workspace, *, actor: str, now: dt.datetime, **fields: Any) -> Property:
    place = Property.objects.create(workspace=workspace, **fields)
    told = f"{place.name}, {place.time_zone}"
    note_change(workspace, "Property added", told, actor=actor, now=now, place=place)
    return place


@transaction.atomic
def add_unit(place: Property, *, name: str, actor: str, now: dt.datetime) -> Unit:
    unit = Unit.objects.create(property=place, name=name)
    note_change(place.workspace, "Unit added", name, actor=actor, now=now, place=place)
    return unit


@transaction.atomic
def rename_unit(unit: Unit, *, name: str, actor: str, now: dt.datetime) -> None:
    before, unit.name = unit.name, name
    if before == name:
        return
    unit.save(update_fields=["name"])
    place = unit.property
    note_change(place.workspace, "Unit renamed", f"{before} → {name}", actor=actor, now=now, place=place)
