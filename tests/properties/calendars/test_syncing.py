"""One feed from its address to its stays, over real HTTP; several syncs at once; what is never written anywhere."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test import override_settings
from django.utils import timezone

from properties.calendars.feeds import FeedError, add_feed, change_feed, fetch_now, pause_feed, resume_feed
from properties.calendars.fetching import Fetched
from properties.calendars.scheduling import next_fetch_at
from properties.calendars.syncing import KEPT_FETCHES, absorb, sync_feed
from properties.enums import FetchOutcome
from properties.models import CalendarFeed, FeedEvent, FeedFetch, Stay
from properties.tasks import enqueue_due_feeds, fetch_feed
from tests.factories import NOW, make_feed, make_property, make_unit
from tests.properties.calendars import samples
from tests.properties.calendars.conftest import CalendarServer, reply
from tests.properties.calendars.feedlab import MINUTES, FeedLab, day
from tests.properties.calendars.samples import calendar, named

pytestmark = pytest.mark.django_db

Capture = Callable[..., AbstractContextManager[list[Any]]]
SECRET = "s3cret-t0ken"
PATH = f"/{SECRET}.ics"
BODY = calendar("generic", named("Lea Frei", day(5)))


@pytest.fixture
def feed(server: CalendarServer) -> CalendarFeed:
    server.answers[PATH] = reply(BODY, ETag='"v1"')
    return make_feed(url=server.url(PATH))


def test_sync_feed_reads_and_then_asks_only_for_changes(server: CalendarServer, feed: CalendarFeed) -> None:
    first = sync_feed(feed.pk, now=NOW)
    server.answers[PATH] = reply(b"", 304)
    second = sync_feed(feed.pk, now=NOW + 15 * MINUTES)

    assert first is not None
    assert second is not None
    assert (first.outcome, second.outcome) == (FetchOutcome.OK, FetchOutcome.NOT_MODIFIED)
    assert server.requests[1][1]["If-None-Match"] == '"v1"'
    assert [stay.guest_name for stay in Stay.objects.all()] == ["Lea Frei"]
    feed.refresh_from_db()
    assert (feed.last_good_at, feed.failures) == (NOW + 15 * MINUTES, 0)
    assert feed.next_fetch_at is not None
    assert 25 * MINUTES <= feed.next_fetch_at - NOW <= 30 * MINUTES


def test_missing_booking_is_asked_for_whole_although_the_calendar_has_validators(
    server: CalendarServer, feed: CalendarFeed
) -> None:
    sync_feed(feed.pk, now=NOW)
    server.answers[PATH] = reply(calendar("generic", named("Ann", day(20))), ETag='"v2"')
    for number in range(1, 4):
        sync_feed(feed.pk, now=NOW + number * 20 * MINUTES)

    assert [stay.guest_name for stay in Stay.objects.exclude(status="cancelled")] == ["Ann"]
    assert "If-None-Match" not in server.requests[2][1]


def test_f25_failure_is_recorded_and_recovered_from(server: CalendarServer, feed: CalendarFeed) -> None:
    sync_feed(feed.pk, now=NOW)
    server.answers[PATH] = reply(b"<html>Sign in</html>", Content_Type="text/html")
    failed = sync_feed(feed.pk, now=NOW + 15 * MINUTES)
    feed.refresh_from_db()
    assert failed is not None
    assert (failed.outcome, feed.failures, feed.last_good_at) == (FetchOutcome.FAILED, 1, NOW)

    server.answers[PATH] = reply(BODY)
    sync_feed(feed.pk, now=NOW + 30 * MINUTES)

    feed.refresh_from_db()
    assert (feed.failures, Stay.objects.get().revision) == (0, 1)


def test_f43_address_is_stored_encrypted_and_told_nowhere(server: CalendarServer, feed: CalendarFeed) -> None:
    sync_feed(feed.pk, now=NOW)
    server.answers[PATH] = reply(b"", 500)
    sync_feed(feed.pk, now=NOW + 15 * MINUTES)

    rows = [*FeedFetch.objects.all(), *FeedEvent.objects.all(), *Stay.objects.all()]
    assert SECRET not in repr([model_to_dict(row) for row in rows])
    assert SECRET not in feed.masked_url + str(feed) + repr(feed)
    with connection.cursor() as cursor:
        cursor.execute("SELECT url FROM properties_calendarfeed")
        assert SECRET not in cursor.fetchone()[0]


def test_sync_feed_of_a_paused_or_unknown_feed_does_nothing(
    server: CalendarServer, feed: CalendarFeed
) -> None:
    pause_feed(feed, actor="ana", now=NOW)

    assert sync_feed(feed.pk) is None
    assert sync_feed(0) is None
    assert server.requests == []


@override_settings(KEYTURN_FEEDS_ALLOW_PRIVATE=False)
def test_private_address_is_refused_by_setting(feed: CalendarFeed, server: CalendarServer) -> None:
    fetch = sync_feed(feed.pk, now=NOW)

    assert fetch is not None
    assert fetch.outcome == FetchOutcome.FAILED
    assert server.requests == []


def test_read_that_began_before_the_last_applied_one_is_dropped() -> None:
    lab = FeedLab()
    lab.read(named("Lea Frei", day(5), 6))

    late = absorb(lab.feed, Fetched(BODY), started=NOW - 1 * MINUTES, now=lab.now)

    assert late is None
    assert lab.stays[0].departure_date == day(11)


@pytest.mark.django_db(transaction=True)
def test_two_syncs_at_once_do_no_harm(server: CalendarServer, feed: CalendarFeed) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            sync_feed(feed.pk)
        except BaseException as failure:  # noqa: BLE001 -- shown by the assertion below
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert [(stay.guest_name, stay.revision) for stay in Stay.objects.all()] == [("Lea Frei", 1)]
    assert FeedEvent.objects.count() == 1


def test_only_the_last_fetches_are_kept() -> None:
    feed = make_feed()
    old = NOW - dt.timedelta(days=30)
    FeedFetch.objects.bulk_create(
        FeedFetch(feed=feed, started_at=old + number * MINUTES, outcome=FetchOutcome.OK)
        for number in range(250)
    )

    FeedLab(feed).read()

    assert feed.fetches.count() == KEPT_FETCHES
    assert feed.fetches.filter(started_at=NOW).exists()


def test_queries_of_a_read_do_not_grow_with_known_events(django_assert_max_num_queries: Any) -> None:
    lab = FeedLab()
    events = [named(f"Guest {number}", day(5 + 5 * number)) for number in range(30)]
    lab.read(*events)

    with django_assert_max_num_queries(20):
        lab.read(*events)


def test_change_of_zone_reads_timed_events_again(server: CalendarServer) -> None:
    from properties.booking import change_property_rules

    place = make_property(time_zone="Europe/Zurich")
    server.answers[PATH] = reply(calendar("generic", samples.S10), ETag='"v1"')
    feed = make_feed(make_unit(place), url=server.url(PATH))
    sync_feed(feed.pk, now=NOW)

    change_property_rules(place, actor="ana", now=NOW, time_zone="America/New_York")
    sync_feed(feed.pk, now=NOW + 15 * MINUTES)

    stay = Stay.objects.get()
    assert stay.starts_at == dt.datetime(2027, 3, 28, 20, 0, tzinfo=dt.UTC)
    assert stay.check_in_time == dt.time(16)


# Scheduling and the queue


@pytest.mark.parametrize(
    ("failures", "near", "shortest", "longest"),
    [(0, False, 10, 15), (0, True, 5, 6), (1, True, 4, 6), (3, False, 16, 24), (40, False, 48, 72)],
)
def test_next_fetch_has_jitter_and_backs_off(failures: int, near: bool, shortest: int, longest: int) -> None:
    waits = [next_fetch_at(NOW, failures=failures, arrival_is_near=near) - NOW for _ in range(50)]

    assert all(shortest * MINUTES <= wait <= longest * MINUTES for wait in waits)
    assert len(set(waits)) > 40


def test_feed_with_an_arrival_near_is_read_sooner() -> None:
    lab = FeedLab()

    lab.read(named("Lea Frei", day(0)))

    assert lab.feed.next_fetch_at is not None
    assert lab.feed.next_fetch_at - NOW <= 6 * MINUTES


def test_enqueue_due_feeds_takes_only_what_is_due_and_claims_it(
    django_capture_on_commit_callbacks: Capture, queued: list[tuple[Any, ...]]
) -> None:
    now = timezone.now()
    due = make_feed(next_fetch_at=now - MINUTES)
    never = make_feed(next_fetch_at=None)
    make_feed(next_fetch_at=now + MINUTES)
    make_feed(next_fetch_at=now - MINUTES, is_active=False)

    with django_capture_on_commit_callbacks(execute=True):
        assert enqueue_due_feeds() == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert enqueue_due_feeds() == 0

    assert sorted(one[1] for one in queued) == [due.pk, never.pk]
    assert {one[0] for one in queued} == {"properties.tasks.fetch_feed"}


@pytest.fixture
def queued() -> Any:
    """What lies in the queue: (function, id)."""
    from django_q.models import OrmQ

    class Queue:
        def __iter__(self) -> Any:
            for row in OrmQ.objects.order_by("pk"):
                task = row.task
                yield (task["func"], *task["args"])

    return Queue()


def test_fetch_feed_takes_an_id(feed: CalendarFeed) -> None:
    assert fetch_feed(feed.pk) == "ok"
    pause_feed(feed, actor="ana", now=NOW)
    assert fetch_feed(feed.pk) == "nothing to do"


# Adding and changing feeds


def test_add_feed_enqueues_its_first_fetch_on_commit(
    django_capture_on_commit_callbacks: Capture, queued: list[tuple[Any, ...]]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        feed = add_feed(
            make_unit(), url="https://calendar.example/x.ics", name="Airbnb", actor="ana", now=NOW
        )
        assert list(queued) == []

    assert list(queued) == [("properties.tasks.fetch_feed", feed.pk)]
    assert (feed.is_active, feed.masked_url) == (True, "https://calendar.example/…")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "calendar"}, "url"),
        ({"url": "ftp://x.example/secret"}, "url"),
        ({"channel": "myspace"}, "channel"),
        ({"ambiguous_policy": "guess"}, "ambiguous_policy"),
        ({"name": "x" * 101}, "name"),
    ],
)
def test_add_feed_refuses_nonsense_by_field(fields: dict[str, str], path: str) -> None:
    with pytest.raises(FeedError) as refused:
        add_feed(make_unit(), **{"url": "https://x.example/a", **fields}, actor="ana", now=NOW)

    assert set(refused.value.errors) == {path}
    assert "secret" not in str(refused.value)


def test_change_feed_keeps_other_fields_and_reads_everything_again(
    django_capture_on_commit_callbacks: Capture, queued: list[tuple[Any, ...]]
) -> None:
    feed = make_feed(name="Airbnb", etag='"v1"', url="https://x.example/a")

    with django_capture_on_commit_callbacks(execute=True):
        changed = change_feed(feed, actor="ana", now=NOW, ambiguous_policy="accept")

    assert (changed.name, changed.url, changed.etag) == ("Airbnb", "https://x.example/a", "")
    assert list(queued) == [("properties.tasks.fetch_feed", feed.pk)]


def test_pause_and_resume(django_capture_on_commit_callbacks: Capture, queued: list[tuple[Any, ...]]) -> None:
    feed = make_feed()
    with django_capture_on_commit_callbacks(execute=True):
        paused = pause_feed(feed, actor="ana", now=NOW)
        fetch_now(feed, now=NOW)
    assert (paused.is_active, list(queued)) == (False, [])

    with django_capture_on_commit_callbacks(execute=True):
        resumed = resume_feed(feed, actor="ana", now=NOW)

    assert (resumed.is_active, list(queued)) == (True, [("properties.tasks.fetch_feed", feed.pk)])
