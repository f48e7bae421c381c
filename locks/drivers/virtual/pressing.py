"""What a virtual lock does by itself: answer its keypad, turn its bolt, lock itself again, use up its battery. Pure.

Decided from the lock's memory and its own clock, with no connection and whatever its moods.
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from locks.drivers.base import LogMethod
from locks.drivers.virtual import battery, offline
from locks.drivers.virtual.actions import DENIED, KEYPAD_OPENED, KEYPAD_REFUSED, LOCKED, UNLOCKED
from locks.drivers.virtual.conditions import DEVICE_CONDITIONS
from locks.drivers.virtual.mood_rules import Mood, conditions_in
from locks.drivers.virtual.state import HeldCode, LockState

LONGEST_OFFLINE = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class KeypadResult:
    """`slot` is the place of the code that opened; `offline_ref` says which offline code did. Both None: shut."""

    opened: bool
    slot: int | None = None
    offline_ref: str | None = None


def press(state: LockState, pin: str, *, now: dt.datetime) -> KeypadResult:
    """Type `pin` at the moment `now` of the real world; the lock sees its own clock."""
    catch_up(state, now)
    clock = state.clock(now)
    if not pin or state.is_dead or _is_keypad_dead(state):
        return _refuse(state, now)
    code = next((code for code in _in_order(state) if opens(state, code, pin, clock)), None)
    if code is not None:
        return _open(state, KeypadResult(opened=True, slot=code.slot), now)
    window = offline.find_open(state, pin, clock=clock) if state.capabilities.offline_kinds else None
    if window is None:
        return _refuse(state, now)
    _remember(state, window.ref, clock)
    return _open(state, KeypadResult(opened=True, offline_ref=window.ref), now)


def would_open(state: LockState, pin: str, *, now: dt.datetime) -> bool:
    """Whether typing `pin` would open, without typing it: nothing is logged and nothing used up."""
    clock = state.clock(now)
    if not pin or state.is_dead or _is_keypad_dead(state):
        return False
    if any(opens(state, code, pin, clock) for code in state.codes.values()):
        return True
    return bool(state.capabilities.offline_kinds) and offline.find_open(state, pin, clock=clock) is not None


def opens(state: LockState, code: HeldCode, pin: str, clock: dt.datetime) -> bool:
    if not code.enabled or not hmac.compare_digest(code.pin.encode(), pin.encode()):
        return False
    return not state.capabilities.native_scheduling or _is_open_at(code, clock)


def catch_up(state: LockState, now: dt.datetime) -> None:
    """Let pass what the lock did by itself since somebody last looked: its battery, and its bolt."""
    _drain(state, now)
    if state.locked or not state.auto_lock or state.unlocked_at is None or state.is_dead:
        return
    locked_at = state.unlocked_at + dt.timedelta(seconds=state.auto_lock_seconds or 0)
    if locked_at <= now:
        told = LogMethod.AUTOMATIC if state.capabilities.tells_auto_lock else LogMethod.UNKNOWN
        turn_bolt(state, locked=True, method=told, now=locked_at)


def turn_bolt(state: LockState, *, locked: bool, method: LogMethod, now: dt.datetime) -> None:
    state.locked = locked
    state.unlocked_at = None if locked else now
    state.note(now, LOCKED if locked else UNLOCKED, detail=method.value)


def _in_order(state: LockState) -> list[HeldCode]:
    return [state.codes[slot] for slot in sorted(state.codes)]


def _open(state: LockState, result: KeypadResult, now: dt.datetime) -> KeypadResult:
    state.locked, state.unlocked_at, state.wrong_tries = False, now, 0
    state.note(now, KEYPAD_OPENED, slot=result.slot, detail=result.offline_ref or "")
    return result


def _refuse(state: LockState, now: dt.datetime) -> KeypadResult:
    state.wrong_tries += 1
    state.note(now, KEYPAD_REFUSED)
    tells = state.capabilities.tells_refused_entries
    if tells and state.wrong_tries % tells == 0:
        state.note(now, DENIED, detail=LogMethod.KEYCODE.value)
    return KeypadResult(opened=False)


def _is_keypad_dead(state: LockState) -> bool:
    if not state.moods:
        return False
    return any(DEVICE_CONDITIONS[name].keypad_dead for name in conditions_in(state, Mood.CONDITION))


def _is_open_at(code: HeldCode, clock: dt.datetime) -> bool:
    begun = code.starts_at is None or code.starts_at <= clock
    ended = code.ends_at is not None and code.ends_at <= clock
    return begun and not ended


def _remember(state: LockState, ref: str, clock: dt.datetime) -> None:
    """Keep the first use of an offline code, and forget those that have long run out."""
    if ref not in state.offline_uses:
        kept = {old: at for old, at in state.offline_uses.items() if clock - at < LONGEST_OFFLINE}
        state.offline_uses = {**kept, ref: clock}


def _drain(state: LockState, now: dt.datetime) -> None:
    draining = state.moods.get(Mood.DRAINING) if state.moods else None
    if draining is None or state.has_direct_power:
        return
    lasted = now - dt.datetime.fromisoformat(draining["since"])
    state.battery_level = battery.drained(
        draining["level"], state.battery_chemistry, lasted=lasted, days=draining["days"]
    )
