"""Journeys 6 to 10 of tests.browser.journeys: what managers do about locks, people, calendars and programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import urllib.request
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.models import AccessCode, LockCode, WebhookEndpoint
from access.webhooks.running import deliver_now
from locks.drivers.virtual.keypad import keypad
from properties.calendars.syncing import sync_feed
from properties.models import CalendarFeed, Stay
from tests.browser.conftest import PASSWORD
from tests.browser.journeys import (
    SETTLED,
    demo,
    elsewhere,
    engine,
    hands,
    keypad_of,
    lived,
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
    from playwright.sync_api import Browser

    from tests.browser.conftest import Screen
    from tests.browser.demo import Demo

__all__ = ["demo", "engine", "lived", "server"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
OTHER = "864209"
# Where nobody here did anything, a page looks every ten seconds.
NEXT_LOOK = 12_000


def test_6_code_changed_behind_our_back_is_seen_and_put_right(
    screen: Screen, demo: Demo, engine: None
) -> None:
    stay, door = demo.stay("Amelia Hart"), demo.door("Seaview House", "Flat 3 door")
    page = sign_in(screen, demo.owner)
    stay_page = reverse("stay-detail", args=[stay.public_id])
    page.goto(stay_page)
    pin = reveal(page)
    other = OTHER[: len(pin)].ljust(len(pin), "7")
    held = lock_of(door).codes.get(name__startswith="Amelia")

    hands(page, door, "Changes the PIN of a code", Code=f"{held.slot}: {held.name}", PIN=other)

    page.goto(stay_page)
    expect(page.locator("#evidence")).to_contain_text("Code edited outside", timeout=NEXT_LOOK)
    expect(page.locator("#live")).to_contain_text("changed outside 1")
    expect(page.locator("#stay-strip")).to_contain_text("Active", timeout=NEXT_LOOK)
    wait_until_it_opens(page, door, pin)
    assert type_at_keypad(page, keypad_of(door), other) == "shut"
    assert type_at_keypad(page, keypad_of(door), pin) == "opened"
    page.goto(stay_page)
    assert reveal(page) == pin


def test_7_cleaner_works_in_her_hours_and_is_ended(screen: Screen, demo: Demo, engine: None) -> None:
    door, other = demo.door("Seaview House", "Flat 3 door"), demo.door("Seaview House", "Flat 4 door")
    page = sign_in(screen, demo.owner)
    page.get_by_role("link", name="People", exact=True).first.click()
    page.get_by_role("link", name="Give access").first.click()
    page.get_by_label("Seaview House · Flat 3 door").check()
    from_, until = hours_around_now(door.property.time_zone)
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        page.get_by_label(day).check()
    send(page, "Give access", Kind="Cleaner", Name="Joana Pinto", From=from_, Until=until)
    expect(page.locator(".messages")).to_contain_text("Access is given")
    expect(page.locator("#live")).to_contain_text("Active", timeout=SETTLED)
    expect(page.locator("main")).to_contain_text(f"{from_} to {until}")
    expect(page.locator("#live")).not_to_contain_text("Flat 4 door")
    holder_page = page.url
    pin = reveal(page)
    code = AccessCode.objects.get(
        name="Joana Pinto", device=door.device, ended_at=None, starts_at__lt=timezone.now()
    )
    assert code.ends_at is not None
    lock = lock_of(door)
    assert keypad(lock, pin, at=code.ends_at - MINUTE).opened
    assert not keypad(lock, pin, at=code.ends_at + MINUTE).opened
    assert not keypad(lock_of(other), pin).opened
    assert type_at_keypad(page, keypad_of(door), pin) == "opened"
    page.goto(reverse("device-detail", args=[door.device.public_id]))
    expect(page.locator("#live")).to_contain_text("Unlocked by code · Joana Pinto", timeout=NEXT_LOOK)

    page.goto(holder_page)
    page.get_by_role("link", name="End access").click()
    page.get_by_role("button", name="End access").click()

    expect(page.locator(".messages")).to_contain_text("Ended. Codes are being taken off the locks")
    expect(page.locator("#live")).to_contain_text("No further window.", timeout=SETTLED)
    expect(page.locator("main .notice[data-tone=idle]")).to_contain_text("Ended")
    expect(page.locator("#live")).to_contain_text("Code gone from the lock")
    expect(page.locator("#live")).not_to_contain_text("Removing")
    expect(page.get_by_role("button", name="Show code")).to_have_count(0)
    assert type_at_keypad(page, keypad_of(door), pin) == "shut"
    assert not lock.codes.filter(name__startswith="Joana").exists()


def hours_around_now(zone: str) -> tuple[str, str]:
    """Of a shift that began at the full hour, or before, and goes on until the one after the next."""
    local = timezone.now().astimezone(ZoneInfo(zone))
    return f"{local.hour:02}:00", f"{(local.hour + 2) % 24:02}:00"


def test_8_lock_is_opened_from_afar_and_foreign_codes_adopted_and_deleted(
    screen: Screen, demo: Demo, engine: None
) -> None:
    """The plumber's code of the demo is adopted, and one that a neighbour adds is deleted."""
    front = demo.door("Seaview House", "Flat 3 door")
    page = sign_in(screen, demo.owner)
    page.goto(reverse("device-detail", args=[front.device.public_id]))
    assert lock_of(front).locked
    page.get_by_role("button", name="Unlock", exact=True).click()
    expect(page.locator("#attempt")).to_contain_text("Unlock: done", timeout=SETTLED)
    assert not lock_of(front).locked

    door = demo.door("Casa Jacaranda", "Garden room")
    guest = AccessCode.objects.get(grant__stay=demo.stay("Lucía Ortega"), device=door.device)
    hands(page, door, "Adds a code in the maker's app", Name="Neighbour", PIN="938417")
    lock_page = reverse("device-detail", args=[door.device.public_id])
    page.goto(lock_page)
    table = page.locator("#unmanaged, #live").first
    expect(table).to_contain_text("Neighbour", timeout=NEXT_LOOK)
    expect(table).to_contain_text("Plumber")
    expect(page.locator("main")).not_to_contain_text("938417")
    page.get_by_role("link", name="Manage Plumber").click()
    page.get_by_role("button", name="Manage this code").click()
    expect(page.locator(".messages")).to_contain_text("just as it stands")
    adopted = AccessCode.objects.get(name="Plumber", is_managed=True)
    expect(page.locator("tr", has_text="Plumber")).to_contain_text("Active")
    page.get_by_role("link", name="Delete Neighbour").click()
    page.get_by_role("button", name="Delete code").click()

    expect(page.locator(".messages")).to_contain_text("Neighbour")
    expect(page.get_by_role("link", name="Delete Neighbour")).to_have_count(0)
    expect(page.locator("#live")).not_to_contain_text("Being removed", timeout=SETTLED)
    assert not LockCode.objects.filter(name="Neighbour").exists()
    assert type_at_keypad(page, keypad_of(door), "938417") == "shut"
    assert type_at_keypad(page, keypad_of(door), "271828") == "opened"
    assert guest.pin is not None
    assert type_at_keypad(page, keypad_of(door), guest.pin) == "opened"
    assert adopted.pin == "271828"


