"""Readiness: who arrives in the next seven days, and how each of their doors stands. Called by access.views.readiness.

A number of queries that does not grow with the rows; as many stays are loaded as one page shows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db.models import QuerySet

from access import daily
from access.board_lists import check_in_of
from access.overview import StayAccess, access_of_stays
from access.status import STATE_TEXT
from properties.models import Stay, Workspace

DAYS: Final = 7
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
