"""Who of the staff may open which units, and when: for the timeline's lane and for who cleans today."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Q

from access.models import StaffAccess
from locks.models import Door


def staff_at(
    doors: Mapping[int, Sequence[Door]], *, between: tuple[dt.datetime, dt.datetime]
) -> dict[int, list[StaffAccess]]:
    """Who may open a unit's own doors, by the unit's pk; two queries, however many units. `doors`: of each unit."""
    own = {unit: set(own_doors(found)) for unit, found in doors.items()}
    every = set().union(*own.values()) if own else set()
    holders = (
        StaffAccess.objects.filter(doors__in=every, ended_at=None, first_day__lte=between[1])
        .filter(Q(last_day=None) | Q(last_day__gte=between[0]))
        .distinct()
        .prefetch_related("doors")
        .order_by("holder_name", "pk")
    )
    found: dict[int, list[StaffAccess]] = defaultdict(list)
    for holder in holders:
        opened = {door.pk for door in holder.doors.all()}
        for unit, mine in own.items():
            if mine & opened:
                found[unit].append(holder)
    return found


def own_doors(doors: Sequence[Door]) -> Iterator[int]:
    """Without shared entrances, unless the unit has no other door."""
    own = [door.pk for door in doors if not door.serves_all_units]
    return iter(own or [door.pk for door in doors])
