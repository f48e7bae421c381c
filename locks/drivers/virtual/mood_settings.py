"""Read a mood's settings as a person or a test gives them. Pure; raises MoodError with a sentence."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from locks.drivers.base import RejectReason
from locks.drivers.virtual.actions import Call
from locks.drivers.virtual.conditions import ACCOUNT_CONDITIONS, DEVICE_CONDITIONS
from locks.drivers.virtual.mood_rules import Mood, MoodSettings

LONGEST_DELAY = 600.0
MAX_CALLS = 1000
LONGEST_DRIFT = 86_400.0
LONGEST_LIFE = 3650.0

MemberT = TypeVar("MemberT", bound=enum.StrEnum)


class MoodError(ValueError):
    """A mood's settings make no sense; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class _Takes:
    """Which settings a mood has, and their defaults where they differ."""

    names: frozenset[str]
    seconds: float = 0.0
    condition: str = ""


_COUNTED = _Takes(frozenset({"calls"}))
_TAKES: Mapping[Mood, _Takes] = {
    Mood.SLOW: _Takes(frozenset({"calls", "seconds"}), seconds=3.0),
    Mood.REJECTING: _Takes(frozenset({"calls", "reason", "only"})),
    Mood.STALE_READS: _Takes(frozenset()),
    Mood.EVENTUALLY_CONSISTENT: _Takes(frozenset({"seconds"}), seconds=60.0),
    Mood.DRIFTING_CLOCK: _Takes(frozenset({"seconds"}), seconds=300.0),
    Mood.DRAINING: _Takes(frozenset({"days"})),
    Mood.REMOVED: _Takes(frozenset()),
    Mood.CONDITION: _Takes(frozenset({"condition"}), condition="third_party_integration_detected"),
    Mood.ACCOUNT_CONDITION: _Takes(frozenset({"condition"}), condition="scheduled_maintenance_window"),
}
_KNOWN = {Mood.CONDITION: DEVICE_CONDITIONS, Mood.ACCOUNT_CONDITION: ACCOUNT_CONDITIONS}
BATTERY_LIFE = 180.0  # days


def settings_of(mood: Mood) -> frozenset[str]:
    """Return the names of the settings that a mood takes, for forms."""
    return _TAKES.get(mood, _COUNTED).names


def parse_mood(mood: Mood | str, settings: Mapping[str, Any]) -> tuple[Mood, MoodSettings]:
    mood = mood_named(mood)
    takes = _TAKES.get(mood, _COUNTED)
    given = {name: value for name, value in settings.items() if value is not None and value != ""}
    unknown = sorted(given.keys() - takes.names)
    if unknown:
        raise MoodError(f"The mood “{mood}” has no setting “{unknown[0]}”.")
    return mood, MoodSettings(
        calls=_calls(given.get("calls")),
        seconds=_seconds(mood, given.get("seconds", takes.seconds)),
        reason=_member(RejectReason, given.get("reason", RejectReason.BUSY)),
        only=_member(Call, given["only"]) if "only" in given else None,
        conditions=_condition(mood, given.get("condition", takes.condition)),
        days=_days(given.get("days", BATTERY_LIFE)) if "days" in takes.names else 0.0,
    )


def mood_named(name: Mood | str) -> Mood:
    try:
        return Mood(name)
    except ValueError:
        raise MoodError(f"“{name}” is not a mood; write one of: {', '.join(Mood)}.") from None


def _calls(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).isdecimal() or not 1 <= int(value) <= MAX_CALLS:
        raise MoodError(f"“calls” must be a number from 1 to {MAX_CALLS}.")
    return int(value)


def _seconds(mood: Mood, value: Any) -> float:
    is_clock = mood is Mood.DRIFTING_CLOCK
    longest = LONGEST_DRIFT if is_clock else LONGEST_DELAY
    seconds = _number("seconds", value)
    if not (-longest if is_clock else 0) <= seconds <= longest:
        raise MoodError(f"“seconds” must be at most {longest:.0f}{'' if is_clock else ' and not negative'}.")
    return seconds


def _days(value: Any) -> float:
    days = _number("days", value)
    if not 0 < days <= LONGEST_LIFE:
        raise MoodError(f"“days” must be more than 0 and at most {LONGEST_LIFE:.0f}.")
    return days


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise MoodError(f"“{name}” must be a number.") from None


def _condition(mood: Mood, value: str) -> frozenset[str]:
    if mood not in _KNOWN:
        return frozenset()
    if value not in _KNOWN[mood]:
        raise MoodError(f"“{value}” is not one of: {', '.join(sorted(_KNOWN[mood]))}.")
    return frozenset({value})


def _member(kind: type[MemberT], value: Any) -> MemberT:
    try:
        return kind(value)
    except ValueError:
        raise MoodError(f"“{value}” is not one of: {', '.join(kind)}.") from None
