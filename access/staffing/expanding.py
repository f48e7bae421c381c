"""From a schedule to the moments between which its holder may open doors. Pure.

A window belongs to the day on which it begins, also where it ends on the next one (F89). Clocks that change are read
as for stays (properties.window): a skipped time moves forward, of a doubled one a start takes the first and an end the
second. Windows that meet or overlap are one, so that nobody is shut out between two of them; nor for the one minute
that 00:00 to 23:59 leaves, which is too short to take a code off a lock and put it back.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from access.staffing.rules import begin_days
from properties.window import Edge, Window, to_utc

DAY: Final = dt.timedelta(days=1)
# Windows that join up for longer than this are told as one without an end, until its end comes nearer.
ENDLESS_AFTER: Final = dt.timedelta(days=366)
MEETING: Final = dt.timedelta(minutes=1)
# No window is longer than a day, so earlier days than these cannot reach into the present, unless all of them meet.
LOOK_BACK: Final = 3 * DAY


@dataclass(frozen=True, slots=True)
class Schedule:
    """`rule` empty: around the clock. Both days are included; `start_time` = `end_time`: for 24 hours."""

    zone: zoneinfo.ZoneInfo
    first_day: dt.date
    last_day: dt.date | None = None
    rule: str = ""
    start_time: dt.time | None = None
    end_time: dt.time | None = None
    exceptions: frozenset[dt.date] = frozenset()


@dataclass(frozen=True, slots=True)
class Outlook:
    """The windows that count now, and when to look again; None: no further window will ever come."""

    windows: tuple[Window, ...]
    look_again_at: dt.datetime | None


def windows_after(schedule: Schedule, *, after: dt.datetime) -> Iterator[Window]:
    """Yield the windows that end after this moment, in order and apart from each other."""
    if not schedule.rule:
        return iter(
            [one for one in [_around_the_clock(schedule)] if one.ends_at is None or one.ends_at > after]
        )
    merged = _merged(_single_windows(schedule, after=after), after=after)
    return (one for one in merged if one.ends_at is None or one.ends_at > after)


def look_ahead(schedule: Schedule, *, now: dt.datetime, horizon: dt.timedelta) -> Outlook:
    """Return all windows that begin within the horizon, and the next one where none does."""
    found: list[Window] = []
    following = None
    for window in windows_after(schedule, after=now):
        if found and window.starts_at > now + horizon:
            following = window
            break
        found.append(window)
    if not found:
        return Outlook((), None)
    last_end = found[-1].ends_at
    if last_end is None:
        return Outlook(tuple(found), now + ENDLESS_AFTER / 2 if schedule.rule else None)
    if following is None:
        return Outlook(tuple(found), None)
    return Outlook(tuple(found), min(last_end, max(now, following.starts_at - horizon)))


def next_windows(schedule: Schedule, *, after: dt.datetime, number: int) -> list[Window]:
    return list(islice(windows_after(schedule, after=after), number))


def _around_the_clock(schedule: Schedule) -> Window:
    start = to_utc(schedule.first_day, schedule.start_time or dt.time(), schedule.zone, edge=Edge.START)
    if schedule.last_day is None:
        return Window(start, None)
    if schedule.end_time is not None:
        return Window(start, to_utc(schedule.last_day, schedule.end_time, schedule.zone, edge=Edge.END))
    return Window(start, to_utc(schedule.last_day + DAY, dt.time(), schedule.zone, edge=Edge.END))


def _single_windows(schedule: Schedule, *, after: dt.datetime) -> Iterator[Window]:
    assert schedule.start_time is not None  # noqa: S101 -- a rule has times (check constraint)
    assert schedule.end_time is not None  # noqa: S101 -- as above
    start_time, end_time = schedule.start_time, schedule.end_time
    length = DAY if end_time <= start_time else dt.timedelta(0)
    joins_up = _apart(end_time, start_time) <= MEETING
    relevant_from = after.astimezone(schedule.zone).date() - LOOK_BACK
    for day in begin_days(schedule.rule, first_day=schedule.first_day, last_day=schedule.last_day):
        if day in schedule.exceptions or (day < relevant_from and not joins_up):
            continue
        starts_at = to_utc(day, start_time, schedule.zone, edge=Edge.START)
        ends_at = to_utc(day + length, end_time, schedule.zone, edge=Edge.END)
        if ends_at > starts_at:  # nothing is left of one that lies in the hour that the clocks skip
            yield Window(starts_at, ends_at)


def _apart(end_time: dt.time, start_time: dt.time) -> dt.timedelta:
    """How long after one day's end the next start comes round."""
    day = dt.date(2000, 1, 1)
    return (dt.datetime.combine(day, start_time) - dt.datetime.combine(day, end_time)) % DAY


def _merged(windows: Iterable[Window], *, after: dt.datetime) -> Iterator[Window]:
    starts_at: dt.datetime | None = None
    ends_at = after
    for window in windows:
        if window.ends_at is None:
            continue
        if starts_at is not None and window.starts_at - ends_at <= MEETING:
            ends_at = max(ends_at, window.ends_at)
        else:
            if starts_at is not None:
                yield Window(starts_at, ends_at)
            starts_at, ends_at = window.starts_at, window.ends_at
        if ends_at > max(after, starts_at) + ENDLESS_AFTER:
            yield Window(starts_at, None)
            return
    if starts_at is not None:
        yield Window(starts_at, ends_at)
