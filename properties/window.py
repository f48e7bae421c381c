"""From local dates and clock times to the moments between which a guest may open doors. Pure.

Called by properties.booking, which stores the result only to be searched. A stay is in its window when
`starts_at <= now < ends_at`.

The rule for the two odd hours of a year: a local time that does not exist moves forward by the gap; of a local time
that comes twice a start takes the first and an end the second, so that the guest is never shut out.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zoneinfo


class Edge(enum.Enum):
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Window:
    """`ends_at` None: without end (a lease)."""

    starts_at: dt.datetime
    ends_at: dt.datetime | None

    def contains(self, moment: dt.datetime) -> bool:
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the unit: its own times and buffers, else its property's. Buffers in minutes."""

    zone: zoneinfo.ZoneInfo
    check_in_time: dt.time
    check_out_time: dt.time
    buffer_before: int = 0
    buffer_after: int = 0


@dataclass(frozen=True, slots=True)
class StayTimes:
    """What the source says of one stay, and what a person has put above it."""

    arrival_date: dt.date
    departure_date: dt.date | None
    check_in_time: dt.time | None = None
    check_out_time: dt.time | None = None
    override_check_in_time: dt.time | None = None
    override_check_out_time: dt.time | None = None
    override_buffer_before: int | None = None
    override_buffer_after: int | None = None


def to_utc(local_date: dt.date, local_time: dt.time, zone: zoneinfo.ZoneInfo, *, edge: Edge) -> dt.datetime:
    local = dt.datetime.combine(local_date, local_time.replace(tzinfo=None, fold=0), tzinfo=zone)
    # In a gap, fold 0 reads the clock as it was before the change: the time moves forward by the gap.
    first = local.astimezone(dt.UTC)
    second = local.replace(fold=1).astimezone(dt.UTC)
    return max(first, second) if edge is Edge.END else first


def buffers(times: StayTimes, rules: Rules) -> tuple[dt.timedelta, dt.timedelta]:
    """Before check-in and after check-out; none at all (0) may be what a person wants for one stay."""
    before, after = times.override_buffer_before, times.override_buffer_after
    return (
        dt.timedelta(minutes=rules.buffer_before if before is None else before),
        dt.timedelta(minutes=rules.buffer_after if after is None else after),
    )


def agreed_moments(times: StayTimes, rules: Rules) -> Window:
    """Check-in and check-out themselves, buffers aside: by override, else as booked, else as usual."""
    check_in = times.override_check_in_time or times.check_in_time or rules.check_in_time
    check_out = times.override_check_out_time or times.check_out_time or rules.check_out_time
    start = to_utc(times.arrival_date, check_in, rules.zone, edge=Edge.START)
    if times.departure_date is None:
        return Window(start, None)
    return Window(start, to_utc(times.departure_date, check_out, rules.zone, edge=Edge.END))


def access_window(times: StayTimes, rules: Rules) -> Window:
    agreed = agreed_moments(times, rules)
    before, after = buffers(times, rules)
    return Window(agreed.starts_at - before, None if agreed.ends_at is None else agreed.ends_at + after)
