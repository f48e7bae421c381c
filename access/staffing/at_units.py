"""Who of the staff may open which units, and when: for the timeline's lane and for who cleans today."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from access.models import StaffAccess
from locks.models import Door


@dataclass(frozen=True, slots=True)
class StaffThere:
    """`at_units`: who may open a unit's own doors, by the unit's pk; `at_entrances`: whom only doors of all units of a
    property let in, by the property's pk."""

    at_units: Mapping[int, Sequence[StaffAccess]]
    at_entrances: Mapping[int, Sequence[StaffAccess]]


def staff_at(doors: Mapping[int, Sequence[Door]], *, between: tuple[dt.datetime, dt.datetime]) -> StaffThere:
    """Two queries, however many units. `doors`: of each unit."""
    own = {unit: set(own_doors(found)) for unit, found in doors.items()}
    entrances = {
        door.pk: door.property_id for found in doors.values() for door in found if door.serves_all_units
    }
    holders = (
        StaffAccess.objects.filter(
            doors__in={*entrances, *set().union(*own.values())}, ended_at=None, first_day__lte=between[1]
        )
        .filter(Q(last_day=None) | Q(last_day__gte=between[0]))
        .distinct()
        .prefetch_related("doors")
        .order_by("holder_name", "pk")
    )
    at_units: dict[int, list[StaffAccess]] = defaultdict(list)
    at_entrances: dict[int, list[StaffAccess]] = defaultdict(list)
    # A property without any other door has its entrances in the rows of its units.
    in_rows = set().union(*own.values())
    for holder in holders:
        opened = {door.pk for door in holder.doors.all()}
        inside = {door.property_id for door in holder.doors.all() if not door.serves_all_units}
        for unit, mine in own.items():
            if mine & opened:
                at_units[unit].append(holder)
        for place in dict.fromkeys(entrances[pk] for pk in opened & (entrances.keys() - in_rows)):
            if place not in inside:
                at_entrances[place].append(holder)
    return StaffThere(at_units, at_entrances)


def own_doors(doors: Sequence[Door]) -> Iterator[int]:
    """Without shared entrances, unless the unit has no other door."""
    own = [door.pk for door in doors if not door.serves_all_units]
    return iter(own or [door.pk for door in doors])
