"""A decision is one of two words, and leads to a path of this site."""

from __future__ import annotations

import pytest
from django.urls import reverse

from properties.enums import Decision
from properties.models import CalendarFeed, Stay
from tests.factories import make_feed
from tests.properties.views.test_feeds import make_event, owner_of

pytestmark = pytest.mark.django_db


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
