"""Journeys 1 to 5 of tests.browser.journeys: until a guest is in."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.messaging.sweeping import sweep_messages
from access.models import AccessCode, GuestPass
from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.moods import clear_mood
from locks.models import Device, Door
from properties.calendars.syncing import sync_feed
from properties.models import CalendarFeed, Stay
from tests.browser.journeys import (
    SETTLED,
    behave,
    demo,
    elsewhere,
    engine,
    hands,
    keypad_of,
    lived,
    reveal,
    send,
    sign_in,
    type_at_keypad,
)
from tests.factories import lock_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Screen
    from tests.browser.demo import Demo

__all__ = ["demo", "engine", "lived"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def test_1_first_run_leads_to_the_first_working_code(screen: Screen, demo: Demo, engine: None) -> None:
    page = sign_in(screen, demo.owner)
    page.locator("summary", has_text="Seaview Stays").click()
    page.get_by_role("link", name="New workspace or sandbox").click()
    page.get_by_label("Name").fill("Beach Houses")
    page.get_by_role("button", name="Make").click()
    steps = page.locator(".steps")

    forms: tuple[tuple[str, str, dict[str, str | bool]], ...] = (
        ("Add property", "Save", {"Name": "Dune House", "Time_zone": "Europe/Lisbon"}),
        ("Add unit", "Save", {"Name": "Whole house"}),
        ("Add lock", "Add lock", {"Brand": "Schlage", "Name": "Front door lock"}),
        (
            "Add door",
            "Add door",
            {"Name": "Front door", "Lock": "Front door lock", "Every_guest_of_the_property_uses_it": True},
        ),
        (
            "Add feed",
            "Subscribe",
            {
                "Unit": "Dune House · Whole house",
                "Calendar_address": f"{demo.server}/demo/airbnb-flat-1.ics",
            },
        ),
    )
    for link, button, fields in forms:
        page.goto("/")
        steps.get_by_role("link", name=link).click()
        send(page, button, **fields)
    feed = CalendarFeed.objects.get(unit__property__name="Dune House")
    elsewhere(lambda: sync_feed(feed.pk))

    page.goto("/")
    page.locator("#in-stay").get_by_role("link", name=re.compile("^HM")).first.click()
    expect(page.locator("#live")).to_contain_text("Active")
    pin = reveal(page)
    device = Device.objects.get(name="Front door lock")
    assert type_at_keypad(page, reverse("device-keypad", args=[device.public_id]), pin) == "opened"
    page.goto("/")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    expect(steps).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("Seaview House")


def test_2_arrival_in_danger_is_mended_by_one_click_in_the_morning(
    screen: Screen, demo: Demo, engine: None
) -> None:
    """Camille's code was refused, for want of a keypad that is there again by now."""
    stay, door = demo.stay("Camille Laurent"), demo.door("Casa Jacaranda", "Patio room")
    code = AccessCode.objects.get(grant__stay=stay)
    assert code.pin is not None
    page = sign_in(screen, demo.owner)
    count = int(page.locator("#count-needs").inner_text().split()[0])
    row = page.locator("#needs li", has_text="Camille Laurent")
    expect(row).to_contain_text("Patio room: Not confirmed on the lock. The lock refused.")
    expect(row.locator(".row-side")).to_have_text("Not on the lock")
    assert not opens_during(stay, door, code.pin)
    elsewhere(lambda: clear_mood(lock_of(door), "rejecting"))

    place = row.get_attribute("id")
    row.get_by_role("button", name="Retry now").click()
    expect(page.locator(f"#{place}")).to_contain_text("Settled. Nothing is left to do here.", timeout=SETTLED)
    assert opens_during(stay, door, code.pin)
    assert not keypad(lock_of(door), code.pin).opened
    page.reload()
    expect(page.locator("#needs li", has_text="Camille Laurent")).to_have_count(0)
    expect(page.locator("#count-needs")).to_contain_text(f"{count - 1}")


