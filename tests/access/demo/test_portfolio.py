from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from access.demo.calendars import CALENDARS
from access.demo.places import DEAD_CALENDAR, PLACES
from access.demo.portfolio import EMAIL, ensure_portfolio
from access.enums import ChannelKind
from access.management.commands.demo import keep_demo
from access.models import AccessCode, AlertChannel, MessageChannel, StaffAccess, WebhookEndpoint
from locks.models import Device, Door
from properties.models import CalendarFeed, Property, Stay, Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from django.conf import LazySettings

NOW = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def demo_settings(settings: LazySettings) -> None:
    settings.KEYTURN_ALERTS_ALLOW_PRIVATE = True
    settings.KEYTURN_WEBHOOKS_ALLOW_PRIVATE = True


def counts() -> list[int]:
    return [model.objects.count() for model in (Workspace, Property, Door, Device, CalendarFeed, Stay)]


@pytest.mark.django_db
def test_portfolio_made_once_and_without_any_stay() -> None:
    user = ensure_portfolio(password="first", feed_base="http://127.0.0.1:1/demo", now=NOW)
    made = counts()

    again = ensure_portfolio(password="second", feed_base="http://127.0.0.1:1/demo", now=NOW)

    assert again == user
    assert again.check_password("first")
    assert user.email == EMAIL
    assert made == counts() == [1, 7, 25, 26, 6, 0]


@pytest.mark.django_db
def test_portfolio_has_a_cleaner_and_a_resident_with_codes_and_somebody_to_call() -> None:
    ensure_portfolio(password="first", feed_base="http://127.0.0.1:1/demo", now=NOW)

    ends = {code.name: code.ends_at for code in AccessCode.objects.order_by("starts_at")}
    assert ends.keys() >= {"Marta Lopes", "Urs Keller"}
    assert ends["Urs Keller"] is None
    assert set(StaffAccess.objects.values_list("kind", flat=True)) == {
        "cleaner",
        "vendor",
        "staff",
        "resident",
    }
    assert StaffAccess.objects.get(kind="cleaner").doors.count() == 5
    assert all(place.guest_contact and place.arrival_notes for place in Property.objects.all())
    assert Door.objects.exclude(instructions="").exists()
    porter = StaffAccess.objects.get(kind="staff")
    assert porter.start_time is not None
    assert porter.end_time is not None
    assert porter.end_time < porter.start_time  # over midnight
    assert porter.exceptions
    assert (
        min(code.starts_at or NOW for code in AccessCode.objects.filter(name="Marta Lopes")).date()
        == NOW.date()
    )


@pytest.mark.django_db
def test_messages_and_webhooks_follow_the_port_and_lead_nowhere_else() -> None:
    ensure_portfolio(password="first", feed_base="http://127.0.0.1:1/demo", now=NOW)

    ensure_portfolio(password="first", feed_base="http://127.0.0.1:2/demo", now=NOW)

    assert [one.address for one in MessageChannel.objects.all()] == ["json://127.0.0.1:2/sms/{phone}"]
    assert [one.url for one in WebhookEndpoint.objects.all()] == ["http://127.0.0.1:2/hooks/booking-system"]
    assert AlertChannel.objects.get().kind == ChannelKind.EMAIL


@pytest.mark.django_db
def test_portfolio_follows_the_port_of_the_feed_server_and_leaves_other_feeds() -> None:
    ensure_portfolio(password="first", feed_base="http://127.0.0.1:1/demo", now=NOW)
    own = CalendarFeed.objects.order_by("pk")[0]
    own.url = "https://calendar.example/demo/own.ics"
    own.save()

    ensure_portfolio(password="first", feed_base="http://127.0.0.1:2/demo", now=NOW)

    urls = [feed.url or "" for feed in CalendarFeed.objects.order_by("pk")]
    assert urls[0] == own.url
    assert all(url.startswith("http://127.0.0.1:2/demo/") for url in urls[1:])


def test_every_calendar_is_subscribed_in_its_own_zone() -> None:
    subscribed = {calendar: place.time_zone for place in PLACES for calendar, _ in place.feeds.values()}
    assert subscribed.pop(DEAD_CALENDAR) == "America/Mexico_City"

    assert subscribed == {name: zone.key for name, (_, zone, _) in CALENDARS.items()}


def test_demo_keeps_its_first_day_and_password(tmp_path: Path) -> None:
    path = tmp_path / "var" / "demo.json"

    kept = keep_demo(path)

    assert keep_demo(path) == kept == json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert dt.datetime.fromisoformat(kept["anchor"]).tzinfo is not None
