"""What the board shows: arrivals and departures by each property's own day, what needs action first, counts.

Read-only, with a number of queries that does not grow with the rows. Called by access.views.board.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from access.enums import CodeState, ProblemKind
from access.models import AccessCode, Event, Problem
from access.overview import StayAccess, access_of_stays
from locks.models import Account, Device
from properties.enums import Decision, StayKind, StayStatus
from properties.models import CalendarFeed, FeedEvent, Stay, Workspace

DAY = dt.timedelta(days=1)
AROUND = 2 * DAY
BATTERY_LOW = 0.2
NEEDS_SHOWN = 50
FEED_FAILURES = 3
VERSION_STEP = 60
BAD_STATES: Mapping[CodeState, str] = {
    CodeState.FAILED: "error",
    CodeState.REMOVE_FAILED: "error",
    CodeState.UNKNOWN: "unknown",
    CodeState.CHANGED_OUTSIDE: "warn",
    CodeState.DELAYED: "warn",
}


@dataclass(frozen=True, slots=True)
class BoardRow:
    stay: Stay
    access: StayAccess
    time: dt.time


@dataclass(frozen=True, slots=True)
class Need:
    """One cause that a person should look at; `when` is the arrival it endangers, None where there is none."""

    title: str
    cause: str
    tone: str
    url: str
    when: dt.datetime | None = None
    place: str = ""
    zone: str = "UTC"
    running: bool = False
    rank: int = 0


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
    zones: tuple[str, ...] = field(default=())


def board_of(workspace: Workspace, *, now: dt.datetime) -> Board:
    stays = list(stays_around(workspace, now=now))
    access = access_of_stays(stays, now=now)
    arrivals, departures = arrivals_of(stays, access, now=now), departures_of(stays, access, now=now)
    needs = needs_of(workspace, stays, access, now=now)
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
    zones = sorted({stay.unit.property.time_zone for stay in stays})
    return Board(arrivals, departures, needs, counts, tuple(zones))


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
        return tuple(sorted(found, key=lambda row: (row.time, row.stay.unit.property.name, row.stay.unit.name)))

    return Day("Today", of(0)), Day("Tomorrow", of(1))


def check_in_of(stay: Stay) -> dt.time:
    return stay.override_check_in_time or stay.check_in_time or stay.unit.property.check_in_time


def check_out_of(stay: Stay) -> dt.time:
    return stay.override_check_out_time or stay.check_out_time or stay.unit.property.check_out_time


def needs_of(
    workspace: Workspace, stays: Sequence[Stay], access: Mapping[int, StayAccess], *, now: dt.datetime
) -> tuple[Need, ...]:
    problems = list(
        Problem.objects.in_workspace(workspace)
        .filter(cleared_at=None)
        .select_related(
            "stay__unit__property",
            "stay__guest",
            "device__door__property",
            "account",
            "access_code__device__door__property",
            "access_code__grant__stay__unit__property",
            "access_code__grant__stay__guest",
        )
        .order_by("raised_at")[: NEEDS_SHOWN * 2]
    )
    next_at = next_arrivals([problem.device_id for problem in problems if problem.device_id], now=now)
    needs = [need_of(problem, next_at, now=now) for problem in problems]
    told = {need.url for need in needs}
    needs += [
        need
        for stay in stays
        for need in door_needs(stay, access[stay.pk], now=now)
        if need.url not in told
    ]
    needs += feed_needs(workspace)
    return tuple(sorted(needs, key=lambda need: urgency(need, now=now))[:NEEDS_SHOWN])


def urgency(need: Need, *, now: dt.datetime) -> tuple[int, float]:
    """Guests before their door first, then by time left to arrival, then what endangers nobody yet."""
    if need.running:
        return (0, 0)
    if need.when is not None and need.when >= now:
        return (1, need.when.timestamp())
    return (2 + need.rank, 0)


def next_arrivals(device_ids: Sequence[int], *, now: dt.datetime) -> dict[int, dt.datetime]:
    rows = (
        AccessCode.objects.filter(device_id__in=device_ids, revoked_at=None, ended_at=None, starts_at__gt=now)
        .values("device_id")
        .annotate(next_at=Min("starts_at"))
    )
    return {row["device_id"]: row["next_at"] for row in rows}


def need_of(problem: Problem, next_at: Mapping[int, dt.datetime], *, now: dt.datetime) -> Need:
    tone = "error" if problem.kind == ProblemKind.ERROR else "warn"
    code = problem.access_code
    stay = problem.stay or (code.grant.stay if code is not None and code.grant is not None else None)
    if stay is not None:
        cause = f"{door_label(code.device)}: {problem.message}" if code is not None else problem.message
        return stay_need(stay, cause=cause, tone=tone, now=now)
    device = problem.device or (code.device if code is not None else None)
    if device is not None:
        return Need(
            title=door_label(device),
            cause=problem.message,
            tone=tone,
            url=reverse("device-detail", args=[device.public_id]),
            when=next_at.get(device.pk),
            place=device.door.property.name if hasattr(device, "door") else "",
            zone=device.door.property.time_zone if hasattr(device, "door") else "UTC",
            rank=0 if tone == "error" else 1,
        )
    return account_need(problem.account, cause=problem.message, tone=tone)


def account_need(account: Account | None, *, cause: str, tone: str) -> Need:
    return Need(title=account.name if account else "Keyturn", cause=cause, tone=tone, url=reverse("device-list"))


def stay_need(stay: Stay, *, cause: str, tone: str, now: dt.datetime) -> Need:
    place = stay.unit.property
    return Need(
        title=stay.guest_name,
        cause=cause,
        tone=tone,
        url=reverse("stay-detail", args=[stay.public_id]),
        when=stay.starts_at,
        place=f"{place.name} · {stay.unit.name}",
        zone=place.time_zone,
        running=stay.starts_at <= now and (stay.ends_at is None or stay.ends_at > now),
    )


def door_label(device: Device) -> str:
    return device.door.name if hasattr(device, "door") else device.name


def door_needs(stay: Stay, access: StayAccess, *, now: dt.datetime) -> list[Need]:
    """Doors in a bad state for which no problem is open (yet)."""
    return [
        stay_need(stay, cause=f"{door.door_name}: {door.reason}", tone=BAD_STATES[door.state], now=now)
        for door in access.doors
        if door.state in BAD_STATES
    ]


def feed_needs(workspace: Workspace) -> list[Need]:
    waiting = (
        FeedEvent.objects.in_workspace(workspace).filter(decision=Decision.PENDING, retired_at=None).count()
    )
    needs = []
    if waiting:
        events = "event waits" if waiting == 1 else "events wait"
        needs.append(
            Need(
                title=f"{waiting} calendar {events} for your word",
                cause="Stay or block? Until you say, it gets no code.",
                tone="warn",
                url=reverse("feed-list") + "#inbox",
                rank=2,
            )
        )
    failing = (
        CalendarFeed.objects.in_workspace(workspace)
        .filter(is_active=True, failures__gte=FEED_FAILURES)
        .select_related("unit__property")
        .order_by("pk")[:NEEDS_SHOWN]
    )
    for feed in failing:
        needs.append(
            Need(
                title=str(feed),
                cause=f"This calendar could not be read {feed.failures} times in a row; new bookings do not arrive.",
                tone="error",
                url=reverse("feed-detail", args=[feed.public_id]),
                place=f"{feed.unit.property.name} · {feed.unit.name}",
                rank=1,
            )
        )
    return needs


def board_version(workspace: Workspace, *, now: dt.datetime) -> str:
    """Changes with whatever the board shows, and once a minute, since time itself moves its rows."""
    near = (now - AROUND, now + AROUND + DAY)
    stays = (
        Stay.objects.filter(workspace=OuterRef("pk"))
        .filter(Q(starts_at__range=near) | Q(ends_at__range=near))
        .order_by()
        .values("workspace")
    )
    problems = Problem.objects.filter(workspace=OuterRef("pk"), cleared_at=None).order_by().values("workspace")
    row = (
        Workspace.objects.filter(pk=workspace.pk)
        .annotate(
            event=Subquery(latest_event(workspace=OuterRef("pk"))),
            stay=Subquery(stays.annotate(latest=Max("updated_at")).values("latest")),
            problem=Subquery(problems.annotate(latest=Max("pk")).values("latest")),
            problems=Subquery(problems.annotate(number=Count("pk")).values("number")),
        )
        .values_list("event", "stay", "problem", "problems")
        .get()
    )
    stay = f"{row[1].timestamp():.6f}" if row[1] else "0"
    return f"{row[0] or 0}-{stay}-{row[2] or 0}-{row[3] or 0}-{int(now.timestamp()) // VERSION_STEP}"


def latest_event(**of: Any) -> QuerySet[Event, dict[str, Any]]:
    return Event.objects.filter(**of).order_by("-occurred_at").values("pk")[:1]
