"""The moods of a virtual lock: every way in which real locks, bridges and clouds fail, to be switched on at will.

Set from tests, the sandbox pages and `manage.py virtual_lock`; obeyed by serving.py. A mood lasts until
cleared, or for the next `calls` calls that it concerns. Two moods are facts of the lock itself and stand in its own
columns: a lasting `offline` (`online`) and the drift of the clock (`clock_offset`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from locks.drivers.base import RejectReason
from locks.drivers.virtual.memory import snapshot_of
from locks.drivers.virtual.models import VirtualLock

LONGEST_DELAY = 600.0
MAX_CALLS = 1000
LONGEST_DRIFT = 86_400.0

MemberT = TypeVar("MemberT", bound=enum.StrEnum)


class MoodError(ValueError):
    """A mood's settings make no sense; the message is a sentence."""


class Mood(enum.StrEnum):
    OFFLINE = "offline"
    DISCONNECTED = "disconnected"
    SLOW = "slow"
    APPLIED_BUT_TIMEOUT = "applied_but_timeout"
    LOST_WRITE = "lost_write"
    LOST_COMMAND = "lost_command"
    REJECTING = "rejecting"
    FULL = "full"
    MASKED_READS = "masked_reads"
    WRITE_ONLY = "write_only"
    STALE_READS = "stale_reads"
    EVENTUALLY_CONSISTENT = "eventually_consistent"
    DRIFTING_CLOCK = "drifting_clock"


MOOD_TEXT: Mapping[Mood, str] = {
    Mood.OFFLINE: "Cannot be reached",
    Mood.DISCONNECTED: "The account's login no longer works",
    Mood.SLOW: "Answers after a delay",
    Mood.APPLIED_BUT_TIMEOUT: "Does what it is told, but the answer never comes",
    Mood.LOST_WRITE: "Confirms a command and forgets it",
    Mood.LOST_COMMAND: "Never gets the command, and nobody answers",
    Mood.REJECTING: "Refuses commands for a given reason",
    Mood.FULL: "Has no free place for a new code",
    Mood.MASKED_READS: "Shows that codes are there, but hides their digits",
    Mood.WRITE_ONLY: "Takes codes, but cannot list them",
    Mood.STALE_READS: "Lists what it held when this was switched on, and says so",
    Mood.EVENTUALLY_CONSISTENT: "Lists a change only after a delay, and does not say so",
    Mood.DRIFTING_CLOCK: "Has a clock that runs wrong",
}


class Call(enum.StrEnum):
    """The calls of the driver contract, also the `action` of log entries."""

    LIST_DEVICES = "list_devices"
    STATUS = "status"
    LIST = "list"
    PUT = "put"
    REMOVE = "remove"
    LOCK = "lock"
    UNLOCK = "unlock"


WRITES = frozenset({Call.PUT, Call.REMOVE, Call.LOCK, Call.UNLOCK})
CODE_WRITES = frozenset({Call.PUT, Call.REMOVE})
_CONCERNS: Mapping[Mood, frozenset[Call]] = {
    Mood.OFFLINE: frozenset(Call) - {Call.LIST_DEVICES},
    Mood.DISCONNECTED: frozenset(Call),
    Mood.SLOW: frozenset(Call) - {Call.LIST_DEVICES},
    Mood.APPLIED_BUT_TIMEOUT: WRITES,
    Mood.LOST_WRITE: CODE_WRITES,
    Mood.LOST_COMMAND: WRITES,
    Mood.REJECTING: CODE_WRITES,
    Mood.FULL: frozenset({Call.PUT}),
    Mood.MASKED_READS: frozenset({Call.LIST}),
    Mood.WRITE_ONLY: frozenset({Call.LIST}),
    Mood.STALE_READS: frozenset({Call.LIST}),
    Mood.EVENTUALLY_CONSISTENT: frozenset({Call.LIST}),
}


@dataclass(frozen=True, slots=True)
class MoodSettings:
    """`calls` None: until cleared. `seconds`: the delay, or how wrong the clock is. `reason`: what is refused with.

    `only`: `rejecting` for puts or removals alone.
    """

    calls: int | None = None
    seconds: float = 0.0
    reason: RejectReason = RejectReason.BUSY
    only: Call | None = None


@dataclass(frozen=True, slots=True)
class _Takes:
    """Which settings a mood has, and their defaults where they differ."""

    names: frozenset[str]
    seconds: float = 0.0


