"""Offline codes: which kind fits a window, how the window is rounded, how many begin in one slot. Pure.

An offline code is computed by the lock system from the lock's key and the window, and checked by the lock without any
connection. So the window must be one that the lock knows, in the lock's own local time: whole hours, days of the same
time of day, or a user level of its door. Each bound may be moved by at most `max_time_rounding`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from access.codes.shapes import CodeRefused, Refusal, Rounding
from access.codes.windows import LATEST_YEAR, Bounds, check_order
from locks.capabilities import Capabilities, OfflineKind, OfflineRule, UserLevel
from properties.window import Edge, to_utc
from properties.zones import zone_name

DAY = dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2000, 1, 1)  # noqa: DTZ001 -- local wall time, from which hours and days are counted


@dataclass(frozen=True, slots=True)
class OfflineWindow:
    """`ends_at` is when the code has run out; a code that works once has no end of its own."""

    kind: OfflineKind
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True)
class _Fit:
    window: OfflineWindow
    moved: dt.timedelta
    """The larger of the two moves."""
    total: dt.timedelta


def offline_window(
    bounds: Bounds,
    capabilities: Capabilities,
    *,
    one_time: bool,
    rounding: Rounding,
    zone: ZoneInfo,
    now: dt.datetime,
    outwards: bool = False,
) -> OfflineWindow:
    """Choose the kind and round the window; raise CodeRefused where nothing fits. `outwards`: to one that leaves
    nothing out, where there is any."""
    kinds = [kind for kind in OfflineKind if capabilities.offline_rule(kind) is not None]
    if not kinds:
        raise CodeRefused(
            Refusal.UNSUPPORTED_DEVICE, "This lock has no offline codes. Create an online code.", "is_offline"
        )
    if one_time:
        return _one_time(bounds, capabilities.offline_rule(OfflineKind.ONE_TIME), zone=zone, now=now)
    starts_at, ends_at = _both(bounds, now=now)
    rules = [rule for kind in kinds if (rule := capabilities.offline_rule(kind)) and rule.valid_for is None]
    fits = list(_fits(rules, capabilities.user_levels, max(starts_at, now), ends_at, zone))
    if not fits:
        raise _nothing_fits(rules, ends_at - starts_at)
    allowed = [fit for fit in fits if fit.moved <= rounding.most and fit.window.ends_at > now]
    if not allowed:
        raise _too_much_rounding(rules, min(fits, key=_least_moved), zone)
    whole = [fit for fit in allowed if _covers(fit.window, max(starts_at, now), ends_at)] if outwards else []
    return min(whole or allowed, key=_least_moved).window


def _covers(window: OfflineWindow, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    return window.starts_at <= starts_at and window.ends_at >= ends_at


def _least_moved(fit: _Fit) -> tuple[dt.timedelta, dt.datetime]:
    return fit.total, fit.window.starts_at


def _one_time(bounds: Bounds, rule: OfflineRule | None, *, zone: ZoneInfo, now: dt.datetime) -> OfflineWindow:
    if rule is None or rule.valid_for is None:
        raise CodeRefused(
            Refusal.UNSUPPORTED_DEVICE, "This lock has no codes that work once.", "is_one_time_use"
        )
    if bounds.starts_at is None:
        raise CodeRefused(Refusal.INVALID, "Say from when the code works once.", "starts_at")
    if bounds.ends_at is not None:
        hours = round(rule.valid_for / dt.timedelta(hours=1))
        raise CodeRefused(
            Refusal.INVALID,
            f"A code that works once is valid for {hours} hours from its start. Leave the end empty.",
            "ends_at",
        )
    if bounds.starts_at.year > LATEST_YEAR:
        raise CodeRefused(Refusal.INVALID, "The start is too far away.", "starts_at")
    start = _floored(max(bounds.starts_at, now), rule.grain, zone)
    return OfflineWindow(rule.kind, start, start + rule.valid_for)


def _both(bounds: Bounds, *, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    starts_at, ends_at = bounds.starts_at, bounds.ends_at
    if starts_at is None or ends_at is None:
        missing = "starts_at" if starts_at is None else "ends_at"
        raise CodeRefused(Refusal.INVALID, "An offline code needs both a start and an end.", missing)
    check_order(starts_at, ends_at, now=now)
    return starts_at, ends_at


def _fits(
    rules: Iterable[OfflineRule],
    levels: Iterable[UserLevel],
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    zone: ZoneInfo,
) -> Iterator[_Fit]:
    """Yield every window of every kind that lies as near as it can to the one that was asked for."""
    levels = [level for level in levels if level.is_for_guests]
    for rule in rules:
        if rule.by_user_level:
            pairs = [pair for level in levels for pair in _by_level(level, rule, starts_at, ends_at, zone)]
        else:
            pairs = [_by_rule(rule, starts_at, ends_at, zone)]
        for start, end in pairs:
            if _is_long_enough(rule, start, end, zone):
                first, last = abs(start - starts_at), abs(end - ends_at)
                yield _Fit(OfflineWindow(rule.kind, start, end), max(first, last), first + last)


def _by_rule(
    rule: OfflineRule, starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo
) -> tuple[dt.datetime, dt.datetime]:
    """Round outwards, as everywhere: nobody is shut out by rounding."""
    start = _floored(starts_at, rule.grain, zone)
    # Whole hours from the start, also where the clocks change by half an hour.
    end = start - (start - ends_at) // rule.grain * rule.grain
    if rule.same_time_of_day:
        end = _next_time_of_day(ends_at, start, zone)
        shortest = rule.shortest or DAY
        end = max(end, _days_later(start, shortest, zone))
    return start, end


def _by_level(
    level: UserLevel, rule: OfflineRule, starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo
) -> list[tuple[dt.datetime, dt.datetime]]:
    """A level that opens at any hour makes hourly codes, one from day to day makes daily ones."""
    if level.is_24_hour != (rule.kind is OfflineKind.HOURLY):
        return []
    if level.is_24_hour:
        return [(_floored(starts_at, rule.grain, zone), _ceiled(ends_at, rule.grain, zone))]
    start = _nearest(starts_at, level.check_in_time, zone, Edge.START)
    end = _nearest(ends_at, level.check_out_time, zone, Edge.END)
    return [(start, end)] if end > start else []


def _nearest(at: dt.datetime, time: dt.time, zone: ZoneInfo, edge: Edge) -> dt.datetime:
    today = at.astimezone(zone).date()
    moments = (to_utc(today + days * DAY, time, zone, edge=edge) for days in (-1, 0, 1))
    return min(moments, key=lambda moment: (abs(moment - at), moment))


def _next_time_of_day(at: dt.datetime, start: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    today, time = at.astimezone(zone).date(), start.astimezone(zone).time()
    moments = (to_utc(today + days * DAY, time, zone, edge=Edge.END) for days in (0, 1))
    return next(moment for moment in moments if moment >= at)


def _days_later(start: dt.datetime, span: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    local = start.astimezone(zone)
    return to_utc(local.date() + span, local.time(), zone, edge=Edge.END)


def _is_long_enough(rule: OfflineRule, start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> bool:
    """Days are counted by the lock's clock, so that a change of its clocks makes none too short."""
    length = _wall(end, zone) - _wall(start, zone) if rule.same_time_of_day else end - start
    longest = rule.longest
    return length >= (rule.shortest or dt.timedelta(0)) and (longest is None or length <= longest)


