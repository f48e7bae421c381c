"""One call to a virtual lock, from its arrival to its answer: moods first, then memory, and a line in the log.

Pure, on a LockState that a bank holds for the length of the call; driver.py carries these answers into the contract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace

from locks.brands import brand_of
from locks.drivers.base import (
    AccountStatusReport,
    Applied,
    CodeToPut,
    DeviceStatus,
    Empty,
    FoundDevice,
    Issued,
    IssueOutcome,
    Known,
    LogMethod,
    Observation,
    ObservedCode,
    OfflineRequest,
    Outcome,
    Rejected,
    RejectReason,
    Unknown,
    Unreadable,
    UnreadableReason,
)
from locks.drivers.virtual import firmware, offline, reaching
from locks.drivers.virtual.actions import CODE_WRITES, JAMMED, Call
from locks.drivers.virtual.mood_rules import Mood, conditions_in, take_mood
from locks.drivers.virtual.pressing import catch_up, turn_bolt
from locks.drivers.virtual.state import LockState
from locks.drivers.virtual.telling import LogTeller

AN_HOUR = dt.timedelta(hours=1)
NO_ANSWER = "No answer in time."
MOST_AUTO_LOCK_SECONDS = 60
USUAL_AUTO_LOCK_SECONDS = 30
Command = Callable[[], Outcome]


def delay_before(state: LockState, call: Call) -> float:
    """Return how many seconds the lock lets a call wait; asked before, so that nobody holds the lock meanwhile."""
    settings = take_mood(state, Mood.SLOW, call)
    return settings.seconds if settings else 0.0


def list_devices(states: Iterable[LockState]) -> tuple[FoundDevice, ...] | Unreadable:
    states = list(states)
    for state in states:
        trouble = reaching.cloud_trouble(state, Call.LIST_DEVICES)
        if trouble is not None:
            return reaching.unreadable(trouble)
    return tuple(_found(state) for state in states if Mood.REMOVED not in state.moods)


def read_account(states: Iterable[LockState]) -> AccountStatusReport | Unreadable:
    states = list(states)
    for state in states:
        for mood, reason in reaching.CLOUD_MOODS:
            if take_mood(state, mood, Call.ACCOUNT):
                return reaching.unreadable(reason)
    told = (conditions_in(state, Mood.ACCOUNT_CONDITION) for state in states)
    return AccountStatusReport(frozenset[str]().union(*told))


def _found(state: LockState) -> FoundDevice:
    brand = brand_of(state.brand)
    is_usual = state.capabilities == brand.capabilities
    return FoundDevice(
        external_id=state.external_id,
        brand=state.brand,
        name=state.name,
        model=f"Virtual {brand.display_name}",
        capabilities=None if is_usual else state.capabilities,
        gateway=state.gateway,
        time_zone=state.time_zone,
    )


def read_status(state: LockState, now: dt.datetime) -> DeviceStatus | Unreadable:
    catch_up(state, now)
    trouble = reaching.cloud_trouble(state, Call.STATUS) or reaching.lock_trouble(state, Call.STATUS)
    state.note(now, Call.STATUS, detail=trouble or "")
    if trouble in reaching.OF_THE_CLOUD:
        return reaching.unreadable(trouble)
    told = DeviceStatus(
        online=trouble is None or trouble is RejectReason.NOT_AUTHORIZED,
        battery_chemistry=state.battery_chemistry,
        has_direct_power=state.has_direct_power,
        time_zone=state.time_zone,
        gateway=state.gateway,
        conditions=reaching.conditions_told(state, trouble),
    )
    if trouble is not None:
        return told
    return replace(
        told,
        battery_level=state.battery_level,
        locked=state.locked,
        keypad_battery_level=state.keypad_battery_level,
        door_open=state.door_open,
        auto_lock=state.auto_lock if state.capabilities.auto_lock else None,
        auto_lock_seconds=state.auto_lock_seconds if state.auto_lock else None,
    )


def list_codes(state: LockState, now: dt.datetime) -> Observation:
    observation = _observe(state, now)
    state.note(now, Call.LIST, detail=observation.reason if isinstance(observation, Unreadable) else "")
    return observation


def _observe(state: LockState, now: dt.datetime) -> Observation:
    trouble = reaching.trouble_of(state, Call.LIST)
    if trouble is not None:
        return reaching.unreadable(trouble)
    if not state.capabilities.reads_codes or take_mood(state, Mood.WRITE_ONLY, Call.LIST):
        return Unreadable(UnreadableReason.NOT_SUPPORTED, "This lock cannot list its codes.")
    codes, as_of = _visible(state, now)
    codes = _as_brand_shows(state, codes)
    if take_mood(state, Mood.MASKED_READS, Call.LIST):
        codes = _masked(codes)
    if take_mood(state, Mood.SHIFTED_READS, Call.LIST):
        codes = tuple(_an_hour_off(code) for code in codes)
    return Known(codes, as_of) if codes else Empty(as_of)


def _an_hour_off(code: ObservedCode) -> ObservedCode:
    bounds = (None if bound is None else bound + AN_HOUR for bound in (code.starts_at, code.ends_at))
    starts_at, ends_at = bounds
    return replace(code, starts_at=starts_at, ends_at=ends_at)


def _visible(state: LockState, now: dt.datetime) -> tuple[tuple[ObservedCode, ...], dt.datetime]:
    stale = state.moods.get(Mood.STALE_READS)
    if stale is not None:
        return stale["snapshot"], dt.datetime.fromisoformat(stale["taken_at"])
    lagging = state.moods.get(Mood.EVENTUALLY_CONSISTENT, {})
    if "snapshot" in lagging and now < dt.datetime.fromisoformat(lagging["hidden_until"]):
        return lagging["snapshot"], now
    return firmware.read(state), now


def _as_brand_shows(state: LockState, codes: tuple[ObservedCode, ...]) -> tuple[ObservedCode, ...]:
    if not state.capabilities.reads_foreign_codes:
        foreign = firmware.foreign_refs(state)
        codes = tuple(code for code in codes if code.ref not in foreign)
    return codes if state.capabilities.reads_pins else _masked(codes)


def _masked(codes: tuple[ObservedCode, ...]) -> tuple[ObservedCode, ...]:
    return tuple(replace(code, pin=None) for code in codes)


def put_code(state: LockState, code: CodeToPut, now: dt.datetime) -> Outcome:
    def command() -> Outcome:
        if code.ref is None and take_mood(state, Mood.FULL, Call.PUT):
            return Rejected(RejectReason.FULL, "The lock's memory is full.")
        return reaching.code_refusal(state, code) or firmware.put(state, code, now=now)

    return _write(state, Call.PUT, command, now)


def remove_code(state: LockState, ref: str, now: dt.datetime) -> Outcome:
    return _write(state, Call.REMOVE, lambda: firmware.remove(state, ref), now)


def turn(state: LockState, call: Call, now: dt.datetime) -> Outcome:
    """Turn the bolt: `lock` or `unlock`."""
    catch_up(state, now)

    def command() -> Outcome:
        able = state.capabilities.can_lock if call is Call.LOCK else state.capabilities.can_unlock
        if not able:
            return Rejected(RejectReason.NOT_ALLOWED, "This lock does not do that from afar.")
        if take_mood(state, Mood.JAMMED, call):
            state.note(now, JAMMED, detail=LogMethod.REMOTE.value)
            return Rejected(RejectReason.BUSY, "The bolt is stuck.")
        turn_bolt(state, locked=call is Call.LOCK, method=LogMethod.REMOTE, now=now)
        return Applied("")

    return _write(state, call, lambda: reaching.bolt_refusal(state) or command(), now)


def configure_auto_lock(state: LockState, enabled: bool, seconds: int | None, now: dt.datetime) -> Outcome:
    catch_up(state, now)

    def command() -> Outcome:
        if not state.capabilities.auto_lock:
            return Rejected(RejectReason.NOT_ALLOWED, "This lock does not lock itself.")
        if seconds is not None and not 1 <= seconds <= MOST_AUTO_LOCK_SECONDS:
            return Rejected(RejectReason.NOT_ALLOWED, "The lock can wait from 1 to 60 seconds.")
        state.auto_lock = enabled
        state.auto_lock_seconds = seconds or state.auto_lock_seconds or USUAL_AUTO_LOCK_SECONDS
        return Applied("")

    return _write(state, Call.AUTO_LOCK, command, now)


def issue_offline_code(state: LockState, request: OfflineRequest, now: dt.datetime) -> IssueOutcome:
    """Computed by the maker's cloud: the lock may be anywhere."""
    outcome: IssueOutcome | None = None
    trouble = reaching.cloud_trouble(state, Call.ISSUE)
    if trouble is not None:
        outcome = Rejected(trouble, "The lock system does not answer.")
    elif take_mood(state, Mood.LOST_COMMAND, Call.ISSUE):
        outcome = Unknown(NO_ANSWER)
    elif (rejecting := take_mood(state, Mood.REJECTING, Call.ISSUE)) is not None:
        outcome = Rejected(rejecting.reason, "The lock system refused.")
    elif not reaching.knows_time(state):
        outcome = Rejected(RejectReason.NO_SLOT, "The lock's time zone is not set.")
    else:
        outcome = offline.issue(state, request, now=now)
        if isinstance(outcome, Issued) and take_mood(state, Mood.APPLIED_BUT_TIMEOUT, Call.ISSUE):
            outcome = Unknown(NO_ANSWER)
    state.note(now, Call.ISSUE, detail=_told_of(outcome))
    return outcome


