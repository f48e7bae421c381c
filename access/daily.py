"""Stays by each property's own day: who arrives, leaves or is there, as querysets and counts for the board.

A property's day is the one on its own wall; conditions on dates come with a range over the window's bounds, which are
indexed. Called by access.boards and access.readiness.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, TimeField
from django.db.models.functions import Coalesce

from properties.enums import StayKind, StayStatus
from properties.models import Property, Stay, Workspace

DAY: Final = dt.timedelta(days=1)
# A window may begin a day before its date by a buffer, and zones are up to fourteen hours apart.
MARGIN: Final = 3 * DAY


@dataclass(frozen=True, slots=True)
class Days:
    """Which date it is where: the names of zones by their date of today."""

    now: dt.datetime
    zones: Mapping[dt.date, tuple[str, ...]]

    def arriving(self, ahead: int = 0, *, days: int = 1) -> Q:
        """Stays that arrive on the day `ahead` days from today, or on one of so many `days` from it on."""
        return self._on("arrival_date", "starts_at", ahead, days)

    def leaving(self, ahead: int = 0) -> Q:
        return self._on("departure_date", "ends_at", ahead, 1)

    def _on(self, date_field: str, bound: str, ahead: int, days: int) -> Q:
        first = self.now + ahead * DAY
        near = Q(**{f"{bound}__range": (first - MARGIN, first + days * DAY + MARGIN)})
        on_day = Q(pk__in=[])
        for today, zones in self.zones.items():
            dates = [today + (ahead + more) * DAY for more in range(days)]
            on_day |= Q(**{f"{date_field}__in": dates, "unit__property__time_zone__in": zones})
        return near & on_day


def days_of(workspace: Workspace, *, now: dt.datetime) -> Days:
    zones: dict[dt.date, list[str]] = {}
    names = Property.objects.in_workspace(workspace).order_by().values_list("time_zone", flat=True).distinct()
    for name in sorted(names):
        zones.setdefault(now.astimezone(zoneinfo.ZoneInfo(name)).date(), []).append(name)
    return Days(now, {date: tuple(found) for date, found in zones.items()})


def open_stays(workspace: Workspace) -> QuerySet[Stay]:
    return (
        Stay.objects.in_workspace(workspace).exclude(status=StayStatus.CANCELLED).exclude(kind=StayKind.BLOCK)
    )


def is_there(now: dt.datetime) -> Q:
    return Q(starts_at__lte=now) & (Q(ends_at__gt=now) | Q(ends_at=None))


def arrivals(workspace: Workspace, days: Days, ahead: int) -> QuerySet[Stay, Any]:
    return by_time(open_stays(workspace).filter(days.arriving(ahead)), "check_in_time")


def departures(workspace: Workspace, days: Days, ahead: int) -> QuerySet[Stay, Any]:
    return by_time(open_stays(workspace).filter(days.leaving(ahead)), "check_out_time")


def turnovers(workspace: Workspace, days: Days) -> QuerySet[Stay, Any]:
    """Arrivals of today into units that somebody leaves today."""
    return arrivals(workspace, days, 0).filter(Exists(_leaving_same_unit(workspace, days)))


def in_stay(workspace: Workspace, *, now: dt.datetime) -> QuerySet[Stay, Any]:
    rows = open_stays(workspace).filter(is_there(now)).select_related("unit__property", "guest")
    return rows.order_by(F("ends_at").asc(nulls_last=True), "pk")


def leaving_from(workspace: Workspace, days: Days, units: Iterable[int]) -> dict[int, Stay]:
    """Who leaves these units today, by the unit's pk."""
    return {stay.unit_id: stay for stay in departures(workspace, days, 0).filter(unit_id__in=list(units))}


def by_time(rows: QuerySet[Stay], of: str) -> QuerySet[Stay, Any]:
    """In the order of the clock on the wall, and then of the places' names."""
    clock = Coalesce(f"override_{of}", of, f"unit__{of}", f"unit__property__{of}", output_field=TimeField())
    return (
        rows.annotate(clock=clock)
        .select_related("unit__property", "guest")
        .order_by("clock", "unit__property__name", "unit__name", "pk")
    )


def count_day(workspace: Workspace, days: Days) -> dict[str, int]:
    """How many arrive and leave today and tomorrow, turn over today, and are there now; one query."""
    turning = Q(Exists(_leaving_same_unit(workspace, days)))
    counted = {
        "arrivals": days.arriving(0),
        "arrivals-tomorrow": days.arriving(1),
        "departures": days.leaving(0),
        "departures-tomorrow": days.leaving(1),
        "turnovers": days.arriving(0) & turning,
        "in-stay": is_there(days.now),
    }
    return open_stays(workspace).aggregate(
        **{name: Count("pk", filter=which) for name, which in counted.items()}
    )


def _leaving_same_unit(workspace: Workspace, days: Days) -> QuerySet[Stay]:
    return open_stays(workspace).filter(days.leaving(0), unit=OuterRef("unit")).exclude(pk=OuterRef("pk"))
