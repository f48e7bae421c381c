"""What to call the state of a code: the founding API's status, and the one vocabulary for people.

Pure, and computed whenever it is asked for: from what is declared and what is evident, at `now`. `status` follows the
decision table of the facts on the founding API, 2.2, row by row; "on provider" is read as "stands on the lock just as
it is declared for now", so a staged code (there, but not opening yet) is still `setting`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from access.planning import (
    JIT_LEAD,
    READ_EVERY,
    Declared,
    Phase,
    opens_at,
    phase,
    runs_natively,
    stands_as_wanted,
)
from access.planning.shapes import FAILED_AFTER, SETTING_GRACE, opens_unbounded, removing_grace
from access.states import CodeState, Outside, Seen, Status
from locks.capabilities import Capabilities

STALE_AFTER = dt.timedelta(hours=24)
# A lock from which a code is to go is read so often that a sight older than this is one of a lock that is not read.
SEEN_FOR = 2 * READ_EVERY


@dataclass(frozen=True, slots=True)
class CodeFacts:
    declared: Declared
    capabilities: Capabilities
    connected: bool
    ended: bool
    read_at: dt.datetime | None = None
    declared_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class StateText:
    """`tone`: ok, pending, warn, error, unknown or idle; never the only sign of a state."""

    label: str
    tone: str


STATE_TEXT: Mapping[CodeState, StateText] = {
    CodeState.HELD: StateText("No code", "idle"),
    CodeState.PLANNED: StateText("Planned", "idle"),
    CodeState.SCHEDULED: StateText("On the lock", "ok"),
    CodeState.PROGRAMMING: StateText("Programming", "pending"),
    CodeState.DELAYED: StateText("Late, still trying", "warn"),
    CodeState.ACTIVE: StateText("Active", "ok"),
    CodeState.BACKUP: StateText("Backup in use", "warn"),
    CodeState.FAILED: StateText("Not on the lock", "error"),
    CodeState.CHANGED_OUTSIDE: StateText("Edited at the lock", "warn"),
    CodeState.REMOVING: StateText("Removing", "pending"),
    CodeState.REMOVE_FAILED: StateText("Still on the lock", "error"),
    CodeState.REMOVAL_UNKNOWN: StateText("Not known to be gone", "unknown"),
    CodeState.ENDED: StateText("Ended", "idle"),
    CodeState.UNKNOWN: StateText("Connection lost", "unknown"),
}

WORST_FIRST = (
    CodeState.FAILED,
    CodeState.REMOVE_FAILED,
    CodeState.REMOVAL_UNKNOWN,
    CodeState.UNKNOWN,
    CodeState.CHANGED_OUTSIDE,
    CodeState.DELAYED,
    CodeState.PROGRAMMING,
    CodeState.REMOVING,
    CodeState.BACKUP,
    CodeState.HELD,
    CodeState.PLANNED,
    CodeState.SCHEDULED,
    CodeState.ACTIVE,
    CodeState.ENDED,
)


def worst(states: Iterable[CodeState]) -> CodeState | None:
    return min(states, key=WORST_FIRST.index, default=None)


def stands(facts: CodeFacts, *, now: dt.datetime) -> bool:
    return stands_as_wanted(facts.declared, facts.declared.seen, facts.capabilities, now=now)


def opens_meanwhile(facts: CodeFacts, *, now: dt.datetime) -> bool:
    """Tell whether the lock opens by the code while its window is still to be written, as for a pulled backup."""
    return has_begun(facts.declared, now=now) and opens_unbounded(
        facts.declared, facts.declared.seen, facts.capabilities
    )


def is_stale(facts: CodeFacts, *, now: dt.datetime) -> bool:
    """Tell whether our knowledge of a code that may be on its lock is too old to be called knowledge."""
    if facts.declared.is_offline:
        return False  # it opens, and ends, whatever becomes of the connection
    if not facts.connected:
        return True
    if not facts.capabilities.reads_codes or facts.read_at is None:
        return False
    return may_be_on_lock(facts.declared) and now - facts.read_at > STALE_AFTER


def may_be_on_lock(declared: Declared) -> bool:
    found_again = declared.seen in (Seen.PRESENT, Seen.DIFFERS)
    return found_again or (declared.written is not None and declared.seen is not Seen.ABSENT)


def status(facts: CodeFacts, *, now: dt.datetime) -> Status:
    declared = facts.declared
    if facts.ended:
        return Status.UNSET
    if is_stale(facts, now=now):
        return Status.UNKNOWN
    match phase(declared, facts.capabilities, now=now):
        case Phase.GONE:
            return Status.REMOVING if may_be_on_lock(declared) else Status.UNSET
        case Phase.WAITING:
            return Status.UNSET
        case Phase.OFFLINE:
            return _offline_status(declared, now=now)
        case Phase.NATIVE if not has_begun(declared, now=now):
            return Status.UNSET
        case Phase.STAGED:
            return Status.SETTING
        case _:
            return _open_status(facts, now=now)


def _open_status(facts: CodeFacts, *, now: dt.datetime) -> Status:
    declared = facts.declared
    if declared.outside is not None and declared.allow_external:
        return Status.UNSET if declared.outside is Outside.REMOVED else Status.SET
    there = stands(facts, now=now) or opens_meanwhile(facts, now=now)
    return Status.SET if there else Status.SETTING


def _offline_status(declared: Declared, *, now: dt.datetime) -> Status:
    """An offline code is never sent: it is set when it opens, if its PIN is known by then."""
    if declared.pin is not None:
        return Status.SET if has_begun(declared, now=now) else Status.UNSET
    near = declared.starts_at is None or now >= declared.starts_at - JIT_LEAD
    return Status.SETTING if near else Status.UNSET


def is_scheduled_on_device(facts: CodeFacts, *, now: dt.datetime) -> bool:
    native = runs_natively(facts.declared, facts.capabilities)
    return native and not facts.ended and facts.declared.written is not None and stands(facts, now=now)


def has_begun(declared: Declared, *, now: dt.datetime) -> bool:
    """Tell whether the code opens by now; one whose start had to be clamped opens a little later than declared."""
    begins = opens_at(declared)
    return begins is None or now >= begins


def opens_late(declared: Declared, *, now: dt.datetime) -> bool:
    """Tell whether its window has begun, and the lock was sent a later start that is still to come."""
    begun = declared.starts_at is not None and declared.starts_at <= now
    return begun and declared.written is not None and not has_begun(declared, now=now)


def code_state(facts: CodeFacts, *, now: dt.datetime) -> CodeState:
    declared = facts.declared
    if facts.ended:
        return CodeState.ENDED
    if is_stale(facts, now=now):
        return CodeState.UNKNOWN
    stage = phase(declared, facts.capabilities, now=now)
    if stage is Phase.GONE:
        return _removing_state(facts, now=now)
    can_be_set = facts.capabilities.online_codes or declared.is_offline
    if not can_be_set or declared.stopped:
        return CodeState.FAILED
    if stage is Phase.WAITING and declared.written is None:
        return CodeState.PLANNED
    if stands(facts, now=now):
        opens = stage is Phase.OPEN or has_begun(declared, now=now)
        return CodeState.ACTIVE if opens else CodeState.SCHEDULED
    if opens_meanwhile(facts, now=now):
        return CodeState.ACTIVE
    return _setting_state(facts, now=now)


def _setting_state(facts: CodeFacts, *, now: dt.datetime) -> CodeState:
    declared = facts.declared
    if declared.failures >= FAILED_AFTER:
        return CodeState.FAILED
    if declared.outside is not None:
        return CodeState.CHANGED_OUTSIDE
    # A booking of the last minute is not late before there was time to do anything.
    due_at = max(
        (moment for moment in (declared.starts_at, facts.declared_at) if moment is not None), default=now
    )
    if declared.starts_at is not None and now >= due_at + SETTING_GRACE:
        return CodeState.DELAYED
    return CodeState.PROGRAMMING


def _removing_state(facts: CodeFacts, *, now: dt.datetime) -> CodeState:
    declared = facts.declared
    since = min(moment for moment in (declared.revoked_at, declared.ends_at) if moment is not None)
    if not may_be_on_lock(declared):
        return CodeState.ENDED
    late = declared.failures >= FAILED_AFTER or now >= since + removing_grace(
        declared, facts.capabilities, now=now
    )
    if not late:
        return CodeState.REMOVING
    return CodeState.REMOVE_FAILED if is_seen_there(facts, now=now) else CodeState.REMOVAL_UNKNOWN


def is_seen_there(facts: CodeFacts, *, now: dt.datetime) -> bool:
    """Tell whether a reading since our last command showed the code, and readings go on: less is no claim."""
    if facts.declared.seen not in (Seen.PRESENT, Seen.DIFFERS):
        return False
    return facts.read_at is None or now - facts.read_at <= SEEN_FOR
