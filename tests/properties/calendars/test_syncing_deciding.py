"""What a person said or changed outlives the next reads. Failures F30 and F32 through the whole pipeline."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from properties.booking import cancel_stay, details_of, reinstate_stay, save_stay
from properties.calendars.deciding import decide_event
from properties.enums import AmbiguousPolicy, CancelReason, Decision, StayStatus
from tests.factories import make_feed
from tests.properties.calendars.feedlab import FeedLab, day
from tests.properties.calendars.samples import event, named

pytestmark = pytest.mark.django_db


def closed(start: int, end: int) -> list[str]:
    return event("5d@booking.com", f"{day(start):%Y%m%d}", f"{day(end):%Y%m%d}", "CLOSED - Not available")


def test_f30_reinstated_by_a_person_outlives_the_cancelled_event() -> None:
    lab = FeedLab()
    cancelled = named("Ann", day(5), 4, "u", "STATUS:CANCELLED")
    lab.read(named("Ann", day(5), 4, "u"))
    lab.read(cancelled)
    reinstate_stay(lab.stays[0], actor="ana", now=lab.now)

    fetch = lab.read(cancelled, times=3)

    assert (len(lab.live), fetch.changes) == (1, [])
    lab.read(named("Ann", day(5), 5, "u", "STATUS:CANCELLED"))
    assert lab.live == []


def test_f30_accepted_return_that_is_cancelled_again_is_cancelled() -> None:
    lab = FeedLab()
    cancelled = named("Ann", day(5), 4, "u", "STATUS:CANCELLED")
    lab.read(named("Ann", day(5), 4, "u"))
    lab.read(cancelled)
    lab.read(named("Ann", day(5), 4, "u"))
    decide_event(lab.inbox[0], decision=Decision.ACCEPTED, actor="ana", now=lab.now)

    lab.read(cancelled)

    assert [(stay.status, stay.cancel_reason) for stay in lab.stays] == [
        (StayStatus.CANCELLED, CancelReason.EXPLICIT)
    ]


def test_f32_what_a_person_edits_after_accepting_outlives_the_next_read() -> None:
    lab = FeedLab(prodid="booking")
    lab.read(closed(5, 9))
    stay = decide_event(lab.inbox[0], decision=Decision.ACCEPTED, actor="ana", now=lab.now).stay
    assert stay is not None
    edited = replace(details_of(stay), check_out_time=dt.time(14), departure_date=day(10))
    save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=edited,
        actor="ana",
        now=lab.now,
    )

    lab.read(closed(5, 9), times=3)

    stay.refresh_from_db()
    assert (stay.departure_date, stay.check_out_time) == (day(10), dt.time(14))


def test_f32_policy_does_not_accept_what_grows_past_twenty_eight_nights() -> None:
    lab = FeedLab(make_feed(ambiguous_policy=AmbiguousPolicy.ACCEPT), "booking")
    lab.read(closed(5, 9))

    lab.read(closed(5, 75), times=3)
    assert [stay.departure_date for stay in lab.live] == [day(9)]
    assert len(lab.inbox) == 1
    lab.read(closed(5, 11))

    assert [stay.departure_date for stay in lab.live] == [day(11)]
    assert lab.inbox == []


def test_f32_what_a_person_accepted_may_grow_without_a_question() -> None:
    lab = FeedLab(make_feed(ambiguous_policy=AmbiguousPolicy.ACCEPT), "booking")
    lab.read(closed(5, 75))
    decide_event(lab.inbox[0], decision=Decision.ACCEPTED, actor="ana", now=lab.now)

    lab.read(closed(5, 76))

    assert [stay.departure_date for stay in lab.live] == [day(76)]
    assert lab.inbox == []


def test_stay_cancelled_by_a_person_stays_cancelled_while_its_event_is_cancelled_too() -> None:
    lab = FeedLab()
    lab.read(named("Ann", day(5)))
    cancel_stay(lab.stays[0], reason=CancelReason.PERSON, actor="ana", now=lab.now)

    lab.read(named("Ann", day(5), 4, "", "STATUS:CANCELLED"))

    assert [stay.cancel_reason for stay in lab.stays] == [CancelReason.PERSON]