def test_9_calendar_is_added_its_inbox_decided_and_a_cancelled_booking_loses_its_code(
    screen: Screen, demo: Demo, engine: None, server: CalendarServer
) -> None:
    door = demo.door("Lindenhof", "Attic door")
    today = timezone.now().astimezone(door.property.zone).date()
    dates = f"{today - DAY:%Y%m%d}", f"{today + 2 * DAY:%Y%m%d}"
    closed = event("b-1@booking.com", *dates, "CLOSED - Not available")
    server.answers["/booking.ics"] = reply(calendar("booking", closed))
    page = sign_in(screen, demo.owner)
    page.get_by_role("link", name=re.compile("^Feeds")).first.click()
    page.get_by_role("link", name="Add feed").first.click()
    send(page, "Subscribe", Unit="Lindenhof · Attic", Calendar_address=server.url("/booking.ics"))
    feed = CalendarFeed.objects.get(unit__name="Attic")
    elsewhere(lambda: sync_feed(feed.pk))
    assert not Stay.objects.filter(unit__name="Attic").exists()

    page.get_by_role("link", name=re.compile("^Feeds")).first.click()
    waiting = page.locator("#inbox li", has_text="Lindenhof · Attic")
    expect(waiting).to_contain_text("CLOSED - Not available")
    expect(waiting).to_contain_text("Booking.com does not tell a booking from a closure.")
    waiting.get_by_role("button", name="It is a stay").click()
    expect(page.locator("#inbox li", has_text="Lindenhof · Attic")).to_have_count(0)
    stay = Stay.objects.get(unit__name="Attic")
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    expect(page.locator("#live")).to_contain_text("Active", timeout=SETTLED)
    pin = reveal(page)
    assert type_at_keypad(page, keypad_of(door), pin) == "opened"

    gone = event("b-1@booking.com", *dates, "CLOSED - Not available", None, "STATUS:CANCELLED")
    server.answers["/booking.ics"] = reply(calendar("booking", gone))
    page.goto(reverse("feed-detail", args=[feed.public_id]))
    page.get_by_role("button", name="Read now").click()
    elsewhere(lambda: sync_feed(feed.pk))
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    expect(page.locator("#stay-strip")).to_contain_text("Ended", timeout=NEXT_LOOK)
    expect(page.locator("main")).to_contain_text("Cancelled")
    expect(page.locator("#evidence")).to_contain_text("Code gone from the lock")
    assert type_at_keypad(page, keypad_of(door), pin) == "shut"
    assert not any(code.pin == pin for code in lock_of(door).codes.all())


