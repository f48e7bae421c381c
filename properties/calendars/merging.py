"""What to do about a calendar that was read, given what is known: decisions only, nothing is done here. Pure.

Level-based: each event is judged by what it says now and by the stay it stands for, so a missed or repeated read
changes nothing. A stay is changed only where the event's digest changed, so what a person altered meanwhile is left
alone.
Who an event is: `identity`. What an absence means: `absence`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from properties.calendars.absence import judge_absences
from properties.calendars.identity import (
    contradicts,
    is_double,
    match_events,
    overlaps,
    touches,
    worn_references,
)
from properties.calendars.known import FeedState, KnownEvent, KnownStay, Plan, Read, Step, Verdict
from properties.calendars.reading import Classified, digest_of
from properties.enums import AmbiguousPolicy, CancelReason, Decision, EventClass

POLICY_NIGHTS: Final = range(1, 29)
_LATER: Final = (
    "The guest is in the house or expected today, and the calendar now says a later arrival. "
    "Accepted, it becomes a stay of its own."
)
_STAYS: Final = frozenset({EventClass.STAY, EventClass.TENTATIVE})
_DECIDABLE: Final = frozenset({EventClass.AMBIGUOUS, EventClass.TENTATIVE, EventClass.BLOCK})


def merge(known: Sequence[KnownEvent], read: Read, feed: FeedState) -> Plan:
    worn = worn_references(known, read)
    matched = match_events(known, read, worn=worn)
    scene = _Scene(known, read, feed, worn, _gone(known, read, matched))
    verdicts = tuple(_judge(one, matched.get(one.event.uid), scene) for one in read.events)
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


@dataclass(frozen=True, slots=True)
class _Scene:
    """What every event is judged against. `gone`: stays that should be in this read and stand in it under no id."""

    known: Sequence[KnownEvent]
    read: Read
    feed: FeedState
    worn: frozenset[str]
    gone: tuple[KnownStay, ...]


def _gone(
    known: Sequence[KnownEvent], read: Read, matched: Mapping[str, KnownEvent]
) -> tuple[KnownStay, ...]:
    seen = read.uids | {one.uid for one in matched.values()}
    stays = [one.stay for one in known if one.uid not in seen]
    return tuple(stay for stay in stays if stay is not None and stay.live and not stay.has_ended(read.now))


@dataclass(frozen=True, slots=True)
class _Settled:
    """What the event counts as, after the policy or a person has spoken. PENDING counts as AMBIGUOUS."""

    kind: EventClass
    decision: Decision
    reason: str


def _judge(one: Classified, known: KnownEvent | None, scene: _Scene) -> Verdict:
    known = _without_past_stay(one, known, scene.read)
    settled = _settle(one, known, scene.feed)
    step, reason = _step(one, known, settled, scene.read)
    if step is Step.CREATE:
        step, reason = _doubt_creation(one, scene, reason)
    elif step is Step.CHANGE and one.kind == EventClass.AMBIGUOUS and _swallows(one, known, scene):
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


def _without_past_stay(one: Classified, known: KnownEvent | None, read: Read) -> KnownEvent | None:
    """An id that comes again after its stay is over stands for another guest, who gets another code.

    It may be ignored already: then a person was asked while the stay was running.
    """
    stay = known.stay if known else None
    if known and stay and stay.live and stay.is_over_before(one.event.arrival_date, read.now):
        said = known.decision if known.decision == Decision.IGNORED else Decision.NONE
        return replace(known, stay=None, decision=said, digest="")
    return known


def _settle(one: Classified, known: KnownEvent | None, feed: FeedState) -> _Settled:
    said = known.decision if known else Decision.NONE
    stay = known.stay if known else None
    if known and said == Decision.IGNORED and known.kind == one.kind:
        return _Settled(EventClass.IGNORED, said, "A person said that it is no stay.")
    if known and said == Decision.ACCEPTED and _covers(known, one):
        return _Settled(EventClass.STAY, said, "It was accepted as a stay.")
    if one.kind != EventClass.AMBIGUOUS:
        return _Settled(one.kind, said if said == Decision.ACCEPTED else Decision.NONE, one.reason)
    live = stay is not None and stay.live
    if feed.policy == AmbiguousPolicy.IGNORE and not live:
        return _Settled(EventClass.IGNORED, Decision.NONE, "The feed's policy ignores what is ambiguous.")
    accepts = feed.policy == AmbiguousPolicy.ACCEPT and one.event.nights in POLICY_NIGHTS
    # What became a stay by a person or by its own words does not become another by the policy.
    if accepts and (not live or (known is not None and known.by_policy)):
        return _Settled(EventClass.STAY, Decision.ACCEPTED, "The feed's policy takes it for a stay.")
    return _Settled(EventClass.AMBIGUOUS, Decision.PENDING, one.reason)


def _covers(accepted: KnownEvent, one: Classified) -> bool:
    """The policy accepts only so many nights, and not more of them later."""
    in_range = one.event.nights in POLICY_NIGHTS or not accepted.by_policy
    return in_range and accepted.kind == one.kind and one.kind in _DECIDABLE


def _step(one: Classified, known: KnownEvent | None, settled: _Settled, read: Read) -> tuple[Step, str]:
    stay = known.stay if known else None
    if settled.kind == EventClass.CANCELLED:
        cancellable = stay is not None and (stay.live or stay.cancel_reason == CancelReason.ABSENCE)
        # Carried out once: who reinstates the stay after that knows better.
        return (Step.CANCEL if cancellable and _is_news(one, known) else Step.NOTHING), settled.reason
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
    if not _is_news(one, known):
        return Step.NOTHING, settled.reason
    if stay.would_lose_its_guest(one.event.arrival_date, read.now, read.today):
        return Step.ASK, _LATER
    if settled.kind == EventClass.TENTATIVE and not stay.tentative and stay.starts_at <= read.now:
        return Step.ASK, "The guest is in the house, and the calendar now calls it tentative."
    return Step.CHANGE, settled.reason


def _is_news(one: Classified, known: KnownEvent | None) -> bool:
    """It says something that was not carried out yet."""
    return known is None or known.pk is None or known.uid != one.event.uid or known.digest != digest_of(one)


def _step_of_cancelled(stay: KnownStay) -> tuple[Step, str]:
    if stay.cancel_reason == CancelReason.ABSENCE:
        return Step.REINSTATE, "It is back in the calendar."
    if stay.cancel_reason == CancelReason.EXPLICIT:
        return Step.ASK, "It was cancelled and is back in the calendar."
    return Step.NOTHING, "A person cancelled it."


def _doubt_creation(one: Classified, scene: _Scene, reason: str) -> tuple[Step, str]:
    if is_double(one, scene.known, scene.read):
        return Step.NOTHING, "Another event of this calendar has the same reference and nights."
    if not scene.read.complete and any(touches(one.event, stay) for stay in scene.gone):
        return Step.NOTHING, "It may be a known booking under a new id; that shows in a complete calendar."
    overlapped = [stay for stay in scene.gone if overlaps(one.event, stay)]
    if not all(contradicts(one, stay, worn=scene.worn) for stay in overlapped):
        return Step.ASK, "It may be a booking of these nights that has gone from the calendar."
    return Step.CREATE, reason


def _swallows(one: Classified, known: KnownEvent | None, scene: _Scene) -> bool:
    """Booking.com may melt adjacent bookings into one event."""
    stay = known.stay if known else None
    return any(
        other.departure_date is not None
        and (stay is None or other.pk != stay.pk)
        and one.event.arrival_date <= other.arrival_date
        and other.departure_date <= one.event.departure_date
        for other in scene.gone
    )