def slot_of(starts_at: dt.datetime, rule: OfflineRule, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments between which codes count together: an hour or a day of the lock's zone."""
    wall = _wall(starts_at, zone)
    first = wall - (wall - MIDNIGHT) % rule.slot
    last = first + rule.slot
    return (
        to_utc(first.date(), first.time(), zone, edge=Edge.START),
        to_utc(last.date(), last.time(), zone, edge=Edge.START),
    )


def _wall(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _floored(at: dt.datetime, grain: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    return at - (_wall(at, zone) - MIDNIGHT) % grain


def _ceiled(at: dt.datetime, grain: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    return at + (MIDNIGHT - _wall(at, zone)) % grain


def _nothing_fits(rules: Iterable[OfflineRule], length: dt.timedelta) -> CodeRefused:
    rules = list(rules)
    if all(rule.by_user_level for rule in rules):
        return CodeRefused(
            Refusal.NO_USER_LEVEL,
            "No user level of this door fits the window. Choose times that the door's owner has set up.",
            "starts_at",
        )
    spans = "; ".join(_spoken(rule) for rule in rules)
    return CodeRefused(
        Refusal.INVALID, f"This lock has offline codes of these lengths only: {spans}.", "ends_at"
    )


def _spoken(rule: OfflineRule) -> str:
    unit, name = (DAY, "days") if rule.same_time_of_day else (dt.timedelta(hours=1), "hours")
    shortest, longest = (rule.shortest or unit) // unit, rule.longest
    upto = f" to {longest // unit}" if longest is not None else " or more"
    same = ", ending at the time of day at which they begin" if rule.same_time_of_day else ""
    return f"{shortest}{upto} {name}{same}"


def _too_much_rounding(rules: Iterable[OfflineRule], nearest: _Fit, zone: ZoneInfo) -> CodeRefused:
    by_level = all(rule.by_user_level for rule in rules)
    window = nearest.window
    told = f"{_told(window.starts_at, zone)} to {_told(window.ends_at, zone)}"
    allow = ", or allow rounding by one day" if nearest.moved <= DAY else ""
    return CodeRefused(
        Refusal.NO_USER_LEVEL if by_level else Refusal.INVALID,
        f"The nearest window that this lock can keep is {told}: further away than the times may be rounded. "
        f"Ask for that one{allow}.",
        "max_time_rounding",
    )


def _told(at: dt.datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%-d %b %Y, %H:%M} {zone_name(local)}"
