"""When a message is due and from when on it is too late (pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from access.enums import Anchor

HOUR: Final = dt.timedelta(hours=1)
# After an outage, what is later than this is left out: it would confuse more than it helps.
GRACE: Final[Mapping[str, dt.timedelta]] = {
    Anchor.CONFIRMATION: 24 * HOUR,
    Anchor.ARRIVAL: 6 * HOUR,
    Anchor.DEPARTURE: 3 * HOUR,
    Anchor.EVENT: 12 * HOUR,
}


@dataclass(frozen=True, slots=True)
class StayTimes:
    """`known_at`: when the stay was confirmed, last moved, or let go; nothing was due before."""

    confirmed_at: dt.datetime
    known_at: dt.datetime
    check_in: dt.datetime
    check_out: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    at: dt.datetime
    until: dt.datetime


def due_of(anchor: str, offset: dt.timedelta, times: StayTimes) -> Due | None:
    """None: never, as nothing is counted from an end that does not exist. A stay that was booked after the moment had
    come gets its message at once."""
    match anchor:
        case Anchor.CONFIRMATION:
            at = times.confirmed_at + max(offset, dt.timedelta(0))
        case Anchor.ARRIVAL:
            at = max(times.check_in + offset, times.known_at)
        case Anchor.DEPARTURE if times.check_out is not None:
            at = max(times.check_out + offset, times.known_at)
        case _:
            return None
    until = at + GRACE[anchor]
    if anchor == Anchor.ARRIVAL and offset < dt.timedelta(0):
        # Whoever is in the house needs no word of what comes before.
        until = min(until, times.check_in)
    if anchor != Anchor.DEPARTURE and times.check_out is not None:
        until = min(until, times.check_out)
    return Due(at, until)


def is_due(due: Due, *, active_since: dt.datetime, now: dt.datetime) -> bool:
    """What was due before the template was switched on is not sent."""
    return active_since <= due.at <= now < due.until


# After each try that surely failed; then it is given up, or earlier where the message would be too late.
RETRIES: Final = (HOUR / 60, HOUR / 12, HOUR / 4, HOUR, 3 * HOUR)


def next_try(attempts: int, *, now: dt.datetime, until: dt.datetime | None) -> dt.datetime | None:
    if attempts > len(RETRIES):
        return None
    at = now + RETRIES[attempts - 1]
    return None if until is not None and at >= until else at
