"""The disappearance rule: when a booking that is no longer in the calendar counts as cancelled. Pure.

Only if all of this holds: the read was complete; the booking has not begun (from the morning of its arrival day on
it is never cancelled by absence); it was missing in 3 good reads in a row over 30 minutes; nothing undecided in the
calendar could be it; and not several bookings vanished at once. Two or more at once are held for 24 hours and
somebody is told; a person may allow it sooner, and it ends sooner where bookings come back. One that has gone since
and now arrives counts along, as does one of today. An empty calendar cancels nothing at all without a person's word,
and with it only after 12 reads over 6 hours. (One booking alone is never a mass, however few there are.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from properties.calendars.identity import overlaps
from properties.calendars.known import (
    Absence,
    Absences,
    AbsenceStep,
    FeedState,
    KnownEvent,
    Read,
    Step,
    Verdict,
)

MASS: Final = 2
MASS_HOLD: Final = dt.timedelta(hours=24)
MAX_MISSED: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Patience:
    reads: int
    span: dt.timedelta


ORDINARY: Final = _Patience(3, dt.timedelta(minutes=30))
EMPTY: Final = _Patience(12, dt.timedelta(hours=6))


def judge_absences(
    known: Sequence[KnownEvent],
    read: Read,
    feed: FeedState,
    *,
    adopted: Collection[str],
    verdicts: Sequence[Verdict],
) -> Absences:
    """`adopted`: UIDs of known events that stand in this read under another UID."""
    seen = read.uids | set(adopted)
    absent = [one for one in known if one.pk and not one.retired and one.uid not in seen]
    if not read.complete:
        found = [_same(one, AbsenceStep.KEEP, "The calendar was not complete.") for one in absent]
        return Absences(found, feed.mass_absence_since, feed.mass_absence_allowed, "")
    asked = [one for one in verdicts if one.step is Step.ASK]
    quiet = {one.uid: settled for one in absent if (settled := _settle(one, read, asked))}
    vanished = [one for one in absent if one.uid not in quiet]
    present = {one.event.uid for one in read.events} | set(adopted)
    came_back = any(one.missed and not one.retired and one.uid in present for one in known)
    at_once = len(vanished) + sum(_counts_along(one, read) for one in absent if one.uid in quiet)
    since = _held_since(len(vanished), at_once, read, feed, came_back=came_back)
    found = [quiet[one.uid] if one.uid in quiet else _count(one, read, feed, since) for one in absent]
    open_ones = [one for one in found if one.step in {AbsenceStep.MISS, AbsenceStep.HOLD}]
    if not open_ones:
        return Absences(found, mass_absence_since=None, mass_absence_allowed=False, message="")
    return Absences(found, since, feed.mass_absence_allowed, _message(open_ones, at_once, read, feed, since))


def _counts_along(one: KnownEvent, read: Read) -> bool:
    """Quiet now, but gone together with the others: it was missing before it arrived, or arrives today."""
    stay = one.stay
    if stay is None or not stay.live or stay.has_ended(read.now):
        return False
    return one.missed > 0 or stay.arrival_date == read.today


def _held_since(
    vanished: int, at_once: int, read: Read, feed: FeedState, *, came_back: bool
) -> dt.datetime | None:
    """Since when absences are held. A hold outlives the ones that made it, until bookings come back."""
    # Of an empty calendar even one booking is for a person to say, and this is what makes the page ask.
    doubtful = read.is_empty or at_once >= MASS or (feed.mass_absence_since is not None and not came_back)
    return (feed.mass_absence_since or read.now) if vanished and doubtful else None


def _settle(one: KnownEvent, read: Read, asked: Sequence[Verdict]) -> Absence | None:
    """What needs no counting; None where the absence may become a cancellation."""
    stay = one.stay
    if stay is None or not stay.live or stay.has_ended(read.now):
        if read.is_empty:
            return _same(one, AbsenceStep.KEEP, "The calendar is empty.")
        return _same(one, AbsenceStep.RETIRE, "It is no longer in the calendar.")
    if stay.has_begun(read.now, read.today):
        return _same(
            one, AbsenceStep.KEEP, "The guest is expected today or in the house: absence cancels nothing."
        )
    if any(overlaps(other.classified.event, stay) for other in asked):
        return _same(one, AbsenceStep.KEEP, "An undecided event of the same nights may be this booking.")
    if any(other is None or overlaps(other, stay) for other in read.nameless):
        return _same(one, AbsenceStep.KEEP, "An event without an id may be this booking.")
    return None


def _count(one: KnownEvent, read: Read, feed: FeedState, mass_since: dt.datetime | None) -> Absence:
    missed, since = min(one.missed + 1, MAX_MISSED), one.missing_since or read.now
    patience = EMPTY if read.is_empty else ORDINARY
    if missed < patience.reads or read.now - since < patience.span:
        return Absence(one, AbsenceStep.MISS, f"Missing in {missed} reads.", missed, since)
    if not feed.mass_absence_allowed:
        if read.is_empty:
            return Absence(one, AbsenceStep.HOLD, "The calendar is empty.", missed, since)
        if mass_since is not None and read.now < _hold_ends(since, mass_since):
            return Absence(one, AbsenceStep.HOLD, "Several bookings vanished at once.", missed, since)
    return Absence(
        one, AbsenceStep.CANCEL, f"Missing in {missed} reads since {since:%d %b %H:%M} UTC.", missed, since
    )


def _same(one: KnownEvent, step: AbsenceStep, reason: str) -> Absence:
    return Absence(one, step, reason, one.missed, one.missing_since)


def _hold_ends(missing_since: dt.datetime, mass_since: dt.datetime) -> dt.datetime:
    """Each has its own 24 hours, so that an old hold is none for what vanishes now."""
    return max(missing_since, mass_since) + MASS_HOLD


def _message(
    open_ones: Sequence[Absence], at_once: int, read: Read, feed: FeedState, mass_since: dt.datetime | None
) -> str:
    if feed.mass_absence_allowed or mass_since is None:
        return ""
    if read.is_empty:
        return (
            f"The calendar is empty, but {_bookings(len(open_ones))} should be in it. Nothing is cancelled. "
            "If it is true, allow it on the feed's page."
        )
    ends = min(_hold_ends(one.missing_since or read.now, mass_since) for one in open_ones)
    what = "1 booking is still missing of several that vanished at once."
    if at_once >= MASS:
        what = f"{_bookings(at_once)} vanished at once."
    return f"{what} Nothing is cancelled before {ends:%d %b %H:%M} UTC; if it is true, allow it on the feed's page."


def _bookings(number: int) -> str:
    return "1 booking" if number == 1 else f"{number} bookings"