def test_backup_is_given_by_one_click_where_the_lock_goes_on_refusing(
    screen: Screen, demo: Demo, engine: None
) -> None:
    stay, door = demo.stay("Camille Laurent"), demo.door("Casa Jacaranda", "Patio room")
    code = AccessCode.objects.get(grant__stay=stay)
    page = sign_in(screen, demo.owner)
    row = page.locator("#needs li", has_text="Camille Laurent")

    row.get_by_role("button", name="Give backup").click()

    expect(row).to_contain_text("A backup code opens Patio room. Tell it to the guest", timeout=SETTLED)
    expect(row.get_by_role("button", name="Give backup")).to_have_count(0)
    backup = AccessCode.objects.get(grant__stay=stay, is_backup=True)
    assert backup.pin is not None
    assert code.pin is not None
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    expect(page.locator("#stay-strip")).to_contain_text("Backup in use")
    page.get_by_role("button", name="Show code").click()
    expect(page.locator("output.secret", has_text=backup.pin)).to_be_visible()
    assert opens_during(stay, door, backup.pin)
    assert not opens_during(stay, door, code.pin)


def opens_during(stay: Stay, door: Door, pin: str) -> bool:
    """All through it, but for the minutes that a lock needs at either end."""
    assert stay.starts_at is not None
    assert stay.ends_at is not None
    moments = (stay.starts_at + 3 * MINUTE, stay.ends_at - 3 * MINUTE)
    return all(keypad(lock_of(door), pin, at=moment).opened for moment in moments)


def test_3_booking_by_hand_reaches_the_guest_without_javascript(
    plain_screen: Screen, demo: Demo, mailoutbox: list[object]
) -> None:
    door = demo.door("Lindenhof", "Attic door")
    today = timezone.now().astimezone(door.property.zone).date()
    page = sign_in(plain_screen, demo.owner)
    page.get_by_role("link", name="Add stay").click()
    send(
        page,
        "Add stay",
        Unit="Lindenhof · Attic",
        Arrival=f"{today - DAY}",
        Departure=f"{today + 3 * DAY}",
        Name="Selma Aydin",
        **{"E-mail": "selma.aydin@example.org"},
    )
    expect(page.locator(".messages")).to_contain_text("the code is on the way")
    elsewhere(run_due)

    page.reload()
    expect(page.locator("#live")).to_contain_text("Active")
    pin = reveal(page)
    page.get_by_role("link", name="Hide").click()
    page.get_by_label("Send a message").select_option(label="Booking confirmed")
    page.locator("#messages").get_by_role("button", name="Send now").click()
    elsewhere(lambda: sweep_messages(now=timezone.now()))
    links = {found[0] for mail in mailoutbox if (found := link_in(mail, to="selma.aydin@example.org"))}
    (link,) = links
    assert str(GuestPass.objects.get(stay=demo.stay("Selma Aydin")).token) in link

    page.context.clear_cookies()
    page.goto("/g/" + link.partition("/g/")[2].rstrip(".,)"))
    page.get_by_role("button", name="Show my code").click()
    assert page.locator("output.pin").inner_text() == pin
    assert keypad(lock_of(door), pin).opened
    page.get_by_role("link", name="Hide the code").click()
    page.get_by_role("button", name="Unlock Attic door now").click()
    elsewhere(run_due)
    page.get_by_role("link", name="Look again").last.click()
    expect(page.locator("#doors")).to_contain_text("The door is unlocked")
    assert not lock_of(door).locked


def link_in(mail: object, *, to: str) -> re.Match[str] | None:
    is_theirs = to in getattr(mail, "to", ())
    return re.search(r"https?://\S+/g/\S+", str(getattr(mail, "body", ""))) if is_theirs else None


