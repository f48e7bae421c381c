"""A guest in the house keeps the stay, whatever the calendar makes of its id: failure F29 and promise P2."""

from __future__ import annotations

import datetime as dt

import pytest

from properties.calendars.deciding import decide_event
from properties.enums import Decision, StayStatus
from tests.properties.calendars.feedlab import FeedLab, day
from tests.properties.calendars.samples import event, named, reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> FeedLab:
    return FeedLab()


def told(lab: FeedLab) -> list[tuple[str, dt.date, str]]:
    return [(stay.guest_name, stay.arrival_date, stay.status) for stay in lab.stays]


@pytest.mark.parametrize("start", [-1, 0])
def test_f29_id_that_is_given_to_a_later_guest_is_asked_about(lab: FeedLab, start: int) -> None:
    lab.read(named("Ann", day(start), 4, "listing-42"))

    lab.read(named("Bob", day(5), 4, "listing-42"), times=3)

    assert told(lab) == [("Ann", day(start), StayStatus.CONFIRMED)]
    assert len(lab.inbox) == 1


@pytest.mark.parametrize(
    ("decision", "guests"), [(Decision.ACCEPTED, ["Ann", "Bob"]), (Decision.IGNORED, ["Ann"])]
)
def test_f29_neither_word_of_a_person_moves_the_guest_out(
    lab: FeedLab, decision: Decision, guests: list[str]
) -> None:
    lab.read(named("Ann", day(-1), 4, "listing-42"))
    lab.read(named("Bob", day(5), 4, "listing-42"))

    decide_event(lab.inbox[0], decision=decision, actor="ana", now=lab.now)
    lab.read(named("Bob", day(5), 4, "listing-42"), times=8, after=dt.timedelta(hours=20))

    assert [stay.guest_name for stay in lab.live] == guests
    assert lab.live[0].arrival_date == day(-1)
    assert lab.inbox == []


def test_f07_id_that_comes_again_after_the_stay_is_another_stay_with_its_own_code(lab: FeedLab) -> None:
    lab.read(named("Ann", day(1), 4, "same"), named("Bob", day(8), 4, "same"))
    lab.now += dt.timedelta(days=2)
    lab.read(named("Bob", day(8), 4, "same"))
    assert told(lab) == [("Ann", day(1), StayStatus.CONFIRMED)]

    lab.now += dt.timedelta(days=4)
    lab.read(named("Bob", day(8), 4, "same"), times=3)

    assert told(lab) == [("Ann", day(1), StayStatus.CONFIRMED), ("Bob", day(8), StayStatus.CONFIRMED)]
    assert lab.stays[1].external_id == "same"
    assert lab.inbox == []


def test_stay_that_was_shortened_into_the_past_is_extended_again_as_the_same_stay(lab: FeedLab) -> None:
    lab.read(named("Ann", day(-4), 8))
    lab.read(named("Ann", day(-4), 3))

    lab.read(named("Ann", day(-4), 9))

    assert [(stay.arrival_date, stay.departure_date) for stay in lab.stays] == [(day(-4), day(5))]


def test_f29_reference_under_a_new_id_leaves_the_guest_in_the_house() -> None:
    lab = FeedLab(prodid="airbnb")
    lab.read(reserved("HMAAAA1111", day(-1), uid="u1@airbnb.com"))

    lab.read(reserved("HMAAAA1111", day(10), uid="u2@airbnb.com"), times=3)

    assert [(stay.external_id, stay.arrival_date) for stay in lab.live] == [
        ("u1@airbnb.com", day(-1)),
        ("u2@airbnb.com", day(10)),
    ]


def test_f29_reference_that_every_event_bears_leaves_the_guest_in_the_house(lab: FeedLab) -> None:
    lab.read(event("u1", f"{day(-1):%Y%m%d}", f"{day(3):%Y%m%d}", "Ann Smith", "Reference: LOFT2"))

    lab.read(event("u2", f"{day(5):%Y%m%d}", f"{day(9):%Y%m%d}", "Bob Jones", "Reference: LOFT2"), times=3)

    assert [stay.guest_name for stay in lab.live] == ["Ann Smith", "Bob Jones"]