def read_log(state: LockState, now: dt.datetime) -> LogTeller | Unreadable:
    """Return how this lock tells its log, which the bank keeps; or why it cannot."""
    catch_up(state, now)
    if not state.capabilities.keeps_log:
        return Unreadable(UnreadableReason.NOT_SUPPORTED, "This lock keeps no log.")
    trouble = reaching.trouble_of(state, Call.LOG)
    return reaching.unreadable(trouble) if trouble else LogTeller(state.capabilities.names_opening_code)


def _told_of(outcome: Outcome | IssueOutcome) -> str:
    if isinstance(outcome, Rejected):
        return f"rejected: {outcome.reason}"
    return "no answer" if isinstance(outcome, Unknown) else "applied"


def _write(state: LockState, call: Call, command: Command, now: dt.datetime) -> Outcome:
    outcome, detail = _perform(state, call, command, now)
    slot = int(outcome.ref) if isinstance(outcome, Applied) and outcome.ref.isdecimal() else None
    state.note(now, call, slot=slot, detail=detail)
    return outcome


def _perform(state: LockState, call: Call, command: Command, now: dt.datetime) -> tuple[Outcome, str]:
    """Return the answer, and what really happened."""
    trouble = reaching.trouble_of(state, call)
    if trouble is None and state.bridge is not None and not state.bridge.take(now):
        trouble = RejectReason.BRIDGE_QUEUE_FULL
    if trouble is not None:
        return reaching.refused(trouble), f"rejected: {trouble}"
    if take_mood(state, Mood.LOST_COMMAND, call):
        return Unknown(NO_ANSWER), "lost on the way"
    if take_mood(state, Mood.UNCONFIRMED, call):
        return Rejected(RejectReason.UNCONFIRMED, "The lock did not confirm."), "given up unconfirmed"
    rejecting = take_mood(state, Mood.REJECTING, call)
    if rejecting is not None:
        return Rejected(rejecting.reason, "The lock refused."), f"rejected: {rejecting.reason}"
    if take_mood(state, Mood.LOST_WRITE, call):
        return _forgotten(state, command), "confirmed and forgotten"
    if state.moods and call in CODE_WRITES:
        _hide_change(state, now)
    outcome = command()
    detail = _told_of(outcome)
    if take_mood(state, Mood.APPLIED_BUT_TIMEOUT, call):
        return Unknown(NO_ANSWER), f"{detail}, answer lost"
    return outcome, detail


def _forgotten(state: LockState, command: Command) -> Outcome:
    """Answer as if the command had been done, and leave the memory as it was."""
    kept = dict(state.codes)
    outcome = command()
    state.codes = kept
    return outcome


def _hide_change(state: LockState, now: dt.datetime) -> None:
    """Under `eventually_consistent`, keep what readings show until the delay has passed."""
    lagging = state.moods.get(Mood.EVENTUALLY_CONSISTENT)
    if lagging is None:
        return
    hidden_until = lagging.get("hidden_until")
    if hidden_until is None or dt.datetime.fromisoformat(hidden_until) <= now:
        lagging["snapshot"] = firmware.read(state)
        lagging["hidden_until"] = (now + dt.timedelta(seconds=lagging["seconds"])).isoformat()
