"""What to do about a calendar that was read, given what is known: decisions only, nothing is done here. Pure.

Level-based: each event is judged by what it says now and by the stay it stands for, so a missed or repeated read
changes nothing. A stay is changed only where the event's digest changed, so what a person altered meanwhile is left
alone.
Who an event is: `identity`. What an absence means: `absence`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from properties.calendars.absence import judge_absences
from properties.calendars.identity import is_double, match_events, touches
from properties.calendars.known import FeedState, KnownEvent, KnownStay, Plan, Read, Step, Verdict
from properties.calendars.reading import Classified
from properties.enums import AmbiguousPolicy, CancelReason, Decision, EventClass

POLICY_NIGHTS: Final = range(1, 29)
_STAYS: Final = frozenset({EventClass.STAY, EventClass.TENTATIVE})
_DECIDABLE: Final = frozenset({EventClass.AMBIGUOUS, EventClass.TENTATIVE, EventClass.BLOCK})


def merge(known: Sequence[KnownEvent], read: Read, feed: FeedState) -> Plan:
    matched = match_events(known, read)
    verdicts = tuple(_judge(one, matched.get(one.event.uid), known, read, feed) for one in read.events)
    adopted = {one.known.uid for one in verdicts if one.known is not None and one.renamed}
    absences = judge_absences(known, read, feed, adopted=adopted, verdicts=verdicts)
    message = absences.message
    if not read.complete:
        message = "The calendar was cut off; what could be read was used, and no absence was believed."
    elif read.is_empty and not message and any(one.pk and not one.retired for one in known):
        message = "The calendar is empty, although it was not before."
    return Plan(
        verdicts=verdicts,
        absences=tuple(absences.found),
        suspect=bool(message),
        message=message,
        mass_absence_since=absences.mass_absence_since,
        mass_absence_allowed=absences.mass_absence_allowed,
    )


def digest_of(classified: Classified) -> str:
    """Covers what matters of an event; not its DTSTAMP, nor the words around the facts."""
    event = classified.event
    facts = [
        classified.kind, event.arrival_date, event.departure_date, classified.check_in_time, classified.check_out_time,
        classified.name, classified.reference, classified.email, classified.phone, classified.last4, classified.adults,
    ]  # fmt: skip
    return hashlib.sha256(
        json.dumps([None if one is None else str(one) for one in facts]).encode()
    ).hexdigest()


@dataclass(frozen=True, slots=True)
class _Settled:
    """What the event counts as, after the policy or a person has spoken. PENDING counts as AMBIGUOUS."""

    kind: EventClass
    decision: Decision
    reason: str


def _judge(
    one: Classified, known: KnownEvent | None, all_known: Sequence[KnownEvent], read: Read, feed: FeedState
) -> Verdict:
    settled = _settle(one, known, feed)
    stay = known.stay if known else None
    step, reason = _step(one, known, settled, read)
    if step is Step.CREATE:
        step, reason = _doubt_creation(one, all_known, read, reason)
    elif step is Step.CHANGE and one.kind == EventClass.AMBIGUOUS and _swallows(one, stay, all_known, read):
        step, reason = (
            Step.ASK,
            "It now covers the nights of another booking that has gone from the calendar.",
        )
    decision = settled.decision
    if step is Step.ASK:
        decision = Decision.PENDING
    elif decision == Decision.PENDING or step is Step.CANCEL:
        decision = Decision.NONE
    return Verdict(one, known, step, decision, reason)


def _settle(one: Classified, known: KnownEvent | None, feed: FeedState) -> _Settled:
    said = known.decision if known else Decision.NONE
    stay = known.stay if known else None
    if known and said == Decision.IGNORED and known.kind == one.kind:
        return _Settled(EventClass.IGNORED, said, "A person said that it is no stay.")
    if known and said == Decision.ACCEPTED and known.kind == one.kind and one.kind in _DECIDABLE:
        return _Settled(EventClass.STAY, said, "It was accepted as a stay.")
    if one.kind != EventClass.AMBIGUOUS:
        return _Settled(one.kind, said if said == Decision.ACCEPTED else Decision.NONE, one.reason)
    if stay is not None and stay.live:
        return _Settled(EventClass.AMBIGUOUS, Decision.PENDING, one.reason)
    if feed.policy == AmbiguousPolicy.IGNORE:
        return _Settled(EventClass.IGNORED, Decision.NONE, "The feed's policy ignores what is ambiguous.")
    if feed.policy == AmbiguousPolicy.ACCEPT and one.event.nights in POLICY_NIGHTS:
        return _Settled(EventClass.STAY, Decision.ACCEPTED, "The feed's policy takes it for a stay.")
    return _Settled(EventClass.AMBIGUOUS, Decision.PENDING, one.reason)


def _step(one: Classified, known: KnownEvent | None, settled: _Settled, read: Read) -> tuple[Step, str]:
    stay = known.stay if known else None
    if settled.kind == EventClass.CANCELLED:
        cancellable = stay is not None and (stay.live or stay.cancel_reason == CancelReason.ABSENCE)
        return (Step.CANCEL if cancellable else Step.NOTHING), settled.reason
    if settled.decision == Decision.IGNORED:
        return Step.NOTHING, settled.reason
    if known is not None and stay is not None and stay.live:
        return _step_of_live(one, known, stay, settled, read)
    if one.event.departure_date < read.today:
        return Step.NOTHING, "It is over."
    if settled.kind == EventClass.AMBIGUOUS:
        return Step.ASK, settled.reason
    if settled.kind not in _STAYS:
        return Step.NOTHING, settled.reason
    return (Step.CREATE, settled.reason) if stay is None else _step_of_cancelled(stay)


def _step_of_live(
    one: Classified, known: KnownEvent, stay: KnownStay, settled: _Settled, read: Read
) -> tuple[Step, str]:
    if settled.kind == EventClass.AMBIGUOUS:
        return Step.ASK, settled.reason
    if settled.kind not in _STAYS:
        return Step.ASK, f"It was a stay, and now: {settled.reason}"
    if known.pk is not None and known.uid == one.event.uid and known.digest == digest_of(one):
        return Step.NOTHING, settled.reason
    if settled.kind == EventClass.TENTATIVE and not stay.tentative and stay.starts_at <= read.now:
        return Step.ASK, "The guest is in the house, and the calendar now calls it tentative."
    return Step.CHANGE, settled.reason


def _step_of_cancelled(stay: KnownStay) -> tuple[Step, str]:
    if stay.cancel_reason == CancelReason.ABSENCE:
        return Step.REINSTATE, "It is back in the calendar."
    if stay.cancel_reason == CancelReason.EXPLICIT:
        return Step.ASK, "It was cancelled and is back in the calendar."
    return Step.NOTHING, "A person cancelled it."


def _doubt_creation(
    one: Classified, known: Sequence[KnownEvent], read: Read, reason: str
) -> tuple[Step, str]:
    if is_double(one, known, read):
        return Step.NOTHING, "Another event of this calendar has the same reference and nights."
    if not read.complete and any(touches(one, stay) for stay in _gone(known, read)):
        return Step.NOTHING, "It may be a known booking under a new id; that shows in a complete calendar."
    return Step.CREATE, reason


def _swallows(one: Classified, stay: KnownStay | None, known: Sequence[KnownEvent], read: Read) -> bool:
    """Booking.com may melt adjacent bookings into one event."""
    return any(
        other.departure_date is not None
        and (stay is None or other.pk != stay.pk)
        and one.event.arrival_date <= other.arrival_date
        and other.departure_date <= one.event.departure_date
        for other in _gone(known, read)
    )


def _gone(known: Sequence[KnownEvent], read: Read) -> list[KnownStay]:
    stays = [one.stay for one in known if one.uid not in read.uids]
    return [stay for stay in stays if stay is not None and stay.live and not stay.has_ended(read.now)]
