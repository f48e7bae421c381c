"""Whether a call gets to a virtual lock (login, lock system, bridge, lock), and what its conditions refuse. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from locks.drivers.base import CodeToPut, Rejected, RejectReason, Unreadable, UnreadableReason
from locks.drivers.virtual.actions import Call
from locks.drivers.virtual.conditions import ACCOUNT_CONDITIONS, DEVICE_CONDITIONS, Effect
from locks.drivers.virtual.mood_rules import Mood, conditions_in, take_mood
from locks.drivers.virtual.state import LockState

CLOUD_MOODS = (
    (Mood.DISCONNECTED, RejectReason.ACCOUNT_DISCONNECTED),
    (Mood.OUTAGE, RejectReason.OUTAGE),
)
OF_THE_CLOUD = frozenset({RejectReason.ACCOUNT_DISCONNECTED, RejectReason.OUTAGE})
_SENTENCES = {
    RejectReason.ACCOUNT_DISCONNECTED: "The account's login was refused.",
    RejectReason.OUTAGE: "The lock system does not answer.",
    RejectReason.NOT_AUTHORIZED: "The account may not see this lock.",
}
_REFUSALS = {
    RejectReason.ACCOUNT_DISCONNECTED: "The account's login was refused.",
    RejectReason.OUTAGE: "The lock system does not answer.",
    RejectReason.BRIDGE_OFFLINE: "The bridge of the lock cannot be reached.",
    RejectReason.BRIDGE_QUEUE_FULL: "The bridge of the lock has too many jobs waiting and takes no more.",
    RejectReason.NOT_AUTHORIZED: "The account may not change this lock.",
}


def refused(reason: RejectReason) -> Rejected:
    return Rejected(reason, _REFUSALS.get(reason, "The lock cannot be reached."))


def unreadable(reason: RejectReason) -> Unreadable:
    return Unreadable(UnreadableReason(reason.value), _SENTENCES.get(reason, "The lock could not be asked."))


def trouble_of(state: LockState, call: Call) -> RejectReason | None:
    return cloud_trouble(state, call) or lock_trouble(state, call)


def cloud_trouble(state: LockState, call: Call) -> RejectReason | None:
    """What ends a call before the lock is asked: the login, the lock system."""
    if not state.moods:
        return None
    for mood, reason in CLOUD_MOODS:
        if take_mood(state, mood, call):
            return reason
    reasons = (effect.refuses for effect in _effects(state, Mood.ACCOUNT_CONDITION))
    return next((reason for reason in reasons if reason in OF_THE_CLOUD), None)


def lock_trouble(state: LockState, call: Call) -> RejectReason | None:
    """What stands between the lock system and the lock."""
    if state.online and not state.moods and not state.is_dead:
        return None
    if take_mood(state, Mood.BRIDGE_OFFLINE, call):
        return RejectReason.BRIDGE_OFFLINE
    if not state.online or state.is_dead or take_mood(state, Mood.OFFLINE, call):
        return RejectReason.DEVICE_OFFLINE
    for effect in all_effects(state):
        if effect.refuses is not None:
            return effect.refuses
    if take_mood(state, Mood.BRIDGE_QUEUE_FULL, call):
        return RejectReason.BRIDGE_QUEUE_FULL
    return None


def conditions_told(state: LockState, trouble: RejectReason | None) -> frozenset[str]:
    """What the lock's own conditions are, and that its bridge is gone unless one of them says so already."""
    told = conditions_in(state) if state.moods else frozenset[str]()
    if trouble is not RejectReason.BRIDGE_OFFLINE:
        return told
    said = any(effect.refuses is trouble for effect in _effects(state, Mood.CONDITION))
    return told if said else told | {"hub_disconnected"}


def code_refusal(state: LockState, code: CodeToPut) -> Rejected | None:
    """What the lock's conditions refuse of a code that reached it."""
    for effect in all_effects(state):
        if effect.refuses_new is not None and code.ref is None:
            return Rejected(effect.refuses_new, "The lock takes no new codes as it is.")
        if effect.refuses_windows and (code.starts_at or code.ends_at):
            return Rejected(RejectReason.INVALID_WINDOW, "The lock's time zone is not set.")
    return None


def bolt_refusal(state: LockState) -> Rejected | None:
    reasons = (effect.refuses_bolt for effect in all_effects(state))
    reason = next((reason for reason in reasons if reason is not None), None)
    return Rejected(reason, "The lock may not be turned from afar.") if reason else None


def knows_time(state: LockState) -> bool:
    return not any(effect.refuses_windows for effect in all_effects(state))


def can_push(state: LockState) -> bool:
    """Whether what happens at the lock now is told at once."""
    if not state.capabilities.pushes_changes or not state.online or state.is_dead:
        return False
    silent = {Mood.OFFLINE, Mood.DISCONNECTED, Mood.OUTAGE, Mood.BRIDGE_OFFLINE, Mood.REMOVED}
    return not state.moods or not (
        silent & state.moods.keys() or any(effect.refuses for effect in all_effects(state))
    )


def all_effects(state: LockState) -> Iterator[Effect]:
    if state.moods:
        yield from _effects(state, Mood.CONDITION)
        yield from _effects(state, Mood.ACCOUNT_CONDITION)


def _effects(state: LockState, mood: Mood) -> Iterator[Effect]:
    table = DEVICE_CONDITIONS if mood is Mood.CONDITION else ACCOUNT_CONDITIONS
    return (table[name] for name in sorted(conditions_in(state, mood)))
