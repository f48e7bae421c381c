"""Which windows offline codes can have, as today's package reads them (`offline_time_frame_options`). Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from locks.capabilities import Capabilities, OfflineKind, OfflineRule, UserLevel

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
_NAMES = {OfflineKind.HOURLY: "Hourly", OfflineKind.DAILY: "Daily", OfflineKind.ONE_TIME: "One-time"}


def offline_time_frames(capabilities: Capabilities, *, zone: str) -> list[dict[str, Any]]:
    """One option for each kind; doors with user levels offer those instead. A code that works once has no end of its
    own, and so no time frame."""
    rules = [rule for rule in capabilities.offline_rules if rule.kind in capabilities.offline_kinds]
    bounded = [rule for rule in rules if rule.longest is not None]
    if any(rule.by_user_level for rule in bounded):
        return _of_levels(capabilities, bounded, zone)
    return [_of_rule(rule) for rule in bounded]


def _of_rule(rule: OfflineRule) -> dict[str, Any]:
    option: dict[str, Any] = {"display_name": _NAMES[rule.kind], **_durations(rule)}
    if rule.same_time_of_day:
        option["matching_start_end_time"] = True
    return option


def _of_levels(capabilities: Capabilities, rules: list[OfflineRule], zone: str) -> list[dict[str, Any]]:
    levels = [level for level in capabilities.user_levels if level.is_for_guests]
    fixed = [_pair(level) for level in levels if not level.is_24_hour]
    durations = _durations(rules[0])
    options: list[dict[str, Any]] = []
    if any(level.is_24_hour for level in levels):
        options.append({"display_name": "Hourly", **durations})
    if fixed:
        pairs = {"time_pairs": fixed, "time_zone": zone or "UTC"}
        options.append({"display_name": "Fixed start times", **durations, **pairs})
    return options


def _pair(level: UserLevel) -> dict[str, str]:
    return {
        "display_name": level.name,
        "start_time": f"{level.check_in_time:%H:%M}",
        "end_time": f"{level.check_out_time:%H:%M}",
    }


def _durations(rule: OfflineRule) -> dict[str, str]:
    bounds = (("min_duration", rule.shortest), ("max_duration", rule.longest))
    return {name: _iso(length, rule) for name, length in bounds if length is not None}


def _iso(length: dt.timedelta, rule: OfflineRule) -> str:
    if rule.kind is OfflineKind.DAILY and length % DAY == dt.timedelta(0):
        return f"P{length // DAY}D"
    return f"PT{length // HOUR}H"
