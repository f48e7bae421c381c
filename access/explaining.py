"""Why a code is in its state, as one sentence for people. No queries: the code comes with its device and account.

Called by access.overview for every door that is told of. It says what was confirmed and what was not; no rounding.
"""

from __future__ import annotations

import datetime as dt

from access.models import AccessCode
from access.states import CodeState, Seen
from access.status import CodeFacts
from locks.models import Device
from properties.models import Property
from properties.wording import when


def reason_of(
    code: AccessCode,
    facts: CodeFacts,
    state: CodeState,
    program_at: dt.datetime | None,
    property_: Property,
    *,
    now: dt.datetime,
) -> str:
    if code.is_offline:
        return _offline_code_reason(code, property_, now=now)
    offline = _offline_since(code.device, property_)
    changed = "Someone changed the code at the lock; "
    sentences = {
        CodeState.PLANNED: f"Will be programmed {when(program_at, property_.zone)}.",
        CodeState.SCHEDULED: f"On the lock, opens from {when(code.starts_at, property_.zone)}.",
        CodeState.ACTIVE: _active_reason(code, facts, property_),
        CodeState.ENDED: _ended_reason(code, facts, property_),
        CodeState.UNKNOWN: _unknown_reason(code, facts, property_),
        CodeState.CHANGED_OUTSIDE: changed
        + ("it may, and stays so." if code.allow_external_modification else "it is being put right."),
        CodeState.REMOVING: f"Being removed{offline}.",
        CodeState.REMOVE_FAILED: f"Should be gone, and the lock still shows it{offline}. {code.message}".strip(),
        CodeState.REMOVAL_UNKNOWN: _not_known_gone_reason(code, facts, property_),
    }
    if state in sentences:
        return sentences[state]
    if not facts.capabilities.online_codes:
        return "This lock takes no codes from a distance."
    return f"Not confirmed on the lock{offline}. {code.message or 'Keyturn is trying.'}"


def _ended_reason(code: AccessCode, facts: CodeFacts, property_: Property) -> str:
    """Gone is what a reading or an answer said; that a code ended says nothing of the lock."""
    if code.written_at is None and not code.attempts:
        return "Over; it was never sent to the lock."
    if code.seen == Seen.ABSENT:
        at = when(code.ended_at or code.seen_at, property_.zone)
        if facts.capabilities.reads_codes:
            return f"Gone: the lock was read {at}, and the code was not on it."
        return f"The lock answered {at} that it removed the code; it can't be read back."
    if code.ended_at is None:
        return "Over; the lock took none of what was sent."
    left = f"Let go of {when(code.ended_at, property_.zone)}"
    return f"{left}; nothing showed that it is gone from the lock."


def _not_known_gone_reason(code: AccessCode, facts: CodeFacts, property_: Property) -> str:
    offline = _offline_since(code.device, property_)
    if not facts.capabilities.reads_codes:
        doubt = "this lock can't be read back, and it has not answered that it removed the code"
    elif facts.read_at is None:
        doubt = "the lock was never read"
    else:
        doubt = f"no reading has shown it so far; the last one was {when(facts.read_at, property_.zone)}"
    return f"Should be gone, and whether it is, is not known: {doubt}{offline}. {code.message}".strip()


def _offline_code_reason(code: AccessCode, property_: Property, *, now: dt.datetime) -> str:
    """Say what can't be changed about such a code before somebody relies on it."""
    if code.pin is None and code.ended_at is not None:
        return "Over; its PIN was never computed."
    if code.pin is None or (code.stopped and code.ended_at is None):
        return code.message or "An offline code: its PIN is being computed."
    if code.ends_at is not None and code.ends_at <= now:
        return f"An offline code: it ran out by itself {when(code.ends_at, property_.zone)}."
    begun = code.starts_at is not None and code.starts_at <= now
    opens = "Opens" if begun else f"Opens from {when(code.starts_at, property_.zone)}"
    until = f" until {when(code.ends_at, property_.zone)}" if code.ends_at is not None else ""
    return f"{opens}{until}. An offline code: it can't be changed or taken back."


def _unknown_reason(code: AccessCode, facts: CodeFacts, property_: Property) -> str:
    if not facts.connected:
        return "The lock system refuses our login: what the lock holds now is not known."
    return f"The lock was last read {when(code.device.last_read_at, property_.zone)}: what it holds now is not known."


def _active_reason(code: AccessCode, facts: CodeFacts, property_: Property) -> str:
    until = f" until {when(code.ends_at, property_.zone)}" if code.ends_at else ""
    seen = "confirmed by the lock" if facts.capabilities.reads_codes else "the lock can't be read back"
    return f"Opens the door{until}; {seen}."


def _offline_since(device: Device, property_: Property) -> str:
    if device.online is not False:
        return ""
    return f", lock offline since {when(device.online_changed_at, property_.zone)}"
