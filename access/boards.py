"""What the board shows: arrivals and departures by each property's own day, what needs action first, counts.

Read-only, with a number of queries that does not grow with the rows. Called by access.views.board.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from access.feed_needs import feed_needs
from access.models import Event, Problem
from access.needs import Need, needs_of
from access.overview import StayAccess, access_of_stays
from access.stay_pages import stamp
from locks.models import Device
from properties.enums import StayKind, StayStatus
from properties.models import Stay, Workspace

DAY = dt.timedelta(days=1)
AROUND = 2 * DAY
BATTERY_LOW = 0.2
VERSION_STEP = 60


@dataclass(frozen=True, slots=True)
class BoardRow:
    stay: Stay
    access: StayAccess
    time: dt.time


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    rows: tuple[BoardRow, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    arrivals: int
    departures: int
    in_stay: int
    offline: int
    battery_low: int
    needs: int


@dataclass(frozen=True, slots=True)
class Board:
    arrivals: tuple[Day, Day]
    departures: tuple[Day, Day]
    needs: tuple[Need, ...]
    counts: Counts

    @property
    def tone(self) -> str:
        """The worst tone of what needs action."""
        tones = {need.tone for need in self.needs}
        if not tones:
            return "ok"
        return "warn" if tones == {"warn"} else "error"


def board_of(workspace: Workspace, *, now: dt.datetime) -> Board:
    stays = list(stays_around(workspace, now=now))
    access = access_of_stays(stays, now=now)
    arrivals, departures = arrivals_of(stays, access, now=now), departures_of(stays, access, now=now)
    needs = needs_of(workspace, stays, access, others=feed_needs(workspace, now=now), now=now)
    locks = Device.objects.in_workspace(workspace).aggregate(
        offline=Count("pk", filter=Q(online=False)), low=Count("pk", filter=Q(battery_level__lt=BATTERY_LOW))
    )
    counts = Counts(
        arrivals=len(arrivals[0].rows),
        departures=len(departures[0].rows),
        in_stay=open_stays(workspace).filter(starts_at__lte=now).filter(still_there(now)).count(),
        offline=locks["offline"],
        battery_low=locks["low"],
        needs=len(needs),
    )
    return Board(arrivals, departures, needs, counts)


def open_stays(workspace: Workspace) -> QuerySet[Stay]:
    return (
        Stay.objects.in_workspace(workspace).exclude(status=StayStatus.CANCELLED).exclude(kind=StayKind.BLOCK)
    )


def still_there(now: dt.datetime) -> Q:
    return Q(ends_at__gt=now) | Q(ends_at=None)


def stays_around(workspace: Workspace, *, now: dt.datetime) -> QuerySet[Stay]:
    near = (now - AROUND, now + AROUND + DAY)
    return (
        open_stays(workspace)
        .filter(Q(starts_at__range=near) | Q(ends_at__range=near))
        .select_related("unit__property", "guest")
        .order_by("starts_at", "pk")
    )


def arrivals_of(
    stays: Iterable[Stay], access: Mapping[int, StayAccess], *, now: dt.datetime
) -> tuple[Day, Day]:
    rows = [(stay.arrival_date, BoardRow(stay, access[stay.pk], check_in_of(stay))) for stay in stays]
    return by_day(rows, now=now)


def departures_of(
    stays: Iterable[Stay], access: Mapping[int, StayAccess], *, now: dt.datetime
) -> tuple[Day, Day]:
    rows = [
        (stay.departure_date, BoardRow(stay, access[stay.pk], check_out_of(stay)))
        for stay in stays
        if stay.departure_date is not None
    ]
    return by_day(rows, now=now)


def by_day(rows: Sequence[tuple[dt.date, BoardRow]], *, now: dt.datetime) -> tuple[Day, Day]:
    """Today and tomorrow, as the clock on the wall of each property has them."""

    def of(ahead: int) -> tuple[BoardRow, ...]:
        found = [
            row
            for date, row in rows
            if date == now.astimezone(row.stay.unit.property.zone).date() + dt.timedelta(days=ahead)
        ]
        return tuple(
            sorted(found, key=lambda row: (row.time, row.stay.unit.property.name, row.stay.unit.name))
        )

    return Day("Today", of(0)), Day("Tomorrow", of(1))


def check_in_of(stay: Stay) -> dt.time:
    return stay.override_check_in_time or stay.check_in_time or stay.unit.property.check_in_time


def check_out_of(stay: Stay) -> dt.time:
    return stay.override_check_out_time or stay.check_out_time or stay.unit.property.check_out_time


def board_version(workspace: Workspace, *, now: dt.datetime) -> str:
    """Changes with whatever the board shows, and once a minute, since time itself moves its rows."""
    near = (now - AROUND, now + AROUND + DAY)
    stays = (
        Stay.objects.filter(workspace=OuterRef("pk"))
        .filter(Q(starts_at__range=near) | Q(ends_at__range=near))
        .order_by()
        .values("workspace")
    )
    problems = (
        Problem.objects.filter(workspace=OuterRef("pk"), cleared_at=None).order_by().values("workspace")
    )
    row = (
        Workspace.objects.filter(pk=workspace.pk)
        .annotate(
            event=Subquery(latest_event(workspace=OuterRef("pk"))),
            stay=Subquery(stays.annotate(latest=Max("updated_at")).values("latest")),
            stays_near=Subquery(stays.annotate(number=Count("pk")).values("number")),
            problem=Subquery(problems.annotate(latest=Max("pk")).values("latest")),
            open_problems=Subquery(problems.annotate(number=Count("pk")).values("number")),
        )
        .values_list("event", "stay", "stays_near", "problem", "open_problems")
        .get()
    )
    return "-".join(stamp(part) for part in [*row, int(now.timestamp()) // VERSION_STEP])


def latest_event(**of: Any) -> QuerySet[Event, Any]:
    return Event.objects.filter(**of).order_by("-occurred_at", "-pk").values("pk")[:1]
