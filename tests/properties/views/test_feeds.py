from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from properties.enums import Decision, EventClass, FetchOutcome
from properties.models import CalendarFeed, FeedEvent, FeedFetch, Stay, Unit
from tests.factories import make_feed, make_member, make_unit
from tests.pages import HTMX, assert_is_page, signed_in, staff_of, text_of, version_in

pytestmark = pytest.mark.django_db

SECRET = "secret-token"


def make_event(feed: CalendarFeed, **fields: Any) -> FeedEvent:
    now, today = timezone.now(), timezone.now().date()
    values: dict[str, Any] = {
        "uid": f"uid-{FeedEvent.objects.count()}",
        "classified": EventClass.AMBIGUOUS,
        "decision": Decision.PENDING,
        "reason": "The title fits both.",
        "summary": "Blocked?",
        "arrival_date": today + dt.timedelta(days=9),
        "departure_date": today + dt.timedelta(days=12),
        "digest": "0" * 64,
        "first_seen_at": now,
        "last_seen_at": now,
    }
    return FeedEvent.objects.create(feed=feed, **{**values, **fields})


@pytest.fixture
def feed() -> CalendarFeed:
    feed = make_feed(url=f"https://calendar.example/{SECRET}.ics")
    now = timezone.now()
    FeedFetch.objects.create(
        feed=feed,
        started_at=now - dt.timedelta(minutes=5),
        finished_at=now,
        outcome=FetchOutcome.OK,
        events=3,
        changes=[
            {
                "what": "booked",
                "summary": "Imogen Varga",
                "arrival_date": "2027-03-05",
                "departure_date": "2027-03-09",
            }
        ],
        skipped=[{"uid": "u1", "summary": "", "reason": "It has no start."}],
    )
    return feed


def owner_of(feed: CalendarFeed) -> Any:
    return signed_in(make_member(feed.unit.property.workspace))


def test_feed_page_says_what_the_last_reading_found(feed: CalendarFeed) -> None:
    answer = owner_of(feed).get(reverse("feed-detail", args=[feed.public_id]))

    assert_is_page(answer)
    page = text_of(answer)
    assert "3 events, 1 change, 1 skipped" in page
    assert "Booked: Imogen Varga, Fri 5 Mar 2027 to Tue 9 Mar 2027" in page
    assert "Skipped: u1. It has no start." in page


@pytest.mark.parametrize("name", ["feed-list", "feed-detail", "feed-edit"])
def test_address_of_a_feed_is_masked_everywhere(feed: CalendarFeed, name: str) -> None:
    arguments = [] if name == "feed-list" else [feed.public_id]

    page = owner_of(feed).get(reverse(name, args=arguments)).content.decode()

    assert SECRET not in page
    assert "https://calendar.example/…" in page


def test_poll_without_news_is_answered_with_nothing(feed: CalendarFeed) -> None:
    client, address = owner_of(feed), reverse("feed-detail", args=[feed.public_id])
    version = version_in(client.get(address))

    same = client.get(address, {"v": version}, headers=HTMX)
    make_event(feed)
    news = client.get(address, {"v": version}, headers=HTMX)

    assert (same.status_code, same["Vary"]) == (204, "HX-Request, Cookie")
    assert news.status_code == 200
    assert news.content.decode().lstrip().startswith('<div class="stack" id="live"')


def test_feed_is_added_for_the_chosen_unit() -> None:
    unit = make_unit()
    client = signed_in(make_member(unit.property.workspace))

    answer = client.post(
        reverse("feed-create"),
        {"unit": unit.pk, "url": "http://127.0.0.1:9/x.ics", "name": "Airbnb", "ambiguous_policy": "ask"},
    )

    made = CalendarFeed.objects.get()
    assert answer["Location"] == reverse("feed-detail", args=[made.public_id])
    assert (made.unit, made.name, made.url) == (unit, "Airbnb", "http://127.0.0.1:9/x.ics")


def test_feed_with_a_bad_address_is_refused_with_a_sentence() -> None:
    unit = make_unit()
    client = signed_in(make_member(unit.property.workspace))

    answer = client.post(
        reverse("feed-create"),
        {"unit": unit.pk, "url": "ftp://nowhere", "name": "Kept", "ambiguous_policy": "ask"},
    )

    assert_is_page(answer, status=422)
    assert "Kept" in answer.content.decode()
    assert not CalendarFeed.objects.exists()


def test_feed_of_a_foreign_unit_cannot_be_added() -> None:
    foreign = make_unit()
    client = signed_in(make_member(make_unit().property.workspace))

    answer = client.post(
        reverse("feed-create"),
        {"unit": foreign.pk, "url": "http://127.0.0.1:9/x.ics", "ambiguous_policy": "ask"},
    )

    assert answer.status_code == 422
    assert not CalendarFeed.objects.exists()


def test_changing_a_feed_keeps_its_address_where_none_is_typed(feed: CalendarFeed) -> None:
    owner_of(feed).post(
        reverse("feed-edit", args=[feed.public_id]),
        {"name": "Renamed", "url": "", "ambiguous_policy": "ignore"},
    )

    feed.refresh_from_db()
    assert (feed.name, feed.ambiguous_policy) == ("Renamed", "ignore")
    assert feed.url == f"https://calendar.example/{SECRET}.ics"


