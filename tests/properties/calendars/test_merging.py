"""The merging as such: what may never come out of it, whatever goes in."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from properties.calendars.known import (
    AbsenceStep,
    FeedState,
    KnownEvent,
    KnownStay,
    Plan,
    Read,
    Step,
)
from properties.calendars.merging import merge
from properties.calendars.parsing import CalendarEvent
from properties.calendars.reading import Classified, digest_of
from properties.enums import AmbiguousPolicy, CancelReason, Channel, Decision, EventClass
from tests.factories import NOW

TODAY = NOW.date()
UIDS = ["a", "b", "c", "d"]


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(15), tzinfo=dt.UTC)


@st.composite
def classified_events(draw: st.DrawFn, uid: str) -> Classified:
    start = TODAY + dt.timedelta(days=draw(st.integers(-4, 8)))
    event = CalendarEvent(uid, start, start + dt.timedelta(days=draw(st.integers(1, 6))))
    return Classified(
        event,
        Channel.GENERIC,
        draw(st.sampled_from(EventClass)),
        "a reason",
        name=draw(st.sampled_from(["", "Ann", "Anna"])),
        reference=draw(st.sampled_from(["", "R1", "R2"])),
        last4=draw(st.sampled_from(["", "0001"])),
    )


@st.composite
def known_events(draw: st.DrawFn, pk: int, uid: str) -> KnownEvent:
    shown = draw(classified_events(uid))
    event = shown.event
    live = draw(st.booleans())
    stay = KnownStay(
        pk=pk,
        live=live,
        cancel_reason="" if live else draw(st.sampled_from(CancelReason)),
        arrival_date=event.arrival_date,
        departure_date=event.departure_date,
        starts_at=moment(event.arrival_date),
        ends_at=moment(event.departure_date),
        name=shown.name,
        reference=shown.reference,
        last4=shown.last4,
    )
    missed = draw(st.sampled_from([0, 1, 2, 50]))
    return KnownEvent(
        pk=pk,
        uid=uid,
        kind=shown.kind,
        decision=draw(st.sampled_from(Decision)),
        digest=digest_of(shown),
        missed=missed,
        missing_since=NOW - dt.timedelta(hours=missed) if missed else None,
        retired=draw(st.booleans()) and not live,
        stay=stay if draw(st.booleans()) else None,
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[KnownEvent], Read, FeedState]:
    known = [
        draw(known_events(number, uid))
        for number, uid in enumerate(draw(st.lists(st.sampled_from(UIDS), unique=True)), start=1)
    ]
    seen = draw(st.lists(st.sampled_from([*UIDS, "x", "y"]), unique=True))
    read = Read(
        events=tuple(draw(classified_events(uid)) for uid in seen),
        complete=draw(st.booleans()),
        now=NOW,
        today=TODAY,
        unreadable=frozenset(draw(st.lists(st.sampled_from(UIDS), max_size=1))) - set(seen),
    )
    allowed = draw(st.booleans())
    since = draw(st.sampled_from([None, NOW - dt.timedelta(hours=1), NOW - dt.timedelta(hours=25)]))
    return known, read, FeedState(draw(st.sampled_from(AmbiguousPolicy)), since, allowed)


def cancelled_by_absence(plan: Plan) -> list[KnownEvent]:
    return [one.known for one in plan.absences if one.step is AbsenceStep.CANCEL]


@given(situations())
def test_each_event_gets_one_verdict_and_each_stay_at_most_one(
    situation: tuple[list[KnownEvent], Read, FeedState],
) -> None:
    known, read, feed = situation

    plan = merge(known, read, feed)

    assert [one.classified for one in plan.verdicts] == list(read.events)
    taken = [
        one.known.stay.pk for one in plan.verdicts if one.known is not None and one.known.stay is not None
    ]
    taken += [one.known.stay.pk for one in plan.absences if one.known.stay is not None]
    assert len(taken) == len(set(taken))


@given(situations())
def test_p9_absence_cancels_only_what_the_rule_allows(
    situation: tuple[list[KnownEvent], Read, FeedState],
) -> None:
    known, read, feed = situation

    plan = merge(known, read, feed)

    gone = cancelled_by_absence(plan)
    for one in gone:
        assert read.complete
        assert one.uid not in read.uids
        assert one.missed + 1 >= 3
        assert one.stay is not None
        assert one.stay.live
        assert one.stay.arrival_date > TODAY
        assert one.stay.starts_at > NOW
        assert feed.mass_absence_allowed or not read.is_empty
    if len(gone) >= 2 and not feed.mass_absence_allowed:
        assert feed.mass_absence_since is not None
        assert NOW - feed.mass_absence_since >= dt.timedelta(hours=24)


@given(situations())
def test_f29_a_guest_in_the_house_loses_the_stay_only_by_an_explicit_word(
    situation: tuple[list[KnownEvent], Read, FeedState],
) -> None:
    known, read, feed = situation
    live = [one.stay for one in known if one.stay and one.stay.live]
    inside = {stay.pk for stay in live if stay.starts_at <= NOW and stay.ends_at and stay.ends_at > NOW}

    plan = merge(known, read, feed)

    assert not inside & {one.stay.pk for one in cancelled_by_absence(plan) if one.stay}
    for verdict in plan.verdicts:
        stay = verdict.known.stay if verdict.known else None
        if stay is None or stay.pk not in inside:
            continue
        if verdict.step is Step.CANCEL:
            assert verdict.classified.kind == EventClass.CANCELLED
        if verdict.step is Step.CHANGE:
            assert verdict.classified.event.arrival_date <= TODAY


@given(situations())
def test_nothing_is_created_from_what_is_no_stay(situation: tuple[list[KnownEvent], Read, FeedState]) -> None:
    known, read, feed = situation

    for verdict in merge(known, read, feed).verdicts:
        if verdict.step is Step.CREATE:
            accepted = verdict.decision == Decision.ACCEPTED
            assert verdict.classified.kind in {EventClass.STAY, EventClass.TENTATIVE} or accepted
            assert verdict.classified.event.departure_date >= TODAY


@given(situations())
def test_the_same_read_again_changes_nothing(situation: tuple[list[KnownEvent], Read, FeedState]) -> None:
    """The fixpoint: once every event is known as it stands, a read plans no change."""
    _, read, feed = situation
    read = replace(read, complete=True, unreadable=frozenset())
    known = [
        KnownEvent(
            pk=number,
            uid=one.event.uid,
            kind=one.kind,
            decision=Decision.ACCEPTED if one.kind == EventClass.AMBIGUOUS else Decision.NONE,
            digest=digest_of(one),
            stay=KnownStay(
                pk=number,
                live=True,
                cancel_reason="",
                arrival_date=one.event.arrival_date,
                departure_date=one.event.departure_date,
                starts_at=moment(one.event.arrival_date),
                ends_at=moment(one.event.departure_date),
                tentative=one.kind == EventClass.TENTATIVE,
            ),
        )
        for number, one in enumerate(read.events, start=1)
        if one.kind in {EventClass.STAY, EventClass.TENTATIVE, EventClass.AMBIGUOUS}
    ]
    read = replace(
        read, events=tuple(one for one in read.events if one.event.uid in {row.uid for row in known})
    )

    plan = merge(known, read, feed)

    assert {one.step for one in plan.verdicts} <= {Step.NOTHING}
    assert plan.absences == ()


@given(situations())
def test_the_order_of_events_does_not_matter(
    situation: tuple[list[KnownEvent], Read, FeedState],
) -> None:
    known, read, feed = situation
    turned = replace(read, events=tuple(reversed(read.events)))

    plan, other = merge(known, read, feed), merge(list(reversed(known)), turned, feed)

    assert set(plan.verdicts) == set(other.verdicts)
    assert set(plan.absences) == set(other.absences)
