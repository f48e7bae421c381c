"""The next day on which nobody stays behind a door, when its batteries can be changed without knocking."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import Q

from access.lock_history.period import DAY
from locks.models import Door
from locks.queries import units_of_door
from properties.enums import StayKind, StayStatus
from properties.models import Stay
from properties.zones import midnight

AHEAD: Final = 60 * DAY
MOST: Final = 1000


def next_vacant_day(door: Door, *, now: dt.datetime) -> dt.date | None:
    """From tomorrow on, within two months; a day on which somebody arrives or leaves is none. Blocks are nobody."""
    zone = door.property.zone
    until = now + AHEAD
    stays = Stay.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), unit__in=units_of_door(door))
    taken = list(
        stays.filter(status=StayStatus.CONFIRMED, starts_at__lt=until)
        .exclude(kind=StayKind.BLOCK)
        .order_by("starts_at")
        .values_list("starts_at", "ends_at")[:MOST]
    )
    if len(taken) == MOST:
        return None
    day = now.astimezone(zone).date() + DAY
    while midnight(day, zone) < until:
        begins, ends = midnight(day, zone), midnight(day + DAY, zone)
        if not any(starts < ends and (leaves is None or leaves > begins) for starts, leaves in taken):
            return day
        day += DAY
    return None
