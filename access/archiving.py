"""A unit that is let no longer leaves lists and choices, and its history stays: archived, and brought back.

Called by the pages of properties. What could still open its doors has to go first, as the sentences say.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from access.issuing import door_name
from access.models import AccessCode
from access.removing import RemovalRefused, door_problem, hold
from locks.models import Door
from properties.enums import StayStatus
from properties.models import CalendarFeed, Stay, Unit
from properties.noting import note_change


@transaction.atomic
def archive_unit(unit: Unit, *, actor: str, now: dt.datetime) -> int:
    """Return how many of its calendars are paused by it. Raise RemovalRefused."""
    hold(unit.property)
    unit.refresh_from_db(fields=["archived_at"])
    if unit.archived_at is not None:
        return 0
    problem = why_unit_is_used(unit, now=now)
    if problem:
        raise RemovalRefused(problem)
    paused = CalendarFeed.objects.filter(unit=unit, is_active=True).update(
        is_active=False, next_fetch_at=None
    )
    _save(unit, now, "Unit archived", actor=actor, now=now)
    return paused


@transaction.atomic
def bring_unit_back(unit: Unit, *, actor: str, now: dt.datetime) -> None:
    """Its calendars stay paused: a person says whether they are still the right ones."""
    hold(unit.property)
    unit.refresh_from_db(fields=["archived_at"])
    if unit.archived_at is not None:
        _save(unit, None, "Unit brought back from the archive", actor=actor, now=now)


def why_unit_is_used(unit: Unit, *, now: dt.datetime) -> str:
    """Empty where it may be archived."""
    stays = Stay.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), unit=unit)
    number = stays.exclude(status=StayStatus.CANCELLED).count()
    if number:
        are = "1 stay is" if number == 1 else f"{number} stays are"
        return f"In {unit.name} {are} running or to come: cancel them, or move them to another unit, first."
    codes = AccessCode.objects.filter(
        Q(is_offline=False) | Q(ends_at__gt=now), grant__stay__unit=unit, ended_at=None
    )
    doors = sorted({door_name(code.device) for code in codes.select_related("device__door").defer("pin")})
    if doors:
        return (
            f"Codes of guests of {unit.name} are not known to be gone from {', '.join(doors)}. Archive it once they "
            "are: the pages of those stays show it, door by door."
        )
    return door_problem(unit) or shared_door_problem(unit)


def shared_door_problem(unit: Unit) -> str:
    """Doors of the whole property through which no guest would come any more; empty where there are none."""
    place = unit.property
    if Unit.objects.filter(property=place, archived_at=None).exclude(pk=unit.pk).exists():
        return ""
    doors = Door.objects.filter(property=place, serves_all_units=True).order_by("name")
    names = ", ".join(doors.values_list("name", flat=True))
    if not names:
        return ""
    return (
        f"{unit.name} is the last unit of {place.name} that is let, and its guests use {names}: remove "
        "that door first, so that its codes leave the lock."
    )


def _save(unit: Unit, archived_at: dt.datetime | None, what: str, *, actor: str, now: dt.datetime) -> None:
    unit.archived_at = archived_at
    unit.save(update_fields=["archived_at"])
    note_change(unit.property.workspace, what, unit.name, actor=actor, now=now, place=unit.property)
