"""Journeys 6 to 10 of tests.browser.journeys: what managers do about locks, people, calendars and programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import urllib.request
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.models import AccessCode, WebhookEndpoint
from access.running.runner import run_due
from access.webhooks.running import deliver_now
from properties.booking import cancel_stay
from properties.calendars.syncing import sync_feed
from properties.enums import CancelReason
from properties.models import CalendarFeed, Stay
from tests.browser.conftest import PASSWORD
from tests.browser.journeys import (
    SETTLED,
    add_garden_door,
    elsewhere,
    engine,
    reveal,
    send,
    server,
    sign_in,
    type_at_keypad,
    wait_until_it_opens,
)
from tests.factories import lock_of
from tests.properties.calendars.conftest import CalendarServer, reply
from tests.properties.calendars.samples import calendar, event

if TYPE_CHECKING:
    from django.conf import LazySettings
    from playwright.sync_api import Browser

    from locks.models import Door
    from tests.browser.conftest import Home, Screen

__all__ = ["engine", "server"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
]

DAY = dt.timedelta(days=1)
OTHER = "864209"
# Where nobody here did anything, a page looks every ten seconds.
NEXT_LOOK = 12_000


def hands(screen: Screen, door: Door, deed: str, **fields: str | bool) -> None:
    """What somebody does at the lock or in its maker's app, on the sandbox's page."""
    screen.page.goto(reverse("device-hands", args=[door.device.public_id]))
    screen.page.get_by_label(deed).check()
    send(screen.page, "Do it", **fields)
    expect(screen.page.locator(".messages")).to_contain_text("Done at the lock")


def test_6_code_changed_behind_our_back_is_seen_and_put_right(
    screen: Screen, home: Home, engine: None
) -> None:
    door = elsewhere(lambda: add_garden_door(home))
    page = sign_in(screen, home.owner)
    stay_page = reverse("stay-detail", args=[home.stay.public_id])
    page.goto(stay_page)
    pin = reveal(page)
    other = OTHER[: len(pin)].ljust(len(pin), "7")
    held = lock_of(door).codes.get()

    hands(screen, door, "Changes the PIN of a code", Code=f"{held.slot}: {held.name}", PIN=other)

    page.goto(stay_page)
    expect(page.locator("#evidence")).to_contain_text("Code edited outside", timeout=NEXT_LOOK)
    expect(page.locator("#live")).to_contain_text("changed outside 1")
    expect(page.locator("#stay-strip")).to_contain_text("Active", timeout=NEXT_LOOK)
    wait_until_it_opens(page, door, pin)
    keypad_page = reverse("device-keypad", args=[door.device.public_id])
    assert type_at_keypad(page, keypad_page, other) == "shut"
    assert type_at_keypad(page, keypad_page, pin) == "opened"


def test_7_cleaner_works_in_her_hours_and_is_ended(screen: Screen, home: Home, engine: None) -> None:
    page = sign_in(screen, home.owner)
    page.get_by_role("link", name="People", exact=True).first.click()
    page.get_by_role("link", name="Give access").first.click()
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        page.get_by_label(day).check()
    page.get_by_label("Front door").check()
    send(page, "Give access", Kind="Cleaner", Name="Marta Lopes", From="00:00", Until="00:00")
    expect(page.locator(".messages")).to_contain_text("Access is given")
    expect(page.locator("#live")).to_contain_text("Active", timeout=SETTLED)
    holder_page = page.url
    pin = reveal(page)
    keypad_page = reverse("device-keypad", args=[home.door.device.public_id])
    assert type_at_keypad(page, keypad_page, pin) == "opened"
    page.goto(holder_page)
    page.get_by_role("link", name="End access").click()
    page.get_by_role("button", name="End access").click()

    expect(page.locator("#live")).not_to_contain_text("Removing", timeout=SETTLED)
    assert type_at_keypad(page, keypad_page, pin) == "shut"


def test_8_lock_is_opened_from_afar_and_foreign_codes_adopted_and_deleted(
    screen: Screen, home: Home, engine: None
) -> None:
    page = sign_in(screen, home.owner)
    lock_page = reverse("device-detail", args=[home.door.device.public_id])
    page.goto(lock_page)
    page.get_by_role("button", name="Unlock", exact=True).click()
    expect(page.locator("#attempt")).to_contain_text("Unlock: done", timeout=SETTLED)
    assert not lock_of(home.door).locked

    pins = {"Plumber": "6172", "Neighbour": "9384"}
    length = len(lock_of(home.door).codes.get().pin or "")
    for name, pin in pins.items():
        pins[name] = pin.ljust(length, "5")[:length]
        hands(screen, home.door, "Adds a code in the maker's app", Name=name, PIN=pins[name])
    page.goto(lock_page)
    expect(page.locator("#live")).to_contain_text("Neighbour")
    page.get_by_role("link", name="Manage Neighbour").click()
    page.get_by_role("button", name="Manage this code").click()
    expect(page.locator(".messages")).to_contain_text("just as it stands")
    page.get_by_role("link", name="Delete Plumber").click()
    page.get_by_role("button", name="Delete code").click()

    expect(page.get_by_role("link", name="Delete Plumber")).to_have_count(0)
    expect(page.locator("#live")).not_to_contain_text("Being removed", timeout=SETTLED)
    keypad_page = reverse("device-keypad", args=[home.door.device.public_id])
    assert type_at_keypad(page, keypad_page, pins["Plumber"]) == "shut"
    assert type_at_keypad(page, keypad_page, pins["Neighbour"]) == "opened"
    assert AccessCode.objects.filter(name="Neighbour", is_managed=True).exists()


def test_9_calendar_is_added_its_inbox_decided_and_a_cancelled_booking_loses_its_code(
    screen: Screen, home: Home, server: CalendarServer, settings: LazySettings
) -> None:
    settings.KEYTURN_FEEDS_ALLOW_PRIVATE = True
    elsewhere(lambda: cancel_stay(home.stay, reason=CancelReason.PERSON, actor="test", now=timezone.now()))
    today = timezone.now().date()
    dates = f"{today - DAY:%Y%m%d}", f"{today + 2 * DAY:%Y%m%d}"
    closed = event("b-1@booking.com", *dates, "CLOSED - Not available")
    server.answers["/booking.ics"] = reply(calendar("booking", closed))
    page = sign_in(screen, home.owner)
    page.get_by_role("link", name="Feeds", exact=True).first.click()
    page.get_by_role("link", name="Add feed").first.click()
    send(page, "Subscribe", Unit="Harbour House · Loft 2", Calendar_address=server.url("/booking.ics"))
    elsewhere(lambda: sync_feed(CalendarFeed.objects.get().pk))

    page.get_by_role("link", name="Feeds", exact=True).first.click()
    inbox = page.locator("#inbox")
    expect(inbox).to_contain_text("CLOSED - Not available")
    inbox.get_by_role("button", name="It is a stay").click()
    elsewhere(run_due)
    stay = Stay.objects.exclude(pk=home.stay.pk).get()
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    expect(page.locator("#live")).to_contain_text("Active")
    pin = reveal(page)
    keypad_page = reverse("device-keypad", args=[home.door.device.public_id])
    assert type_at_keypad(page, keypad_page, pin) == "opened"

    gone = event("b-1@booking.com", *dates, "CLOSED - Not available", None, "STATUS:CANCELLED")
    server.answers["/booking.ics"] = reply(calendar("booking", gone))
    page.goto(reverse("feed-detail", args=[CalendarFeed.objects.get().public_id]))
    page.get_by_role("button", name="Read now").click()
    elsewhere(lambda: sync_feed(CalendarFeed.objects.get().pk))
    elsewhere(run_due)
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    expect(page.locator("main")).to_contain_text("Cancelled")
    assert type_at_keypad(page, keypad_page, pin) == "shut"


def test_10_colleague_key_webhook_and_the_audit_log(
    screen: Screen,
    home: Home,
    browser: Browser,
    server: CalendarServer,
    settings: LazySettings,
    mailoutbox: list[object],
) -> None:
    settings.KEYTURN_WEBHOOKS_ALLOW_PRIVATE = True
    page = sign_in(screen, home.owner)
    page.goto(reverse("team"))
    page.get_by_role("link", name="Invite somebody").click()
    send(page, "Invite", **{"E-mail address": "ines@example.org"})
    expect(page.locator(".messages")).to_contain_text("was sent a link")
    link = re.search(r"https?://\S+", str(getattr(mailoutbox[0], "body", "")))
    assert link is not None
    welcome(browser, screen, link[0], home)

    page.goto(reverse("api-key-list"))
    page.get_by_role("link", name="Make a key").click()
    send(page, "Make key", Name="Front desk")
    assert "Harbour House" in ask(screen, page.locator("#secret").inner_text())
    page.reload()
    expect(page.locator("#secret")).to_have_count(0)

    page.goto(reverse("webhook-list"))
    page.get_by_role("link", name=re.compile("Add a? ?webhook")).first.click()
    send(page, "Add webhook", Address=server.url("/hook"), What_it_is_for="Front desk")
    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    reveal(page)
    elsewhere(deliver_now)
    page.goto(reverse("webhook-detail", args=[WebhookEndpoint.objects.get().public_id]))
    expect(page.locator("main")).to_contain_text("Code shown")

    page.goto(reverse("audit"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    told = "\n".join(",".join(row) for row in csv.reader(io.StringIO(download.value.path().read_text())))
    for line in ("ines@example.org", "API key made", "Webhook", "Code shown", home.owner.email):
        assert line in told, line


def welcome(browser: Browser, screen: Screen, link: str, home: Home) -> None:
    """The colleague chooses a password, signs in, and may look, but sees no code."""
    context = browser.new_context(base_url=screen.host)
    page = context.new_page()
    page.goto(link)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("input[type=password]")).to_have_count(0)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("ines@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    expect(page.get_by_role("heading", level=1)).to_have_text("Imogen Varga")
    expect(page.get_by_role("button", name="Show code")).to_have_count(0)
    context.close()


def ask(screen: Screen, key: str) -> str:
    request = urllib.request.Request(
        f"{screen.host}{reverse('api:property-list')}", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())