_KEPT_BESIDE = frozenset({"snapshot", "taken_at", "hidden_until"})  # what serving.py notes in a mood's entry
_COUNTED = _Takes(frozenset({"calls"}))
_TAKES: Mapping[Mood, _Takes] = {
    Mood.SLOW: _Takes(frozenset({"calls", "seconds"}), seconds=3.0),
    Mood.REJECTING: _Takes(frozenset({"calls", "reason", "only"})),
    Mood.STALE_READS: _Takes(frozenset()),
    Mood.EVENTUALLY_CONSISTENT: _Takes(frozenset({"seconds"}), seconds=60.0),
    Mood.DRIFTING_CLOCK: _Takes(frozenset({"seconds"}), seconds=300.0),
}


def settings_of(mood: Mood) -> frozenset[str]:
    """Return the names of the settings that a mood takes, for forms."""
    return _TAKES.get(mood, _COUNTED).names


def set_mood(lock: VirtualLock, mood: Mood | str, **settings: Any) -> VirtualLock:
    """Switch a mood on (again: with new settings); return the lock as stored."""
    mood, parsed = _parse(mood, settings)
    with transaction.atomic():
        lock = VirtualLock.objects.select_for_update().get(pk=lock.pk)
        if mood is Mood.DRIFTING_CLOCK:
            lock.clock_offset = parsed.seconds
        elif mood is Mood.OFFLINE and parsed.calls is None:
            lock.online = False
        else:
            lock.moods[mood] = {**_stored(mood, parsed), **_memory_at_start(lock, mood)}
        lock.save(update_fields=["moods", "online", "clock_offset"])
    return lock


def clear_mood(lock: VirtualLock, mood: Mood | str) -> VirtualLock:
    mood = _mood(mood)
    with transaction.atomic():
        lock = VirtualLock.objects.select_for_update().get(pk=lock.pk)
        lock.moods.pop(mood, None)
        if mood is Mood.OFFLINE:
            lock.online = True
        if mood is Mood.DRIFTING_CLOCK:
            lock.clock_offset = 0
        lock.save(update_fields=["moods", "online", "clock_offset"])
    return lock


def clear_moods(lock: VirtualLock) -> VirtualLock:
    """Make the lock healthy again: reachable, truthful, with the right time. Its memory stays."""
    for mood in Mood:
        lock = clear_mood(lock, mood)
    return lock


def disconnect_account(account_key: str) -> None:
    """End the login of all locks of an account, as a changed password would."""
    for lock in VirtualLock.objects.filter(account_key=account_key):
        set_mood(lock, Mood.DISCONNECTED)


def moods_of(lock: VirtualLock) -> dict[Mood, MoodSettings]:
    """Return what is switched on, with its settings."""
    moods = {Mood(name): _parse(name, _public(stored))[1] for name, stored in lock.moods.items()}
    if not lock.online:
        moods[Mood.OFFLINE] = MoodSettings()
    if lock.clock_offset:
        moods[Mood.DRIFTING_CLOCK] = MoodSettings(seconds=lock.clock_offset)
    return moods


def take_mood(lock: VirtualLock, mood: Mood, call: Call) -> MoodSettings | None:
    """Return the settings where `mood` rules this call, counting it down on `lock` (which the caller saves)."""
    stored = lock.moods.get(mood)
    if stored is None or call not in _CONCERNS[mood]:
        return None
    settings = _parse(mood, _public(stored))[1]
    if settings.only is not None and settings.only != call:
        return None
    if settings.calls is not None:
        if settings.calls <= 1:
            del lock.moods[mood]
        else:
            stored["calls"] = settings.calls - 1
    return settings


def _memory_at_start(lock: VirtualLock, mood: Mood) -> dict[str, str]:
    if mood is not Mood.STALE_READS:
        return {}
    return {"snapshot": snapshot_of(lock), "taken_at": timezone.now().isoformat()}


def _stored(mood: Mood, settings: MoodSettings) -> dict[str, Any]:
    return {
        name: value
        for name, value in asdict(settings).items()
        if name in settings_of(mood) and value is not None
    }


def _public(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stored.items() if name not in _KEPT_BESIDE}


def _parse(mood: Mood | str, settings: Mapping[str, Any]) -> tuple[Mood, MoodSettings]:
    mood = _mood(mood)
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
    )


def _mood(name: Mood | str) -> Mood:
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
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        raise MoodError("“seconds” must be a number.") from None
    is_clock = mood is Mood.DRIFTING_CLOCK
    longest = LONGEST_DRIFT if is_clock else LONGEST_DELAY
    if not (-longest if is_clock else 0) <= seconds <= longest:
        raise MoodError(f"“seconds” must be at most {longest:.0f}{'' if is_clock else ' and not negative'}.")
    return seconds


def _member(kind: type[MemberT], value: Any) -> MemberT:
    try:
        return kind(value)
    except ValueError:
        raise MoodError(f"“{value}” is not one of: {', '.join(kind)}.") from None
