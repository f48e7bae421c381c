"""When a stay's code must be stood in for by a backup, and what a guest's report asks for (pure).

The rule is about the door, not about our commands: a code that the lock is known to hold, with a window that is open
from the arrival on (or now), works, whether or not the lock can be reached, and is never replaced. Everything else is
trouble, from so many minutes before the arrival until the end of the stay:

- A code that was only just declared, moved, written or found changed gets `PATIENCE` while its lock can be reached:
  the engine is at work on it, and a second code that nobody needed helps nobody.
- A staged code (on the lock, not opening yet) counts as in order while its lock can be reached, until a minute after
  it should have opened. Where the lock is out of reach, nobody can open it: it is trouble.
- A lock that is out of reach gets no patience: its pool was filled before, and works by itself.

A guest's report is checked against the evidence. A code that is not known to work is replaced at once. One that is
gets a fresh reading first; if that does not confirm it, or none can be had within `READING_TIME`, or the guest reports
again after it, the guest before the closed door is the better evidence.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from access.planning import Declared
from access.planning.shapes import FAILED_AFTER, SETTING_GRACE, lead_of
from access.states import Seen
from locks.capabilities import Capabilities

PATIENCE = dt.timedelta(minutes=2)
READING_TIME = dt.timedelta(minutes=1)
# A second report so soon after the first is a double click, not a second try at the door.
SAME_REPORT = dt.timedelta(seconds=30)
REPORT_KEPT = dt.timedelta(hours=2)


class Answer(enum.StrEnum):
    """What becomes of a guest's report."""

    TOO_EARLY = "too_early"
    CHECKING = "checking"
    PULL = "pull"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Case:
    """One code of a stay and what is known of it.

    `declared_at`: when it was declared or its stay last changed. `reachable`: the lock and its account answer.
    `seen_at`: the last reading that told of it; `troubled_since`: since when it is known not to be in order.
    """

    declared: Declared
    capabilities: Capabilities
    declared_at: dt.datetime
    reachable: bool
    seen_at: dt.datetime | None = None
    troubled_since: dt.datetime | None = None


def needs_backup(case: Case, *, lead: dt.timedelta, now: dt.datetime) -> bool:
    """`lead`: how long before the arrival a code must be confirmed."""
    declared = case.declared
    if declared.revoked_at is not None or not is_due(declared, case.capabilities, lead=lead, now=now):
        return False
    if is_working(declared, lead=lead, now=now) or _is_staged_in_time(case, now=now):
        return False
    return not _is_settling(case, now=now)


def is_due(declared: Declared, capabilities: Capabilities, *, lead: dt.timedelta, now: dt.datetime) -> bool:
    """Tell whether the arrival is near or past, and the end not. What the lock is not to get before is not missed."""
    if declared.starts_at is None or declared.ends_at is None:
        return False
    ahead = min(lead, lead_of(declared, capabilities) - PATIENCE)
    return declared.starts_at - ahead <= now < declared.ends_at


def is_working(declared: Declared, *, lead: dt.timedelta, now: dt.datetime) -> bool:
    """Tell whether the lock is known to open by this code, from the arrival (or now) for at least `lead` on."""
    written = declared.written
    if written is None or declared.seen not in (Seen.PRESENT, Seen.ASSUMED) or not written.enabled:
        return False
    if written.pin_key is None or written.pin_key != declared.pin_key:
        return False
    first = now if declared.starts_at is None else max(now, declared.starts_at)
    last = max(first, now + lead)
    last = last if declared.ends_at is None else min(last, declared.ends_at)
    opens = written.starts_at is None or written.starts_at <= first
    return opens and (written.ends_at is None or written.ends_at >= last)


def _is_staged_in_time(case: Case, *, now: dt.datetime) -> bool:
    declared = case.declared
    staged = declared.written is not None and not declared.written.enabled
    known = declared.seen in (Seen.PRESENT, Seen.ASSUMED)
    in_time = declared.starts_at is not None and now < declared.starts_at + SETTING_GRACE
    return staged and known and in_time and case.reachable


def _is_settling(case: Case, *, now: dt.datetime) -> bool:
    declared = case.declared
    if not case.reachable or declared.stopped or declared.failures >= FAILED_AFTER:
        return False
    if case.troubled_since is not None and now - case.troubled_since >= PATIENCE:
        return False
    touched = [case.declared_at]
    if declared.attempts:
        touched += [moment for moment in (declared.written_at, case.seen_at) if moment is not None]
    return now - max(touched) < PATIENCE


def answer_report(
    case: Case, *, reported_at: dt.datetime | None, lead: dt.timedelta, now: dt.datetime
) -> Answer:
    """`reported_at`: when the guest first said so, where that was not long ago."""
    declared = case.declared
    if declared.revoked_at is not None or (declared.ends_at is not None and declared.ends_at <= now):
        return Answer.OVER
    if not is_due(declared, case.capabilities, lead=lead, now=now):
        return Answer.TOO_EARLY
    is_ahead = declared.starts_at is not None and now < declared.starts_at
    if not is_working(declared, lead=dt.timedelta(0), now=now):
        staged = _is_staged_in_time(case, now=now)
        return Answer.TOO_EARLY if staged and is_ahead else Answer.PULL
    if is_ahead:
        return Answer.TOO_EARLY
    if reported_at is None or now - reported_at < SAME_REPORT:
        return Answer.CHECKING
    return Answer.PULL


def report_calls_for_backup(
    case: Case, *, reported_at: dt.datetime, read_at: dt.datetime | None, now: dt.datetime
) -> bool:
    """Tell whether a report that was being checked has shown the code to fail."""
    if not is_working(case.declared, lead=dt.timedelta(0), now=now):
        return True
    fresh = case.capabilities.reads_codes and read_at is not None and read_at > reported_at
    return not fresh and now - reported_at >= READING_TIME
