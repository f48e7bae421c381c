"""Bookings that are not in the calendar: failures F25-F29 and promise P9 through the whole pipeline."""

from __future__ import annotations

import datetime as dt

import pytest

from properties.calendars.feeds import allow_mass_absence
from properties.enums import CancelReason, FetchOutcome, StayStatus
from tests.factories import make_feed, make_property, make_unit
from tests.properties.calendars import samples
from tests.properties.calendars.feedlab import MINUTES, FeedLab, day, marks
from tests.properties.calendars.samples import calendar, named

pytestmark = pytest.mark.django_db

LEA, ANN, ZOE = (named(name, day(offset)) for name, offset in (("Lea", 5), ("Ann", 10), ("Zoe", 15)))
HOUR = 60 * MINUTES


@pytest.fixture
def lab() -> FeedLab:
    lab = FeedLab()
    lab.read(LEA, ANN, ZOE)
    return lab


@pytest.mark.parametrize(
    "body",
    [
        calendar("generic"),
        calendar("generic", LEA, ANN, ZOE)[:-20],
        calendar("generic", LEA)[:-80],
        calendar("generic", LEA, ANN[:-1]),
        b"BEGIN:VCALENDAR\r\n",
    ],
)
def test_f25_p9_empty_or_broken_calendar_cancels_nothing(lab: FeedLab, body: bytes) -> None:
    before = marks()

    fetch = lab.read_bytes(body, times=20, after=HOUR)

    assert fetch.outcome == FetchOutcome.SUSPECT
    assert fetch.message
    assert marks() == before
    assert len(lab.live) == 3


def test_f25_failed_fetches_cancel_nothing_and_back_off(lab: FeedLab) -> None:
    for _ in range(20):
        fetch = lab.fail()

    assert (fetch.outcome, fetch.http_status) == (FetchOutcome.FAILED, 500)
    assert (len(lab.live), lab.feed.failures) == (3, 20)
    assert lab.feed.next_fetch_at is not None
    assert lab.feed.next_fetch_at - fetch.started_at > 45 * MINUTES


def test_f26_single_miss_keeps_the_stay(lab: FeedLab) -> None:
    before = marks()

    lab.read(LEA, ZOE)
    lab.read(LEA, ANN, ZOE)
    lab.read(LEA, ZOE, times=2)
    lab.read(LEA, ANN, ZOE)

    assert marks() == before
    assert lab.feed.feed_events.filter(missed__gt=0).count() == 0


def test_f26_three_misses_within_minutes_keep_the_stay(lab: FeedLab) -> None:
    lab.read(LEA, ZOE, times=8, after=3 * MINUTES)

    assert len(lab.live) == 3


def test_f26_missing_three_reads_over_thirty_minutes_cancels_once(lab: FeedLab) -> None:
    lab.read(LEA, ZOE, times=2)
    assert len(lab.live) == 3

    fetch = lab.read(LEA, ZOE)
    later = lab.read(LEA, ZOE, times=5)

    ann = lab.stays[1]
    assert (ann.status, ann.cancel_reason, ann.revision) == (StayStatus.CANCELLED, CancelReason.ABSENCE, 2)
    assert [(one["what"], one["summary"]) for one in fetch.changes] == [("cancelled", "Ann")]
    assert later.changes == []


def test_failed_and_broken_reads_in_between_do_not_count(lab: FeedLab) -> None:
    lab.read(LEA, ZOE)
    for _ in range(5):
        lab.fail()
    lab.read_bytes(calendar("generic", LEA, ZOE)[:-10], times=5)

    assert len(lab.live) == 3


def test_f30_stay_cancelled_by_absence_is_reinstated_when_it_returns(lab: FeedLab) -> None:
    lab.read(LEA, ZOE, times=4)
    assert len(lab.live) == 2

    fetch = lab.read(LEA, ANN, ZOE)

    assert [one["what"] for one in fetch.changes] == ["reinstated"]
    assert [stay.status for stay in lab.stays] == [StayStatus.CONFIRMED] * 3
    assert lab.inbox == []


def test_stay_cancelled_by_absence_returns_under_another_uid_as_the_same_stay(lab: FeedLab) -> None:
    lab.read(LEA, ZOE, times=4)

    lab.read(LEA, named("Ann", day(10), 4, "other"), ZOE)

    assert [stay.external_id for stay in lab.live] == ["Lea@pms.example", "other", "Zoe@pms.example"]
    assert len(lab.stays) == 3


def test_f27_two_at_once_are_held_for_a_day_and_somebody_is_told(lab: FeedLab) -> None:
    begun = lab.now
    fetch = lab.read(LEA)
    assert "2 bookings vanished at once" in fetch.message
    assert fetch.outcome == FetchOutcome.SUSPECT

    while lab.now < begun + dt.timedelta(hours=24):
        lab.read(LEA, after=HOUR)
    assert len(lab.live) == 3

    lab.read(LEA)

    assert [stay.guest_name for stay in lab.live] == ["Lea"]
    assert lab.feed.mass_absence_since is None


