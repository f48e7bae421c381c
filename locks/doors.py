"""The only way in which doors are added, changed and removed: which device opens which units.

Each function is one transaction and, through properties.booking.touch_units, lets access look again at every stay of
the units served before and after. Taking codes off a lock that is a door no longer is access's work, not done here.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from locks.models import Device, Door
from locks.queries import units_of_door
from properties.booking import touch_units
from properties.models import Property, Unit
from properties.noting import note_change

MAX_NAME = 100


class DoorError(ValueError):
    """The door cannot be so; the message is a sentence that says what to do."""


class Unset(enum.Enum):
    """Stands for an argument that was not given, where None would not be the same."""

    UNSET = "unset"


UNSET = Unset.UNSET


@transaction.atomic
def add_door(
    place: Property,
    *,
    name: str,
    device: Device,
    units: Iterable[Unit] = (),
    serves_all_units: bool = False,
    instructions: str = "",
    actor: str,
    now: dt.datetime,
) -> Door:
    _hold(place)
    door = Door(
        property=place,
        name=name.strip(),
        device=device,
        serves_all_units=serves_all_units,
        instructions=instructions.strip(),
    )
    served = _served(units, serves_all_units)
    _check(door, served)
    _save(door)
    door.units.set(served)
    _note(door, "Door added", actor=actor, now=now)
    touch_units(_unit_ids(door), actor=actor, now=now)
    return door


@transaction.atomic
def change_door(
    door: Door,
    *,
    actor: str,
    now: dt.datetime,
    name: str | Unset = UNSET,
    device: Device | Unset = UNSET,
    units: Iterable[Unit] | Unset = UNSET,
    serves_all_units: bool | Unset = UNSET,
    instructions: str | Unset = UNSET,
) -> Door:
    """Change what is given and leave the rest. A new name or other instructions alone move no code."""
    _hold(door.property)
    door = Door.objects.select_related("property", "device__account").get(pk=door.pk)
    before, device_before = _unit_ids(door), door.device_id
    if not isinstance(name, Unset):
        door.name = name.strip()
    if not isinstance(device, Unset):
        door.device = device
    moved = door.device_id != device_before
    if not isinstance(serves_all_units, Unset):
        door.serves_all_units = serves_all_units
    if not isinstance(instructions, Unset):
        door.instructions = instructions.strip()
    served = _served(door.units.all() if isinstance(units, Unset) else units, door.serves_all_units)
    _check(door, served)
    _save(door)
    door.units.set(served)
    after = _unit_ids(door)
    _note(door, "Door changed", actor=actor, now=now)
    touched = before | after if moved else before ^ after
    touch_units(touched, actor=actor, now=now)
    return door


@transaction.atomic
def remove_door(door: Door, *, actor: str, now: dt.datetime) -> None:
    """Remove the door; its device stays, and its codes are taken off it by access."""
    _hold(door.property)
    served = _unit_ids(door)
    _note(door, "Door removed", actor=actor, now=now)
    door.delete()
    touch_units(served, actor=actor, now=now)


def _note(door: Door, what: str, *, actor: str, now: dt.datetime) -> None:
    names = ", ".join(units_of_door(door).order_by("name").values_list("name", flat=True))
    who = "every guest" if door.serves_all_units else f"guests of {names or 'no unit'}"
    place = door.property
    told = f"{door.name}: {door.device.name}, {who}"
    note_change(place.workspace, what, told, actor=actor, now=now, place=place)


def _hold(place: Property) -> None:
    """One change of a property's doors at a time; the same row that every writer of its stays holds first."""
    Property.objects.select_for_update(no_key=True).get(pk=place.pk)


def _save(door: Door) -> None:
    """Whoever makes it a door of another property at this moment holds another row; the device is one door all the
    same. Its own row is not held: stays come before devices."""
    try:
        with transaction.atomic():
            door.save()
    except IntegrityError as error:
        raise DoorError(
            _device_problem(door) or f"{door.device.name} became a door just now; look again."
        ) from error


def _served(units: Iterable[Unit], serves_all_units: bool) -> list[Unit]:
    return [] if serves_all_units else list(units)


def _unit_ids(door: Door) -> set[int]:
    return set(units_of_door(door).values_list("pk", flat=True))


def _check(door: Door, units: list[Unit]) -> None:
    for problem in (_name_problem(door), _device_problem(door), _units_problem(door, units)):
        if problem:
            raise DoorError(problem)


def _name_problem(door: Door) -> str | None:
    if not door.name:
        return "Give the door a name."
    if len(door.name) > MAX_NAME:
        return f"A door's name has at most {MAX_NAME} characters."
    if Door.objects.filter(property=door.property, name=door.name).exclude(pk=door.pk).exists():
        return f"{door.property.name} already has a door “{door.name}”; choose another name."
    return None


def _device_problem(door: Door) -> str | None:
    if door.device.account.workspace_id != door.property.workspace_id:
        return "That lock belongs to another workspace; choose one of this workspace."
    device = Device.objects.get(pk=door.device_id)
    if not device.is_managed:
        return f"{device.name} is not managed here; manage it first."
    # A door whose lock was removed later can still be named anew or cleared away.
    stands = Door.objects.filter(pk=door.pk, device=device).exists()
    if device.removed_at is not None and not stands:
        return f"{door.device.account.name} no longer lists {device.name}; choose another lock."
    other = Door.objects.filter(device=door.device).exclude(pk=door.pk).select_related("property").first()
    if other is not None:
        return f"{door.device.name} already is the door “{other.name}” of {other.property.name}."
    return None


def _units_problem(door: Door, units: list[Unit]) -> str | None:
    if any(unit.property_id != door.property_id for unit in units):
        return f"A door serves units of its own property only; choose units of {door.property.name}."
    if not units and not door.serves_all_units:
        return "Say which units the door serves, or that it serves all."
    return None