def test_4_stay_is_made_longer_and_shorter_and_a_second_editor_is_told(
    screen: Screen, demo: Demo, engine: None
) -> None:
    stay, door = demo.stay("Amelia Hart"), demo.door("Seaview House", "Flat 3 door")
    assert stay.departure_date is not None
    page = sign_in(screen, demo.owner)
    address = reverse("stay-detail", args=[stay.public_id])
    page.goto(address)
    pin = reveal(page)
    page.goto(reverse("stay-edit", args=[stay.public_id]))
    second = page.context.new_page()
    second.goto(reverse("stay-edit", args=[stay.public_id]))
    longer, shorter = stay.departure_date + DAY, stay.departure_date - DAY

    page.get_by_label("Departure").fill(f"{longer}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("the guest keeps theirs")
    expect(page.locator("#stay-strip")).to_contain_text(f"{longer.day} {longer:%b}")
    expect(page.locator("#live")).to_contain_text("Active", timeout=SETTLED)
    expect_until(stay, door, pin, longer)

    second.get_by_label("Departure").fill(f"{shorter}")
    second.get_by_role("button", name="Save").click()
    expect(second.locator(".error-summary")).to_contain_text(f"{longer.day} {longer:%b}")
    expect(second.get_by_label("Departure")).to_have_value(f"{shorter}")
    expect_until(stay, door, pin, longer)
    second.get_by_role("button", name="Save").click()
    expect(second.locator(".messages")).to_contain_text("the guest keeps theirs")
    expect(second.locator("#live")).to_contain_text("Active", timeout=SETTLED)
    expect_until(stay, door, pin, shorter)
    page.goto(address)
    assert reveal(page) == pin


def expect_until(stay: Stay, door: Door, pin: str, day: dt.date) -> None:
    """The lock itself opens until check-out of the day, and no longer."""
    ends_at = Stay.objects.get(pk=stay.pk).ends_at
    assert ends_at is not None
    assert ends_at.astimezone(door.property.zone).date() == day
    lock = lock_of(door)
    assert keypad(lock, pin, at=ends_at - MINUTE).opened
    assert not keypad(lock, pin, at=ends_at + 5 * MINUTE).opened


def test_5_code_fails_in_the_night_and_the_pass_hands_over_a_backup(
    screen: Screen, demo: Demo, engine: None
) -> None:
    """The lock forgets Amelia's code, and takes no codes any more. She asks; nobody is woken, and all of it is told."""
    stay, door = demo.stay("Amelia Hart"), demo.door("Seaview House", "Flat 3 door")
    page = sign_in(screen, demo.owner)
    behave(page, door, "Refuses commands for a given reason")
    held = lock_of(door).codes.get(name__startswith="Amelia")
    hands(page, door, "Deletes a code", Code=f"{held.slot}: {held.name}")
    page.context.clear_cookies()

    page.set_viewport_size({"width": 375, "height": 700})
    link = reverse("pass", args=[GuestPass.objects.get(stay=stay, revoked_at=None).token])
    page.goto(link)
    page.get_by_role("button", name="Show my code").click()
    first = page.locator("output.pin").first.inner_text()
    assert first == held.pin
    assert not keypad(lock_of(door), first).opened
    page.get_by_role("link", name="Hide the code").click()

    page.get_by_role("button", name=f"{door.name} stays shut").click()
    help_part = page.locator("#help")
    expect(help_part).to_contain_text(
        re.compile("We are asking the lock|There is a backup code for your door")
    )
    expect(help_part).to_contain_text("There is a backup code for your door", timeout=20_000)
    expect(page.locator("#doors li", has_text=door.name)).to_contain_text("Use the backup code here")
    expect(page.locator("#doors li", has_text="Entrance")).to_contain_text("Your code opens this door")

    page.goto(link)
    page.get_by_role("button", name="Show my code").click()
    backup = page.locator(".code", has_text="Backup code").locator("output.pin").inner_text()
    assert backup != first
    entrance = demo.door("Seaview House", "Entrance")
    opened = [keypad(lock_of(one), pin).opened for one in (door, entrance) for pin in (first, backup)]
    assert opened == [False, True, True, False]
    check_what_the_manager_reads(sign_in(screen, demo.owner), stay, door, backup)


def check_what_the_manager_reads(page: Page, stay: Stay, door: Door, backup: str) -> None:
    row = page.locator("#needs li", has_text="Amelia Hart")
    expect(row).to_contain_text(f"{door.name}: A backup code stands in for this code")
    expect(row).to_contain_text("Backup in use")
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    expect(page.locator("#evidence")).to_contain_text("Backup code given")
    expect(page.locator("#evidence")).to_contain_text("Guest says that the code fails")
    assert backup not in page.locator("main").inner_text()
    assert type_at_keypad(page, keypad_of(door), backup) == "opened"
