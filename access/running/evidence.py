"""What a look or an answer proves about an access code, put on its row, and the events that tell of it.

Nothing here touches the database: rows change in memory and go into `Changes`. Only evidence columns change, never
the declaration.
"""

from __future__ import annotations

import datetime as dt
import random
from operator import attrgetter
from typing import Any

from access.enums import EventType
from access.events import code_event
from access.facts import declared_of
from access.issuing import put_pin
from access.models import AccessCode
from access.planning import Fact, Phase, phase, runs_natively, stands_as_wanted
from access.running.changes import EVIDENCE_FIELDS, Changes
from access.states import Outside, Seen, WriteState
from access.status import has_begun
from locks.capabilities import Capabilities

FIRST_BACKOFF = 15.0
LONGEST_BACKOFF = 600.0
LONGEST_BACKOFF_NEAR_ARRIVAL = 60.0
# What other hands undo again and again is put right only so often (F76).
SOON_UNDONE = dt.timedelta(minutes=10)
REPAIR_EVERY = dt.timedelta(minutes=2)
_evidence_on = attrgetter(*EVIDENCE_FIELDS)
COMMANDS_OF_COURSE = 2  # one to bring a code, and one to open it or to put it right


def tell(changes: Changes, code: AccessCode, event_type: EventType, *, now: dt.datetime, **data: Any) -> None:
    """A code that was never managed by us, and is only being removed for somebody, has no history of its own."""
    if code.is_managed:
        changes.events.append(code_event(code, event_type, now=now, **data))


def count_failure(code: AccessCode, message: str, *, now: dt.datetime) -> None:
    """Note a command that did not succeed; the next try waits twice as long each time, less near an arrival."""
    code.failures += 1
    # A lock system may repeat what it was sent.
    code.message = (message.replace(code.pin, "••••") if code.pin else message)[:300]
    over = code.revoked_at is not None or (code.ends_at is not None and code.ends_at <= now)
    near = not over and code.starts_at is not None and code.starts_at - now < dt.timedelta(hours=1)
    longest = LONGEST_BACKOFF_NEAR_ARRIVAL if near else LONGEST_BACKOFF
    seconds = min(FIRST_BACKOFF * 2 ** min(code.failures - 1, 10), longest)
    jitter = random.uniform(0.8, 1.2)  # noqa: S311  -- spreads retries, hides nothing
    code.next_try_at = now + dt.timedelta(seconds=seconds * jitter)


def apply_fact(
    code: AccessCode, fact: Fact, capabilities: Capabilities, changes: Changes, *, now: dt.datetime
) -> None:
    """Put one fact on the row; `code` comes with device, account and grant loaded. Saved only where it says news."""
    before = _evidence_on(code)
    if fact.seen is not None:
        _note_sighting(code, fact, capabilities, changes, now=now)
    if fact.assigned_pin is not None and fact.assigned_pin != code.pin:
        keep_assigned_pin(code, fact.assigned_pin, changes, now=now)
    if fact.ended:
        _end(code, changes, now=now)
    elif code.seen in (Seen.PRESENT, Seen.ASSUMED):
        _announce(code, capabilities, changes, now=now)
    news = _evidence_on(code) != before
    if fact.seen is not None:
        code.seen_at = now
    if news:
        changes.save_code(code)
    elif fact.seen is not None:
        changes.seen[code.pk] = code


def _end(code: AccessCode, changes: Changes, *, now: dt.datetime) -> None:
    code.ended_at, code.next_try_at = now, None
    tell(changes, code, EventType.CODE_DELETED, now=now)


def keep_assigned_pin(code: AccessCode, pin: str, changes: Changes, *, now: dt.datetime) -> None:
    """The lock chose the PIN itself: keep it."""
    if code.pin is not None:
        tell(changes, code, EventType.PIN_ISSUED, now=now, reason="the lock chose another one")
    put_pin(code, pin)
    if code.written is not None:
        code.written = {**code.written, "pin_key": code.pin_key}
    changes.assigned[code.pk] = code
    changes.save_code(code)


