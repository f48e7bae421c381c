"""The moods of a virtual lock: every way in which real locks, bridges and clouds fail. Pure, on a LockState.

A mood lasts until cleared, or for the next `calls` calls that it concerns; serving.py obeys. Two moods are facts of
the lock itself: a lasting `offline` (`online`) and the drift of the clock (`clock_offset`). Rows and the page switch
them through moods.py, the memory bank by itself.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from locks.drivers.base import RejectReason
from locks.drivers.virtual import firmware
from locks.drivers.virtual.actions import CODE_WRITES, WRITES, Call
from locks.drivers.virtual.state import LockState


class Mood(enum.StrEnum):
    OFFLINE = "offline"
    DISCONNECTED = "disconnected"
    OUTAGE = "outage"
    BRIDGE_OFFLINE = "bridge_offline"
    BRIDGE_QUEUE_FULL = "bridge_queue_full"
    SLOW = "slow"
    APPLIED_BUT_TIMEOUT = "applied_but_timeout"
    LOST_WRITE = "lost_write"
    LOST_COMMAND = "lost_command"
    UNCONFIRMED = "unconfirmed"
    REJECTING = "rejecting"
    FULL = "full"
    MASKED_READS = "masked_reads"
    WRITE_ONLY = "write_only"
    STALE_READS = "stale_reads"
    EVENTUALLY_CONSISTENT = "eventually_consistent"
    SHIFTED_READS = "shifted_reads"
    DRIFTING_CLOCK = "drifting_clock"
    JAMMED = "jammed"
    DRAINING = "draining"
    REMOVED = "removed"
    CONDITION = "condition"
    ACCOUNT_CONDITION = "account_condition"


MOOD_TEXT: Mapping[Mood, str] = {
    Mood.OFFLINE: "Cannot be reached",
    Mood.DISCONNECTED: "The account's login no longer works",
    Mood.OUTAGE: "The lock system is down",
    Mood.BRIDGE_OFFLINE: "Its bridge cannot be reached",
    Mood.BRIDGE_QUEUE_FULL: "Its bridge is kept busy by other programs and takes no more",
    Mood.SLOW: "Answers after a delay",
    Mood.APPLIED_BUT_TIMEOUT: "Does what it is told, but the answer never comes",
    Mood.LOST_WRITE: "Confirms a command and forgets it",
    Mood.LOST_COMMAND: "Never gets the command, and nobody answers",
    Mood.UNCONFIRMED: "Never confirms: its lock system gives the command up",
    Mood.REJECTING: "Refuses commands for a given reason",
    Mood.FULL: "Has no free place for a new code",
    Mood.MASKED_READS: "Shows that codes are there, but hides their digits",
    Mood.WRITE_ONLY: "Takes codes, but cannot list them",
    Mood.STALE_READS: "Lists what it held when this was switched on, and says so",
    Mood.EVENTUALLY_CONSISTENT: "Lists a change only after a delay, and does not say so",
    Mood.SHIFTED_READS: "Lists windows an hour off, as after a change of clocks",
    Mood.DRIFTING_CLOCK: "Has a clock that runs wrong",
    Mood.JAMMED: "Has a bolt that is stuck",
    Mood.DRAINING: "Has a battery that goes down as days pass",
    Mood.REMOVED: "Is no longer listed by its account",
    Mood.CONDITION: "Tells that something is wrong with it",
    Mood.ACCOUNT_CONDITION: "Its account tells that something is wrong",
}

_CARRIED = WRITES | {Call.ISSUE}
_THROUGH_BRIDGE = WRITES | {Call.STATUS, Call.LIST, Call.LOG}
CONCERNS: Mapping[Mood, frozenset[Call]] = {
    Mood.OFFLINE: _THROUGH_BRIDGE,
    Mood.DISCONNECTED: frozenset(Call),
    Mood.OUTAGE: frozenset(Call),
    Mood.BRIDGE_OFFLINE: _THROUGH_BRIDGE,
    Mood.BRIDGE_QUEUE_FULL: WRITES,
    Mood.SLOW: frozenset(Call) - {Call.LIST_DEVICES, Call.ACCOUNT},
    Mood.APPLIED_BUT_TIMEOUT: _CARRIED,
    Mood.LOST_WRITE: CODE_WRITES,
    Mood.LOST_COMMAND: _CARRIED,
    Mood.UNCONFIRMED: WRITES,
    Mood.REJECTING: CODE_WRITES | {Call.ISSUE},
    Mood.FULL: frozenset({Call.PUT}),
    Mood.MASKED_READS: frozenset({Call.LIST}),
    Mood.WRITE_ONLY: frozenset({Call.LIST}),
    Mood.SHIFTED_READS: frozenset({Call.LIST}),
    Mood.JAMMED: frozenset({Call.LOCK, Call.UNLOCK}),
}
# Asking the lock system alone; a mood that rules the next N calls does not count these.
_UNCOUNTED = frozenset({Call.LOG, Call.ACCOUNT})
# One login or one bridge stands behind several locks: these moods are switched for all of them at once.
OF_ACCOUNT = frozenset({Mood.ACCOUNT_CONDITION})
OF_BRIDGE = frozenset({Mood.BRIDGE_OFFLINE, Mood.BRIDGE_QUEUE_FULL})


@dataclass(frozen=True, slots=True)
class MoodSettings:
    """`calls` None: until cleared. `seconds`: the delay, or how wrong the clock is. `reason`: what is refused with.

    `only`: `rejecting` for puts or removals alone. `conditions`: what is told; switched on again, it adds to them.
    `days`: from a full battery to an empty one.
    """

    calls: int | None = None
    seconds: float = 0.0
    reason: RejectReason = RejectReason.BUSY
    only: Call | None = None
    conditions: frozenset[str] = frozenset()
    days: float = 0.0


def moods_in(state: LockState) -> dict[Mood, MoodSettings]:
    """Return what is switched on, with its settings."""
    moods = {Mood(name): settings_in(stored) for name, stored in state.moods.items()}
    if not state.online:
        moods[Mood.OFFLINE] = MoodSettings()
    if state.clock_offset:
        moods[Mood.DRIFTING_CLOCK] = MoodSettings(seconds=state.clock_offset)
    return moods


def settings_in(stored: Mapping[str, Any]) -> MoodSettings:
    """Read settings as `switch_on` stored them."""
    return MoodSettings(
        calls=stored.get("calls"),
        seconds=stored.get("seconds", 0.0),
        reason=RejectReason(stored.get("reason", RejectReason.BUSY)),
        only=Call(stored["only"]) if stored.get("only") else None,
        conditions=frozenset(stored.get("conditions", ())),
        days=stored.get("days", 0.0),
    )


def switch_on(state: LockState, mood: Mood, settings: MoodSettings, *, now: dt.datetime) -> None:
    if mood is Mood.DRIFTING_CLOCK:
        state.clock_offset = settings.seconds
    elif mood is Mood.OFFLINE and settings.calls is None:
        state.online = False
    else:
        state.moods[mood] = {**_stored(settings), **_beside(state, mood, settings, now)}


def switch_off(state: LockState, mood: Mood, *, condition: str = "") -> None:
    """End a mood; with `condition` that one alone."""
    left = sorted(set(state.moods.get(mood, {}).get("conditions", ())) - {condition}) if condition else []
    if left:
        state.moods[mood]["conditions"] = left
    else:
        state.moods.pop(mood, None)
    if mood is Mood.OFFLINE:
        state.online = True
    if mood is Mood.DRIFTING_CLOCK:
        state.clock_offset = 0


def take_mood(state: LockState, mood: Mood, call: Call) -> MoodSettings | None:
    """Return the settings where `mood` rules this call, counting it down."""
    if not state.moods:
        return None
    stored = state.moods.get(mood)
    if stored is None or call not in CONCERNS[mood]:
        return None
    settings = settings_in(stored)
    if settings.only is not None and settings.only != call:
        return None
    if settings.calls is not None and call not in _UNCOUNTED:
        if settings.calls <= 1:
            del state.moods[mood]
        else:
            stored["calls"] = settings.calls - 1
    return settings


def conditions_in(state: LockState, mood: Mood = Mood.CONDITION) -> frozenset[str]:
    return frozenset(state.moods[mood]["conditions"]) if mood in state.moods else frozenset()


def _stored(settings: MoodSettings) -> dict[str, Any]:
    """Only what is told apart from the defaults, as JSON can hold it."""
    told: dict[str, Any] = {"reason": settings.reason.value}
    if settings.calls is not None:
        told["calls"] = settings.calls
    if settings.seconds:
        told["seconds"] = settings.seconds
    if settings.only is not None:
        told["only"] = settings.only.value
    if settings.days:
        told["days"] = settings.days
    return told


def _beside(state: LockState, mood: Mood, settings: MoodSettings, now: dt.datetime) -> dict[str, Any]:
    """What a mood must remember of the moment at which it was switched on."""
    match mood:
        case Mood.STALE_READS:
            return {"snapshot": firmware.read(state), "taken_at": now.isoformat()}
        case Mood.DRAINING:
            return {"since": now.isoformat(), "level": state.battery_level}
        case Mood.CONDITION | Mood.ACCOUNT_CONDITION:
            return {"conditions": sorted(settings.conditions | conditions_in(state, mood))}
    return {}
