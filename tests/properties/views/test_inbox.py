"""A decision is one of two words, and leads to a path of this site."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from properties.enums import Decision
from properties.models import CalendarFeed, FeedEvent, Stay
from tests.factories import make_feed
from tests.pages import assert_is_page, text_of
from tests.properties.views.test_feeds import make_event, owner_of

pytestmark = pytest.mark.django_db


def nights(after: int) -> dict[str, dt.date]:
    first = timezone.now().date() + dt.timedelta(days=9 + after)
    return {"arrival_date": first, "departure_date": first + dt.timedelta(days=2)}


@pytest.fixture
def feed() -> CalendarFeed:
    return make_feed()


@pytest.mark.parametrize("word", ["", "accepted", "Accept", "ignore "])
def test_inbox_takes_no_other_word(feed: CalendarFeed, word: str) -> None:
    """A missing word once counted as "ignore", and cancelled the stay."""
    event, client = make_event(feed), owner_of(feed)
    client.post(reverse("feed-event-decide", args=[event.public_id]), {"decision": "accept"})

    answer = client.post(reverse("feed-event-decide", args=[event.public_id]), {"decision": word})

    event.refresh_from_db()
    assert answer.status_code == 400
    assert (event.decision, Stay.objects.get().status) == (Decision.ACCEPTED, "confirmed")


@pytest.mark.parametrize(
    "wanted", ["nowhere", "board", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_inbox_leads_to_paths_of_this_site_only(feed: CalendarFeed, wanted: str) -> None:
    event = make_event(feed)

    answer = owner_of(feed).post(
        reverse("feed-event-decide", args=[event.public_id]), {"decision": "ignore", "next": wanted}
    )

    assert (answer.status_code, answer["Location"]) == (302, reverse("feed-detail", args=[feed.public_id]))


def decide(feed: CalendarFeed, *events: FeedEvent, **sent: Any) -> Any:
    ticked = [str(event.public_id) for event in events]
    return owner_of(feed).post(reverse("feed-events-decide"), {"event": ticked, **sent}, follow=True)


@pytest.mark.parametrize(("word", "stays"), [("accept", 3), ("ignore", 0)])
def test_all_that_are_ticked_are_decided_at_once(feed: CalendarFeed, word: str, stays: int) -> None:
    events = [make_event(feed, **nights(at)) for at in (0, 5, 10)]
    left = make_event(feed, **nights(20))

    page = decide(feed, *events, decision=word, next=reverse("feed-detail", args=[feed.public_id]))

    assert "3 events are" in text_of(page)
    assert Stay.objects.count() == stays
    assert list(FeedEvent.objects.filter(decision=Decision.PENDING)) == [left]


def test_what_somebody_else_decided_is_not_decided_again_by_an_old_page(feed: CalendarFeed) -> None:
    """The stay of a guest was cancelled by whoever still had the event in an inbox of the day before."""
    first, second = make_event(feed, **nights(0)), make_event(feed, **nights(5))
    decide(feed, first, decision="accept")
    old = {"decision": "ignore", "seen": "pending"}

    page = decide(feed, first, second, decision="ignore")
    alone = owner_of(feed).post(reverse("feed-event-decide", args=[first.public_id]), old, follow=True)

    assert "1 event is noted as no stay" in text_of(page)
    assert "1 of them waited no longer" in text_of(page)
    assert "decided meanwhile: it is a stay. It is left so." in text_of(alone)
    assert Stay.objects.get().status == "confirmed"


def test_event_that_cannot_be_a_stay_spoils_no_other(feed: CalendarFeed) -> None:
    good = make_event(feed, **nights(0))
    wrong = make_event(feed, **nights(5))
    FeedEvent.objects.filter(pk=wrong.pk).update(departure_date=wrong.arrival_date)

    page = decide(feed, good, wrong, decision="accept")

    assert "1 event is booked as a stay" in text_of(page)
    assert Stay.objects.count() == 1
    assert FeedEvent.objects.get(decision=Decision.PENDING) == wrong


def test_nothing_ticked_says_what_to_do(feed: CalendarFeed) -> None:
    page = decide(feed, decision="accept")

    assert "Nothing was ticked" in text_of(page)


def test_word_that_was_a_mistake_can_be_taken_back(feed: CalendarFeed) -> None:
    event = make_event(feed, **nights(0))
    decide(feed, event, decision="ignore")
    client = owner_of(feed)
    page = client.get(reverse("feed-detail", args=[feed.public_id]))
    assert "It is a stay after all" in text_of(page)

    sent = {"decision": "accept", "seen": "ignored"}
    client.post(reverse("feed-event-decide", args=[event.public_id]), sent)

    assert Stay.objects.get().status == "confirmed"


def test_inbox_is_a_page_whose_buttons_say_what_they_do(feed: CalendarFeed) -> None:
    first = make_event(feed, **nights(0))
    make_event(feed, **nights(5))

    for address in (reverse("feed-list"), reverse("feed-detail", args=[feed.public_id])):
        page = owner_of(feed).get(address)
        buttons = re.findall(r'<button[^>]*aria-label="([^"]*)">([^<]*)</button>', page.content.decode())

        assert_is_page(page)
        assert (f"It is a stay: Blocked?, {first.arrival_date:%-d %b}", "It is a stay") in buttons
        assert len(buttons) == 4