def test_f27_mass_absence_allowed_by_a_person_is_not_held(lab: FeedLab) -> None:
    lab.read(LEA, times=4)
    assert len(lab.live) == 3

    allow_mass_absence(lab.feed, actor="ana", now=lab.now)
    lab.read(LEA)

    assert [stay.guest_name for stay in lab.live] == ["Lea"]
    assert lab.feed.mass_absence_allowed is False


def test_f27_permission_ends_when_the_bookings_are_back(lab: FeedLab) -> None:
    lab.read(LEA, times=2)
    allow_mass_absence(lab.feed, actor="ana", now=lab.now)

    lab.read(LEA, ANN, ZOE)

    assert lab.feed.mass_absence_allowed is False


def test_f27_hold_ends_when_all_but_one_are_back(lab: FeedLab) -> None:
    lab.read(LEA, times=2)

    lab.read(LEA, ZOE, times=2)

    assert [stay.guest_name for stay in lab.live] == ["Lea", "Zoe"]
    assert lab.feed.mass_absence_since is None


def test_f28_empty_calendar_is_suspect_until_a_person_says_so(lab: FeedLab) -> None:
    fetch = lab.read(times=20, after=HOUR)
    assert "empty" in fetch.message
    assert len(lab.live) == 3

    allow_mass_absence(lab.feed, actor="ana", now=lab.now)
    lab.read()

    assert lab.live == []


def test_f28_empty_calendar_needs_twelve_reads_even_with_permission(lab: FeedLab) -> None:
    allow_mass_absence(lab.feed, actor="ana", now=lab.now)

    lab.read(times=11, after=HOUR)
    assert len(lab.live) == 3
    lab.read()

    assert lab.live == []


def test_calendar_that_was_always_empty_is_fine() -> None:
    fetch = FeedLab().read()

    assert (fetch.outcome, fetch.message) == (FetchOutcome.OK, "")


@pytest.mark.parametrize("offset", [-2, 0])
def test_f29_guest_in_the_house_or_arriving_today_is_never_cancelled_by_absence(offset: int) -> None:
    lab = FeedLab()
    lab.read(named("Lea", day(offset), 3), ANN, ZOE)
    (lea, *_) = lab.stays

    lab.read(ANN, ZOE, times=30)

    lea.refresh_from_db()
    assert (lea.status, lea.revision) == (StayStatus.CONFIRMED, 1)


def test_f29_today_is_the_property_s_day() -> None:
    """12:00 UTC is 01:00 of the next day in Tongatapu, so a stay of that day counts as expected today."""
    lab = FeedLab(make_feed(make_unit(make_property(time_zone="Pacific/Tongatapu"))))
    lab.read(named("Lea", day(1)), ANN, ZOE)

    lab.read(ANN, ZOE, times=6)

    assert len(lab.live) == 3


def test_several_in_house_guests_missing_are_no_mass_absence(lab: FeedLab) -> None:
    lab.read(named("Mia", day(-1)), named("Noa", day(0)), LEA, ANN, ZOE)

    fetch = lab.read(LEA, ANN, ZOE, times=5)

    assert (fetch.outcome, fetch.message) == (FetchOutcome.OK, "")


def test_event_that_cannot_be_read_any_more_is_not_absent(lab: FeedLab) -> None:
    broken = samples.event("Ann@pms.example", "20270231", "20270301", "Ann")

    fetch = lab.read(LEA, broken, ZOE, times=10)

    assert len(lab.live) == 3
    assert [one["uid"] for one in fetch.skipped] == ["Ann@pms.example"]


def test_undecided_event_over_the_same_nights_holds_the_absence(lab: FeedLab) -> None:
    closed = samples.event("x@booking.com", f"{day(9):%Y%m%d}", f"{day(13):%Y%m%d}", "CLOSED - Not available")

    lab.read(LEA, closed, ZOE, times=10)

    assert len(lab.live) == 3


def test_cut_off_calendar_still_brings_what_is_new_but_guesses_nothing(lab: FeedLab) -> None:
    new, same = named("Mia", day(30)), named("Ann", day(10), 4, "other")

    lab.read_bytes(calendar("generic", LEA, ZOE, new, same).replace(b"END:VCALENDAR\r\n", b""))

    assert [stay.guest_name for stay in lab.live] == ["Lea", "Ann", "Zoe", "Mia"]
    assert [stay.external_id for stay in lab.live][1] == "Ann@pms.example"


def test_blocks_that_change_their_uid_every_day_are_retired() -> None:
    lab = FeedLab(prodid="airbnb")
    for number in range(6):
        block = samples.event(
            f"7f662ec65913-{number}@airbnb.com", "20270601", "20270602", "Airbnb (Not available)"
        )
        lab.read(block, samples.reserved("HMAAAA1111", day(5)), after=24 * HOUR)

    assert lab.feed.feed_events.filter(retired_at=None).count() == 2
    assert len(lab.stays) == 1
