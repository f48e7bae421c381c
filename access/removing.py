"""Units and properties that nobody ever stayed in are removed; what has a history is kept, and the sentence says so.

Called by the pages of properties. A door goes first, by locks.doors, so that its codes leave the lock.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from locks.models import Door
from properties.models import CalendarFeed, Property, Stay, Unit
from properties.noting import note_change


class RemovalRefused(Exception):
    """It cannot go; the text says what to do instead."""


@transaction.atomic
def remove_unit(unit: Unit, *, actor: str, now: dt.datetime) -> None:
    """Raise RemovalRefused."""
    hold(unit.property)
    problem = why_unit_stays(unit)
    if problem:
        raise RemovalRefused(problem)
    place = unit.property
    note_change(place.workspace, "Unit removed", unit.name, actor=actor, now=now, place=place)
    unit.delete()


@transaction.atomic
def remove_property(place: Property, *, actor: str, now: dt.datetime) -> None:
    """With its units, where none of them has a history. Raise RemovalRefused."""
    hold(place)
    problem = why_property_stays(place)
    if problem:
        raise RemovalRefused(problem)
    note_change(place.workspace, "Property removed", place.name, actor=actor, now=now)
    place.delete()


def why_unit_stays(unit: Unit) -> str:
    """Empty where it may go."""
    if stays := Stay.objects.filter(unit=unit).count():
        return _history(unit.name, stays, "Archive it instead if it is let no longer.")
    return door_problem(unit)


def door_problem(unit: Unit) -> str:
    """Doors that would be nobody's, or archived units' only; empty where there are none."""
    beside = Unit.objects.filter(archived_at=None).exclude(pk=unit.pk)
    doors = Door.objects.filter(units=unit, serves_all_units=False)
    alone = doors.exclude(units__in=beside).order_by("name").values_list("name", flat=True)
    if alone:
        return f"Only guests of {unit.name} use {', '.join(alone)}: remove that door first, or give it to another unit."
    return ""


def why_property_stays(place: Property) -> str:
    """Empty where it may go."""
    if stays := Stay.objects.filter(unit__property=place).count():
        return _history(place.name, stays, "Archive its units instead if they are let no longer.")
    doors = Door.objects.filter(property=place).order_by("name").values_list("name", flat=True)
    if doors:
        return f"First remove its doors, so that their codes leave the locks: {', '.join(doors)}."
    return ""


def _history(name: str, stays: int, instead: str) -> str:
    number = "1 stay" if stays == 1 else f"{stays} stays"
    return f"{name} has {number} in its history, which is kept as proof, so it cannot be removed. {instead}"


def hold(place: Property) -> None:
    """Whoever books in it, reads a calendar of it or changes its doors waits; feeds come before properties."""
    list(CalendarFeed.objects.select_for_update(of=("self",)).filter(unit__property=place).order_by("pk"))
    Property.objects.select_for_update().get(pk=place.pk)
