"""Whatever keeps bookings of a calendar from arriving is said on the board, with what to do about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.feed_needs import HARMLESS, feed_needs
from access.needs import Need
from properties.calendars.feeds import allow_mass_absence, pause_feed
from properties.enums import FetchOutcome
from properties.models import CalendarFeed, FeedFetch, Workspace
from tests.factories import NOW, make_feed, make_unit
from tests.properties.calendars import samples
from tests.properties.calendars.feedlab import FeedLab, day
from tests.properties.calendars.samples import event, named

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
THREE = (named("Ann", day(3)), named("Bob", day(8)), named("Cyd", day(20)))
NOWHERE = (";TZID=Mars/Base:20270305T160000", ";TZID=Mars/Base:20270309T100000")


@pytest.fixture
def lab() -> FeedLab:
    lab = FeedLab(make_feed(created_at=NOW))
    CalendarFeed.objects.update(created_at=NOW)
    lab.read(*THREE)
    return lab


def workspace_of(lab: FeedLab) -> Workspace:
    return lab.feed.unit.property.workspace


def needs_of(lab: FeedLab) -> list[Need]:
    return feed_needs(workspace_of(lab), now=lab.now)


def labels_of(lab: FeedLab) -> list[str]:
    return [need.label for need in needs_of(lab)]


def not_modified(lab: FeedLab, *, at: dt.datetime) -> None:
    FeedFetch.objects.create(feed=lab.feed, started_at=at, finished_at=at, outcome=FetchOutcome.NOT_MODIFIED)
    CalendarFeed.objects.update(last_good_at=at)


def test_calendar_that_is_read_needs_nothing(lab: FeedLab) -> None:
    not_modified(lab, at=lab.now + 3 * HOUR)

    assert feed_needs(workspace_of(lab), now=lab.now + 4 * HOUR) == []


def test_bookings_that_vanished_are_held_and_said(lab: FeedLab) -> None:
    lab.read(THREE[2], times=12)

    (need,) = needs_of(lab)

    assert (need.label, need.title) == ("Bookings vanished", str(lab.feed))
    assert "since Mon 1 Mar, 12:15" in need.cause
    assert "Open it to say whether they are really gone." in need.cause
    assert str(lab.feed.public_id) in need.url


def test_empty_calendar_is_said_until_a_person_allows_it(lab: FeedLab) -> None:
    lab.read(times=6)
    before = labels_of(lab)
    allow_mass_absence(lab.feed, actor="ana", now=lab.now)

    assert (before, labels_of(lab)) == (["Bookings vanished"], [])


def test_calendar_that_is_cut_off_for_hours_is_said(lab: FeedLab) -> None:
    cut = samples.calendar("generic", *THREE)[:-20]
    lab.read_bytes(cut, times=7)
    early = labels_of(lab)
    lab.read_bytes(cut, times=3)

    (need,) = needs_of(lab)

    assert early == []
    assert need.label == "Not read"
    assert need.cause.startswith("It was not read well since Mon 1 Mar, 12:00. The calendar was cut off;")


def test_calendar_that_nobody_reads_any_more_is_said(lab: FeedLab) -> None:
    assert [need.label for need in feed_needs(workspace_of(lab), now=lab.now + 3 * HOUR)] == ["Not read"]


def test_calendar_that_was_never_read_is_said_after_two_hours() -> None:
    feed = make_feed()
    CalendarFeed.objects.update(created_at=NOW)
    workspace = feed.unit.property.workspace

    assert feed_needs(workspace, now=NOW + HOUR) == []
    assert [one.cause[:31] for one in feed_needs(workspace, now=NOW + 3 * HOUR)] == [
        "It was not read well yet. Bookin"[:31]
    ]


def test_third_failure_in_a_row_is_said_with_its_reason(lab: FeedLab) -> None:
    lab.fail()
    lab.fail()
    early = labels_of(lab)
    lab.fail()

    (need,) = needs_of(lab)

    assert early == []
    assert need.cause.startswith(
        "It could not be read 3 times in a row. The server answers with status 500. "
    )
    assert need.tone == "error"


def test_event_that_made_no_stay_is_said_while_the_calendar_holds_it(lab: FeedLab) -> None:
    lab.read(event("dora", *NOWHERE, "Dora"), *THREE)
    one = needs_of(lab)
    not_modified(lab, at=lab.now)
    still = labels_of(lab)
    lab.read(event("dora", *NOWHERE, "Dora"), event("eli", *NOWHERE, "Eli"), *THREE)
    two = needs_of(lab)
    lab.read(*THREE)

    assert one[0].cause.startswith("“Dora” in it made no stay: ")
    assert one[0].cause.endswith("Mend it in the calendar, or add the stay by hand.")
    assert still == ["Events left out"]
    assert two[0].cause.startswith("2 events in it made no stay, such as “")
    assert labels_of(lab) == []


def test_stay_that_booking_refuses_is_said(lab: FeedLab) -> None:
    """As properties.calendars.syncing writes it down."""
    refused = {"uid": "u", "summary": "", "reason": "A stay has at most 730 nights; use a lease for longer."}
    FeedFetch.objects.create(feed=lab.feed, started_at=lab.now, outcome=FetchOutcome.OK, skipped=[refused])

    (need,) = needs_of(lab)

    assert need.cause == (
        "“u” in it made no stay: A stay has at most 730 nights; use a lease for longer. "
        "Mend it in the calendar, or add the stay by hand."
    )


def test_event_that_repeats_is_nothing_to_act_on(lab: FeedLab) -> None:
    fetch = lab.read(event("clean", "20270305", "20270306", "Cleaning", None, "RRULE:FREQ=WEEKLY"), *THREE)

    assert {one["reason"] for one in fetch.skipped} < HARMLESS
    assert needs_of(lab) == []


def test_paused_calendar_needs_nothing(lab: FeedLab) -> None:
    lab.read(THREE[2], times=12)
    pause_feed(lab.feed, actor="ana", now=lab.now)

    assert needs_of(lab) == []


def test_queries_do_not_grow_with_calendars(lab: FeedLab, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        make_feed(make_unit(lab.feed.unit.property), failures=5)

    workspace = workspace_of(lab)

    with django_assert_num_queries(2):
        assert len(feed_needs(workspace, now=lab.now)) == 3
