"""Readiness: who arrives in the next seven days, and how each of their doors stands. Called by access.views.outlook.

A number of queries that does not grow with the rows; as many stays are loaded as one page shows. Those that are not
ready are found by conditions that the database can tell, and then judged like all others.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet

from access import daily
from access.board_lists import check_in_of
from access.doubts import is_in_doubt, is_unseen
from access.models import AccessCode
from access.overview import StayAccess, access_of_stays
from access.status import STATE_TEXT
from properties.models import Stay, Workspace

DAYS: Final = 7
TROUBLED: Final = frozenset({"error", "unknown", "warn"})
# What a tone means here, in the order in which it is told.
TONE_WORDS: Final = {
    "error": "not ready",
    "unknown": "not known",
    "warn": "to be watched",
    "pending": "being programmed",
    "idle": "later",
    "ok": "ready",
}


@dataclass(frozen=True, slots=True)
class Arrival:
    stay: Stay
    time: dt.time
    access: StayAccess


@dataclass(frozen=True, slots=True)
class ArrivalDay:
    date: dt.date
    arrivals: tuple[Arrival, ...]


def coming(workspace: Workspace, *, now: dt.datetime) -> QuerySet[Stay, Any]:
    """Who arrives from today on, by each property's own day."""
    days = daily.days_of(workspace, now=now)
    rows = daily.open_stays(workspace).filter(days.arriving(0, days=DAYS))
    by_time = daily.by_time(rows, "check_in_time")
    return by_time.order_by("arrival_date", *by_time.query.order_by)


def unready(workspace: Workspace, *, now: dt.datetime) -> QuerySet[Stay, Any]:
    """Of those, all whose doors may be in trouble, or who have no code at all; some may turn out to be well."""
    codes = AccessCode.objects.filter(grant__stay=OuterRef("pk"))
    in_doubt = codes.filter(is_in_doubt(now=now) | is_unseen(now=now))
    live = codes.filter(revoked_at=None, ended_at=None)
    return coming(workspace, now=now).filter(Exists(in_doubt) | ~Exists(live))


def is_ready(arrival: Arrival) -> bool:
    doors = arrival.access.doors
    return bool(doors) and not any(STATE_TEXT[door.state].tone in TROUBLED for door in doors)


def only_unready(days: Sequence[ArrivalDay]) -> tuple[ArrivalDay, ...]:
    left = (ArrivalDay(day.date, tuple(one for one in day.arrivals if not is_ready(one))) for day in days)
    return tuple(day for day in left if day.arrivals)


def days_of(stays: Sequence[Stay], *, now: dt.datetime) -> tuple[ArrivalDay, ...]:
    """`stays` in the order of their arrival."""
    access = access_of_stays(stays, now=now)
    return tuple(
        ArrivalDay(date, tuple(Arrival(stay, check_in_of(stay), access[stay.pk]) for stay in rows))
        for date, rows in groupby(stays, key=lambda stay: stay.arrival_date)
    )


def tally(days: Sequence[ArrivalDay]) -> list[tuple[str, int, str]]:
    """How many of the doors shown are in which way: tone, number, words."""
    tones = Counter(
        STATE_TEXT[door.state].tone for day in days for one in day.arrivals for door in one.access.doors
    )
    return [(tone, tones[tone], words) for tone, words in TONE_WORDS.items() if tones[tone]]