def test_feed_is_paused_and_resumed(feed: CalendarFeed) -> None:
    client = owner_of(feed)

    client.post(reverse("feed-act", args=[feed.public_id, "pause"]))
    paused = CalendarFeed.objects.get().is_active
    client.post(reverse("feed-act", args=[feed.public_id, "resume"]))

    assert (paused, CalendarFeed.objects.get().is_active) == (False, True)


def test_unknown_action_on_a_feed_is_not_found(feed: CalendarFeed) -> None:
    assert owner_of(feed).post(reverse("feed-act", args=[feed.public_id, "explode"])).status_code == 404


@pytest.mark.parametrize(
    ("word", "decision", "stays"), [("accept", Decision.ACCEPTED, 1), ("ignore", Decision.IGNORED, 0)]
)
def test_inbox_takes_a_persons_word(feed: CalendarFeed, word: str, decision: Decision, stays: int) -> None:
    event, client = make_event(feed), owner_of(feed)

    answer = client.post(
        reverse("feed-event-decide", args=[event.public_id]), {"decision": word, "next": reverse("feed-list")}
    )

    event.refresh_from_db()
    assert answer["Location"] == reverse("feed-list")
    assert (event.decision, Stay.objects.count()) == (decision, stays)


def test_inbox_leads_nowhere_else(feed: CalendarFeed) -> None:
    event = make_event(feed)

    answer = owner_of(feed).post(
        reverse("feed-event-decide", args=[event.public_id]),
        {"decision": "ignore", "next": "https://evil.example/"},
    )

    assert answer["Location"] == reverse("feed-detail", args=[feed.public_id])


def test_navigation_counts_what_waits(feed: CalendarFeed) -> None:
    make_event(feed)

    assert "1 events to decide" in text_of(owner_of(feed).get(reverse("feed-list")))


def test_staff_sees_the_inbox_without_its_buttons(feed: CalendarFeed) -> None:
    make_event(feed)

    page = text_of(staff_of(feed.unit.property.workspace).get(reverse("feed-list")))

    assert "Blocked?" in page
    assert "It is a stay" not in page


def test_empty_list_says_what_comes_first() -> None:
    unit = make_unit()
    client = signed_in(make_member(unit.property.workspace))

    with_unit = text_of(client.get(reverse("feed-list")))
    Unit.objects.all().delete()
    without = text_of(client.get(reverse("feed-list")))

    assert "No calendar yet" in with_unit
    assert "First a property" in without


@pytest.mark.parametrize("name", ["feed-list", "feed-detail"])
def test_queries_do_not_grow_with_rows(
    feed: CalendarFeed, name: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = owner_of(feed)
    address = reverse(name, args=[] if name == "feed-list" else [feed.public_id])
    make_event(feed)
    with django_assert_max_num_queries(30) as first:
        client.get(address)

    for number in range(2):
        make_event(feed)
        make_event(make_feed(make_unit(feed.unit.property)), decision=Decision.NONE)
        FeedFetch.objects.create(
            feed=feed, started_at=timezone.now(), outcome=FetchOutcome.FAILED, message=str(number)
        )

    with django_assert_num_queries(len(first.captured_queries)):
        client.get(address)


def test_more_events_than_are_shown_are_said(feed: CalendarFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("properties.views.feeds.EVENTS_SHOWN", 2)
    for number in range(3):
        make_event(feed, summary=f"Waiting {number}")
        make_event(feed, summary=f"Settled {number}", decision=Decision.NONE)
    client = owner_of(feed)

    inbox = text_of(client.get(reverse("feed-list")))
    detail = text_of(client.get(reverse("feed-detail", args=[feed.public_id])))

    assert "1 more waits and comes up here as these are decided." in inbox
    assert "1 more waits" in detail
    assert "The first 2 by arrival; 1 more is not shown here." in detail
    assert "Waiting 2" not in inbox


def test_feeds_are_listed_in_pages(feed: CalendarFeed) -> None:
    for number in range(51):
        make_feed(feed.unit, name=f"Feed Z{number:02}")
    client = owner_of(feed)

    first = text_of(client.get(reverse("feed-list")))
    second = text_of(client.get(reverse("feed-list"), {"page": 2}))

    assert "1–50 of 52" in first  # noqa: RUF001 -- a dash
    assert ("Feed Z50" in first, "Feed Z50" in second) == (False, True)


@pytest.mark.parametrize(
    ("allowed", "said"), [(False, "never without your word"), (True, "if the next readings agree")]
)
def test_feed_page_says_what_becomes_of_stays_that_are_gone(
    feed: CalendarFeed, allowed: bool, said: str
) -> None:
    CalendarFeed.objects.update(mass_absence_since=timezone.now(), mass_absence_allowed=allowed)

    answer = owner_of(feed).get(reverse("feed-detail", args=[feed.public_id]))

    assert said in text_of(answer)
    assert ('id="allow-absence"' in answer.content.decode()) is not allowed