def _note_sighting(
    code: AccessCode, fact: Fact, capabilities: Capabilities, changes: Changes, *, now: dt.datetime
) -> None:
    before, code.seen = code.seen, fact.seen or code.seen
    was_edited, code.outside = code.outside == Outside.MODIFIED, fact.outside or ""
    if was_edited and fact.settled:
        tell(changes, code, EventType.CODE_CHANGED, now=now, change="put right at the lock", **_sent(code))
    if fact.ref is not None:
        code.ref = fact.ref
    if fact.seen is Seen.ABSENT:
        _note_absence(code, before, capabilities, changes, now=now)
    elif code.write_state == WriteState.REMOVED:
        if before == Seen.NEVER:
            count_failure(code, "The lock confirmed the removal but still holds the code.", now=now)
    elif fact.seen is Seen.DIFFERS:
        _note_difference(code, before, changes, now=now)
    else:
        code.write_state = WriteState.APPLIED
    if fact.settled:
        code.failures, code.next_try_at, code.message, code.refusal = 0, None, "", ""
        code.stopped = ""


def _note_difference(code: AccessCode, before: str, changes: Changes, *, now: dt.datetime) -> None:
    if before == Seen.PRESENT:
        tell(changes, code, EventType.CODE_MODIFIED_OUTSIDE, now=now)
        _take_time(code, now=now)
    elif before == Seen.NEVER and code.write_state == WriteState.APPLIED:
        count_failure(code, "The lock confirmed the code but holds another.", now=now)


def _take_time(code: AccessCode, *, now: dt.datetime) -> None:
    """Two writers that undo each other's work would wear out the lock's battery."""
    soon = code.written_at is not None and now - code.written_at < SOON_UNDONE
    if soon and code.attempts > COMMANDS_OF_COURSE:
        code.next_try_at = now + REPAIR_EVERY


def _note_absence(
    code: AccessCode, before: str, capabilities: Capabilities, changes: Changes, *, now: dt.datetime
) -> None:
    if code.written is None:
        code.ref = ""
        return
    asked_for = code.write_state == WriteState.REMOVED
    due_to_go = phase(declared_of(code), capabilities, now=now) is Phase.GONE
    was_there = code.confirmed_at is not None or before in (Seen.PRESENT, Seen.DIFFERS)
    if asked_for or (due_to_go and was_there):
        code.failures, code.next_try_at, code.message, code.refusal = 0, None, "", ""
        tell(changes, code, EventType.CODE_REMOVED, now=now, **_sent(code))
    elif before in (Seen.PRESENT, Seen.DIFFERS):
        tell(changes, code, EventType.CODE_DELETED_OUTSIDE, now=now)
        _take_time(code, now=now)
    elif code.write_state == WriteState.APPLIED:
        count_failure(code, "The lock confirmed the code but does not hold it.", now=now)
    code.ref, code.written, code.write_state = "", None, WriteState.NONE
    code.confirmed_at = code.set_at = None


def _announce(code: AccessCode, capabilities: Capabilities, changes: Changes, *, now: dt.datetime) -> None:
    """Tell, once, that a code is stored on the lock, and once that it opens."""
    if code.confirmed_at is not None and code.set_at is not None:
        return  # both were told
    declared = declared_of(code)
    if not stands_as_wanted(declared, declared.seen, capabilities, now=now):
        return
    first = code.confirmed_at is None
    code.confirmed_at = code.confirmed_at or now
    opens = phase(declared, capabilities, now=now) is Phase.OPEN or has_begun(declared, now=now)
    if opens and code.set_at is None:
        code.set_at = now
        tell(changes, code, EventType.CODE_SET, now=now, **_sent(code))
    elif first and not opens and runs_natively(declared, capabilities):
        tell(changes, code, EventType.CODE_SCHEDULED, now=now, **_sent(code))


def _sent(code: AccessCode) -> dict[str, Any]:
    """Part of the proof: when the command went out that is confirmed now, and how many there were so far."""
    return {"sent_at": code.written_at and code.written_at.isoformat(), "commands": code.attempts}
