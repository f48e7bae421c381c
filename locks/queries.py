"""Which doors and devices open a unit, and which units a door serves. Read by access, pages and the API.

A door serves its own units, or every unit of its property, present and future.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from locks.models import Device, Door
from properties.compiled import compiled
from properties.models import Unit


def doors_for_unit(unit: Unit) -> QuerySet[Door]:
    served = Q(pk__in=Door.units.through.objects.filter(unit=unit).values("door_id"))
    whole = Q(serves_all_units=True, property_id=unit.property_id)
    return (
        Door.objects.filter(served | whole)
        .select_related("device__account", "property")
        .order_by("name", "pk")
    )


def devices_for_unit(unit: Unit) -> QuerySet[Device]:
    """Return the devices to be programmed for a stay in this unit; unmanaged ones are left alone."""
    doors = doors_for_unit(unit).order_by().values("device_id")
    return Device.objects.filter(pk__in=doors, is_managed=True).select_related("account").order_by("pk")


@compiled
def managed_devices(unit_id: int, property_id: int) -> QuerySet[Device]:
    """As `devices_for_unit`, with their accounts and doors."""
    served = Q(door__pk__in=Door.units.through.objects.filter(unit=unit_id).values("door_id"))
    whole = Q(door__serves_all_units=True, door__property=property_id)
    devices = Device.objects.filter(served | whole, is_managed=True)
    return devices.select_related("account", "door").order_by("pk")


def units_of_door(door: Door) -> QuerySet[Unit]:
    if door.serves_all_units:
        return Unit.objects.filter(property_id=door.property_id).order_by("name")
    return door.units.order_by("name")


def doors_by_unit(units: Iterable[Unit]) -> dict[int, list[Door]]:
    """Return the doors of many units at once, by the unit's pk; two queries, however many there are."""
    units = list(units)
    served: dict[int, set[int]] = defaultdict(set)
    through = Door.units.through.objects.filter(unit__in=units)
    for unit_pk, door_pk in through.values_list("unit_id", "door_id"):
        served[unit_pk].add(door_pk)
    own = set().union(*served.values())
    whole = Q(serves_all_units=True, property_id__in={unit.property_id for unit in units})
    doors = list(
        Door.objects.filter(Q(pk__in=own) | whole)
        .select_related("device__account", "property")
        .defer("device__account__credentials")
        .order_by("name", "pk")
    )
    at_property: dict[int, list[Door]] = defaultdict(list)
    for door in doors:
        at_property[door.property_id].append(door)
    return {
        unit.pk: [
            door
            for door in at_property[unit.property_id]
            if door.serves_all_units or door.pk in served[unit.pk]
        ]
        for unit in units
    }
