"""What needs action first: one row for each cause, in words, sorted by the time left to the arrival it endangers.

Causes are the open problems, doors in a bad state for which none is open yet, calendars that cannot be read and
events that wait for a person. Called by access.boards; the number of queries does not grow with the rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Min
from django.urls import reverse

from access.enums import CodeState, ProblemKind
from access.models import AccessCode, Problem
from access.overview import StayAccess
from locks.models import Account, Device
from properties.enums import Decision
from properties.models import CalendarFeed, FeedEvent, Stay, Workspace

NEEDS_SHOWN = 50
FEED_FAILURES = 3
BAD_STATES: Mapping[CodeState, str] = {
    CodeState.FAILED: "error",
    CodeState.REMOVE_FAILED: "error",
    CodeState.UNKNOWN: "unknown",
    CodeState.CHANGED_OUTSIDE: "warn",
    CodeState.DELAYED: "warn",
}


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
        need for stay in stays for need in door_needs(stay, access[stay.pk], now=now) if need.url not in told
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
    return Need(
        title=account.name if account else "Keyturn", cause=cause, tone=tone, url=reverse("device-list")
    )


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
    return needs + [failing_need(feed) for feed in failing]


def failing_need(feed: CalendarFeed) -> Need:
    return Need(
        title=str(feed),
        cause=f"This calendar could not be read {feed.failures} times in a row; new bookings do not arrive.",
        tone="error",
        url=reverse("feed-detail", args=[feed.public_id]),
        place=f"{feed.unit.property.name} · {feed.unit.name}",
        rank=1,
    )
