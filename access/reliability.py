"""Reliability: how long locks take to confirm what was sent to them, and how often they do; from our own events.

`measure` asks, `summarize` counts (pure). A code counts once, by the first word of its lock: confirmed, or failed and
never confirmed since. The time is that of the command which was confirmed: what it had to wait for before it was sent,
because the stay was far away or the lock offline, is not the lock's doing. Called by access.views.reliability.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from access.enums import EventType
from access.models import Event
from locks.brands import brand_of
from properties.models import Workspace

PERIOD: Final = dt.timedelta(days=30)
CONFIRMED: Final = (EventType.CODE_SCHEDULED, EventType.CODE_SET)
FAILED: Final = EventType.CODE_FAILED_SETTING
# With fewer codes than these a share, or the slowest in twenty, would only pretend to be one.
ENOUGH: Final = 20
SOME: Final = 5
BUCKETS: Final = (
    (2.0, "under 2 s"),
    (5.0, "2 to 5 s"),
    (15.0, "5 to 15 s"),
    (60.0, "15 to 60 s"),
    (300.0, "1 to 5 min"),
    (1800.0, "5 to 30 min"),
    (float("inf"), "longer"),
)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What became of one code. `seconds`: from the command to the lock's word, None where it failed or was not sent."""

    brand: str
    confirmed: bool
    seconds: float | None = None
    commands: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of one brand, or of all. Shares and quantiles are None where there are too few codes to say."""

    name: str
    codes: int
    confirmed: int
    success: float | None
    first_try: float | None
    median: float | None
    p95: float | None
    buckets: tuple[Bucket, ...]

    @property
    def is_thin(self) -> bool:
        return self.codes < ENOUGH


def measure(workspace: Workspace, *, now: dt.datetime) -> list[Confirmation]:
    events = (
        Event.objects.in_workspace(workspace)
        .filter(type__in=(*CONFIRMED, FAILED), occurred_at__gt=now - PERIOD, access_code__isnull=False)
        .order_by("occurred_at", "pk")
        .values_list(
            "access_code_id", "type", "occurred_at", "data__sent_at", "data__commands", "device__brand"
        )
    )
    found: dict[int, Confirmation] = {}
    for code, kind, at, sent_at, commands, brand in events.iterator(chunk_size=2000):
        known = found.get(code)
        if known is not None and known.confirmed:
            continue
        if kind == FAILED:
            found[code] = Confirmation(brand, confirmed=False)
        else:
            found[code] = Confirmation(
                brand, confirmed=True, seconds=_seconds(sent_at, at), commands=commands or 0
            )
    return list(found.values())


def _seconds(sent_at: str | None, at: dt.datetime) -> float | None:
    return None if not sent_at else max(0.0, (at - dt.datetime.fromisoformat(sent_at)).total_seconds())


def by_brand(confirmations: Iterable[Confirmation]) -> list[Reliability]:
    """Most codes first."""
    brands: dict[str, list[Confirmation]] = defaultdict(list)
    for one in confirmations:
        brands[one.brand].append(one)
    found = [summarize(brand_of(brand).display_name, rows) for brand, rows in brands.items()]
    return sorted(found, key=lambda one: (-one.codes, one.name))


def summarize(name: str, rows: Sequence[Confirmation]) -> Reliability:
    """Pure."""
    confirmed = [row for row in rows if row.confirmed]
    seconds = sorted(row.seconds for row in confirmed if row.seconds is not None)
    tried = [row for row in confirmed if row.commands]
    return Reliability(
        name=name,
        codes=len(rows),
        confirmed=len(confirmed),
        success=len(confirmed) / len(rows) if len(rows) >= SOME else None,
        first_try=sum(row.commands == 1 for row in tried) / len(tried) if len(tried) >= SOME else None,
        median=quantile(seconds, 0.5) if len(seconds) >= SOME else None,
        p95=quantile(seconds, 0.95) if len(seconds) >= ENOUGH else None,
        buckets=buckets_of(seconds),
    )


def quantile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that at least this part of them does not exceed."""
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)]


def buckets_of(seconds: Sequence[float]) -> tuple[Bucket, ...]:
    found, below = [], 0.0
    for limit, label in BUCKETS:
        found.append(Bucket(label, sum(below <= one < limit for one in seconds)))
        below = limit
    return tuple(found)
