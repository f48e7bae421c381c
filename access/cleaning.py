"""Who cleans where somebody leaves today: the windows of cleaners at those units, and whether they came.

Read-only; the number of queries does not grow with the units. Called by access.board_lists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from access.enums import EventType, StaffKind
from access.models import Event, StaffAccess
from access.staffing.at_units import own_doors, staff_at
from access.staffing.declaring import schedule_of
from access.staffing.expanding import windows_after
from locks.queries import doors_by_unit
from properties.models import Stay, Unit
from properties.window import Window
from properties.zones import midnight

DAY: Final = dt.timedelta(days=1)
# By the grant of whose code, and the door.
Openings = Mapping[tuple[int | None, int], Sequence[dt.datetime]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One window of a cleaner today. `entered_at`: the first time that a door of the unit was opened with the
    cleaner's code in it, as far as its lock tells."""

    holder: StaffAccess
    window: Window
    entered_at: dt.datetime | None


def visits_today(stays: Sequence[Stay], *, now: dt.datetime) -> dict[int, tuple[Visit, ...]]:
    """By the pk of the stays' units, each by its property's own day."""
    units = list({stay.unit_id: stay.unit for stay in stays}.values())
    if not units:
        return {}
    doors = doors_by_unit(units)
    holders = staff_at(doors, between=(now - 2 * DAY, now + 2 * DAY)).at_units
    cleaners = {
        unit.pk: [one for one in holders.get(unit.pk, ()) if one.kind == StaffKind.CLEANER] for unit in units
    }
    openings = openings_by([one for found in cleaners.values() for one in found], since=now - 2 * DAY)
    return {
        unit.pk: tuple(_visits(unit, cleaners[unit.pk], list(own_doors(doors[unit.pk])), openings, now=now))
        for unit in units
    }


def _visits(
    unit: Unit, holders: Sequence[StaffAccess], doors: Sequence[int], openings: Openings, *, now: dt.datetime
) -> Iterator[Visit]:
    begins, ends = day_of(unit, now=now)
    for holder in holders:
        windows = windows_after(schedule_of(holder), after=begins)
        for window in takewhile(lambda one: one.starts_at < ends, windows):
            came = [
                at
                for door in doors
                for at in openings.get((holder.grant_id, door), ())
                if window.starts_at <= at and begins <= at and (window.ends_at is None or at < window.ends_at)
            ]
            yield Visit(holder, window, min(came, default=None))


def day_of(unit: Unit, *, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Today at this unit: from midnight to midnight, which a change of clocks makes an hour longer or shorter."""
    zone = unit.property.zone
    today = now.astimezone(zone).date()
    return midnight(today, zone), midnight(today + DAY, zone)


def openings_by(
    holders: Sequence[StaffAccess], *, since: dt.datetime
) -> dict[tuple[int | None, int], list[dt.datetime]]:
    """When doors were opened with the codes of these holders."""
    grants = [holder.grant_id for holder in holders if holder.grant_id is not None]
    found: dict[tuple[int | None, int], list[dt.datetime]] = {}
    if not grants:
        return found
    opened = Event.objects.filter(
        workspace=holders[0].workspace_id,
        type=EventType.LOCK_UNLOCKED,
        occurred_at__gte=since,
        access_code__grant__in=grants,
    )
    for grant, door, at in opened.values_list("access_code__grant", "device__door", "occurred_at"):
        found.setdefault((grant, door), []).append(at)
    return found
