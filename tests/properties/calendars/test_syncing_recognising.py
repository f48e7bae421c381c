"""Bookings under a new id: what is enough to recognise them and what is not. Failures F04 and F10."""

from __future__ import annotations

import pytest

from properties.calendars.deciding import decide_event
from properties.enums import AmbiguousPolicy, CancelReason, Decision, StayStatus
from tests.factories import make_feed
from tests.properties.calendars.feedlab import FeedLab, day
from tests.properties.calendars.samples import event, named

pytestmark = pytest.mark.django_db


def booked(uid: str, start: int, end: int, summary: str, note: str | None = None) -> list[str]:
    return event(uid, f"{day(start):%Y%m%d}", f"{day(end):%Y%m%d}", summary, note)


@pytest.mark.parametrize(("prodid", "summary"), [("booking", "CLOSED - Not available"), ("vrbo", "Reserved")])
def test_f04_same_nights_under_a_new_id_without_a_name_are_the_same_stay(prodid: str, summary: str) -> None:
    lab = FeedLab(make_feed(ambiguous_policy=AmbiguousPolicy.ACCEPT), prodid)
    lab.read(booked("a", 5, 9, summary))

    lab.read(booked("b", 5, 9, summary), times=5)

    assert [(stay.external_id, stay.status) for stay in lab.stays] == [("b", StayStatus.CONFIRMED)]
    assert lab.inbox == []


@pytest.mark.parametrize("decision", [Decision.ACCEPTED, Decision.IGNORED])
def test_f04_other_nights_over_a_vanished_booking_are_asked_about(decision: Decision) -> None:
    lab = FeedLab(prodid="vrbo")
    lab.read(booked("a", 5, 9, "Reserved"), booked("z", 20, 24, "Reserved"))

    lab.read(booked("b", 6, 10, "Reserved"), booked("z", 20, 24, "Reserved"), times=6)
    assert [stay.external_id for stay in lab.live] == ["a", "z"]
    (asked,) = lab.inbox
    decide_event(asked, decision=decision, actor="ana", now=lab.now)
    lab.read(booked("b", 6, 10, "Reserved"), booked("z", 20, 24, "Reserved"), times=4)

    assert [stay.external_id for stay in lab.live] == (["b", "z"] if decision == Decision.ACCEPTED else ["z"])
    assert lab.inbox == []


def test_f04_same_nights_of_another_guest_are_another_stay() -> None:
    lab = FeedLab(prodid="vrbo")
    lab.read(booked("a", 5, 9, "Reserved - Ann Smith"))

    lab.read(booked("b", 5, 9, "Reserved - Bob Jones"), times=4)

    assert [(stay.guest_name, stay.cancel_reason) for stay in lab.stays] == [
        ("Ann Smith", CancelReason.ABSENCE),
        ("Bob Jones", ""),
    ]


def test_f30_same_nights_as_a_cancelled_stay_may_be_another_guest() -> None:
    lab = FeedLab(prodid="vrbo")
    lab.read(booked("a", 5, 9, "Reserved"), booked("z", 20, 24, "Reserved"))
    lab.read(booked("z", 20, 24, "Reserved"), times=4)

    lab.read(booked("b", 5, 9, "Reserved"), booked("z", 20, 24, "Reserved"))

    assert [stay.external_id for stay in lab.live] == ["b", "z"]
    assert len(lab.stays) == 3


def test_f10_name_that_nobody_owns_does_not_merge_two_guests() -> None:
    lab = FeedLab()
    lab.read(named("Booking.com guest", day(5), 4, "a"))

    lab.read(named("Booking.com guest", day(9), 4, "b"))

    assert [stay.external_id for stay in lab.live] == ["a", "b"]


def test_f10_reference_that_several_bookings_bear_does_not_merge_two_guests() -> None:
    lab = FeedLab()
    ann, bob, cyd = (
        booked(name, start, start + 4, name, "Reference: LOFT2")
        for name, start in (("Ann", 5), ("Bob", 12), ("Cyd", 20))
    )
    lab.read(ann, bob)

    lab.read(bob, cyd)

    assert [stay.guest_name for stay in lab.live] == ["Ann", "Bob", "Cyd"]


def test_f10_same_reference_but_another_name_far_away_is_another_stay() -> None:
    lab = FeedLab()
    lab.read(booked("a", 5, 9, "Ann", "Reference: LOFT2"))

    lab.read(booked("b", 12, 16, "Bob", "Reference: LOFT2"))

    assert [stay.guest_name for stay in lab.live] == ["Ann", "Bob"]