def test_10_colleague_key_webhook_and_the_audit_log(
    screen: Screen,
    demo: Demo,
    browser: Browser,
    mailoutbox: list[object],
) -> None:
    stay = demo.stay("Amelia Hart")
    page = sign_in(screen, demo.owner)
    page.goto(reverse("team"))
    page.get_by_role("link", name="Invite somebody").click()
    send(page, "Invite", **{"E-mail address": "petra@example.org"})
    expect(page.locator(".messages")).to_contain_text("was sent a link")
    link = re.search(r"https?://\S+", str(getattr(mailoutbox[0], "body", "")))
    assert link is not None
    welcome(browser, screen, link[0], stay)

    page.goto(reverse("api-key-list"))
    page.get_by_role("link", name="Make a key").click()
    send(page, "Make key", Name="Front desk")
    assert "Harbour Lofts" in ask(screen, page.locator("#secret").inner_text())
    page.reload()
    expect(page.locator("#secret")).to_have_count(0)

    page.goto(reverse("webhook-list"))
    page.get_by_role("link", name=re.compile("Add a? ?webhook")).first.click()
    send(page, "Add webhook", Address=f"{demo.server}/hooks/front-desk", What_it_is_for="Front desk")
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    reveal(page)
    elsewhere(deliver_now)
    endpoint = WebhookEndpoint.objects.get(description="Front desk")
    page.goto(reverse("webhook-detail", args=[endpoint.public_id]))
    expect(page.locator("main")).to_contain_text("Code shown")

    page.goto(reverse("audit"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    told = "\n".join(",".join(row) for row in csv.reader(io.StringIO(download.value.path().read_text())))
    for line in ("petra@example.org", "API key made", "Webhook", "Code shown", demo.owner.email):
        assert line in told, line


def welcome(browser: Browser, screen: Screen, link: str, stay: Stay) -> None:
    """The colleague chooses a password, signs in, and may look, but sees no code."""
    context = browser.new_context(base_url=screen.host)
    page = context.new_page()
    page.goto(link)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("input[type=password]")).to_have_count(0)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("petra@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    expect(page.get_by_role("heading", level=1)).to_have_text("Amelia Hart")
    expect(page.get_by_role("button", name="Show code")).to_have_count(0)
    context.close()


def ask(screen: Screen, key: str) -> str:
    request = urllib.request.Request(
        f"{screen.host}{reverse('api:property-list')}", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())
