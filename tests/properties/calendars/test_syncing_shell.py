"""The shell around a read: what changed meanwhile, errors of the program, and the order of locks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.signals import pre_save

from properties.booking import change_property_rules, details_of, save_stay
from properties.calendars.feeds import change_feed
from properties.calendars.fetching import Fetched
from properties.calendars.syncing import absorb, sync_feed
from properties.enums import FetchOutcome
from properties.models import CalendarFeed, Property, Stay
from tests.factories import NOW, make_feed, make_property, make_unit
from tests.properties.calendars.conftest import CalendarServer, reply
from tests.properties.calendars.feedlab import FeedLab, day
from tests.properties.calendars.samples import calendar, named

pytestmark = pytest.mark.django_db

BODY = calendar("generic", named("Lea Frei", day(5)))


@pytest.fixture
def broken_stays() -> Iterator[None]:
    """The database refuses each stay, as a fault of the program would."""

    def refuse(**_: Any) -> None:
        raise ZeroDivisionError("Lea Frei")

    pre_save.connect(refuse, sender=Stay)
    yield
    pre_save.disconnect(refuse, sender=Stay)


def test_calendar_of_an_address_that_was_changed_meanwhile_is_dropped() -> None:
    feed = make_feed(url="https://x.example/wrong-house.ics")
    change_feed(feed, actor="ana", now=NOW, url="https://x.example/right.ics")

    assert absorb(feed, Fetched(BODY), started=NOW, now=NOW) is None
    assert not Stay.objects.exists()


def test_calendar_read_in_a_zone_that_was_changed_meanwhile_is_dropped() -> None:
    feed = make_feed()
    assert feed.unit.property.time_zone
    place = Property.objects.get(pk=feed.unit.property_id)
    change_property_rules(place, actor="ana", now=NOW, time_zone="Pacific/Auckland")

    assert absorb(feed, Fetched(BODY), started=NOW, now=NOW) is None
    feed.refresh_from_db()
    assert absorb(feed, Fetched(BODY), started=NOW, now=NOW) is not None


@pytest.mark.usefixtures("broken_stays")
def test_error_of_the_program_is_recorded_and_raised(server: CalendarServer) -> None:
    server.answers["/a.ics"] = reply(BODY)
    feed = make_feed(url=server.url("/a.ics"))

    with pytest.raises(ZeroDivisionError):
        sync_feed(feed.pk, now=NOW)

    fetch = feed.fetches.get()
    feed.refresh_from_db()
    assert (fetch.outcome, feed.failures) == (FetchOutcome.FAILED, 1)
    assert "ZeroDivisionError" in fetch.message
    assert "Lea" not in fetch.message
    assert feed.next_fetch_at is not None


@pytest.mark.django_db(transaction=True)
def test_every_property_is_locked_before_any_stay() -> None:
    """Ann's stay is changed first; Bob's was moved to another property, which somebody else holds meanwhile."""
    lab = FeedLab()
    other = make_unit(make_property(lab.feed.unit.property.workspace))
    lab.read(named("Ann", day(5)), named("Bob", day(10)))
    ann, bob = lab.stays
    details = replace(details_of(bob), unit=other)
    save_stay(
        bob.workspace, source=bob.source, external_id=bob.external_id, details=details, actor="ana", now=NOW
    )
    feed = CalendarFeed.objects.get()
    body = calendar("generic", named("Ann", day(5), 5), named("Bob", day(10), 5))

    def run() -> None:
        absorb(feed, Fetched(body), started=lab.now, now=lab.now)
        connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        Property.objects.select_for_update(no_key=True).get(pk=other.property_id)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        Stay.objects.select_for_update(nowait=True).get(pk=ann.pk)
    thread.join()

    assert {stay.departure_date for stay in Stay.objects.all()} == {day(10), day(15)}
