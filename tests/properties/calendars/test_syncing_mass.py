"""The hold of several absences, and events without an id: failure F27 and promise P9 through the whole pipeline."""

from __future__ import annotations

import pytest

from properties.booking import cancel_stay
from properties.enums import CancelReason, FetchOutcome, StayStatus
from tests.factories import NOW
from tests.properties.calendars.feedlab import MINUTES, FeedLab, day
from tests.properties.calendars.samples import event, named

pytestmark = pytest.mark.django_db

HOUR = 60 * MINUTES
ANN, BOB, CYD = named("Ann", day(1)), named("Bob", day(8)), named("Cyd", day(20))


@pytest.fixture
def lab() -> FeedLab:
    lab = FeedLab()
    lab.now = NOW.replace(hour=18)
    lab.read(ANN, BOB, CYD)
    return lab


def statuses(lab: FeedLab) -> dict[str, str]:
    return {stay.guest_name: stay.status for stay in lab.stays}


def test_f27_hold_outlives_the_one_that_arrives(lab: FeedLab) -> None:
    begun = lab.now
    while lab.now < begun + 24 * HOUR:
        fetch = lab.read(CYD, after=30 * MINUTES)
        assert fetch.outcome == FetchOutcome.SUSPECT
    assert len(lab.live) == 3

    lab.read(CYD)

    assert statuses(lab) == {
        "Ann": StayStatus.CONFIRMED,
        "Bob": StayStatus.CANCELLED,
        "Cyd": StayStatus.CONFIRMED,
    }


def test_f27_hold_outlives_the_one_that_a_person_cancels(lab: FeedLab) -> None:
    lab.read(CYD, times=5)
    cancel_stay(lab.stays[0], reason=CancelReason.PERSON, actor="ana", now=lab.now)

    fetch = lab.read(CYD, times=3)

    assert [stay.guest_name for stay in lab.live] == ["Bob", "Cyd"]
    assert "still missing" in fetch.message


def test_f27_one_that_arrives_today_counts_along() -> None:
    lab = FeedLab()
    lab.read(named("Ann", day(0)), BOB, CYD)

    lab.read(CYD, times=10)

    assert len(lab.live) == 3
    assert lab.feed.mass_absence_since is not None


def test_f27_old_hold_is_none_for_what_vanishes_later() -> None:
    lab = FeedLab()
    guests = [named(f"Guest {at}", day(10 + 5 * at)) for at in range(6)]
    lab.read(*guests)
    lab.read(*guests[2:], after=23 * HOUR)
    lab.read(*guests[2:], times=2, after=30 * MINUTES)
    lab.read(*guests[5:], times=5, after=30 * MINUTES)

    assert [stay.guest_name for stay in lab.live] == ["Guest 2", "Guest 3", "Guest 4", "Guest 5"]
    lab.read(*guests[5:], times=25, after=HOUR)
    assert [stay.guest_name for stay in lab.live] == ["Guest 5"]
    assert lab.feed.mass_absence_since is None


def test_p9_event_that_loses_its_id_is_not_absent(lab: FeedLab) -> None:
    bare = [line for line in BOB if not line.startswith("UID")]

    lab.read(ANN, bare, CYD, times=10)

    assert len(lab.live) == 3


def test_p9_event_without_id_or_readable_nights_may_be_any_booking(lab: FeedLab) -> None:
    lab.read(ANN, event(None, "20270231", "20270305", "Bob"), CYD, times=10)

    assert len(lab.live) == 3


def test_event_without_id_of_other_nights_holds_nothing(lab: FeedLab) -> None:
    lab.read(ANN, event(None, f"{day(40):%Y%m%d}", f"{day(44):%Y%m%d}", "Zoe"), CYD, times=4)

    assert [stay.guest_name for stay in lab.live] == ["Ann", "Cyd"]


def test_calendar_of_events_without_ids_is_not_empty(lab: FeedLab) -> None:
    fetch = lab.read(*([line for line in one if not line.startswith("UID")] for one in (ANN, BOB, CYD)))

    assert (len(lab.live), "empty" in fetch.message) == (3, False)
