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
from locks.drivers.virtual.moods import clear_mood, set_mood
from locks.drivers.virtual.outside import delete_from_outside
from locks.models import Device
from properties.booking import cancel_stay
from properties.calendars.syncing import sync_feed
from properties.enums import CancelReason
from properties.models import CalendarFeed, Stay
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
)
from tests.factories import lock_of, make_member, make_workspace, virtual_door
from tests.properties.calendars.conftest import CalendarServer, reply
from tests.properties.calendars.samples import calendar, event

if TYPE_CHECKING:
    from django.conf import LazySettings
    from playwright.sync_api import Page

    from locks.models import Door
    from tests.browser.conftest import Home, Screen

__all__ = ["engine", "server"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
]

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def test_1_first_run_leads_to_the_first_working_code(
    screen: Screen, engine: None, server: CalendarServer, settings: LazySettings
) -> None:
    settings.KEYTURN_FEEDS_ALLOW_PRIVATE = True
    today = timezone.now().date()
    booking = event("b-1@example.org", f"{today - DAY:%Y%m%d}", f"{today + 2 * DAY:%Y%m%d}", "Ines Duarte")
    server.answers["/calendar.ics"] = reply(calendar("generic", booking))
    page = sign_in(screen, make_member(make_workspace("Beach Houses")))
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
            {"Unit": "Dune House · Whole house", "Calendar_address": server.url("/calendar.ics")},
        ),
    )
    for link, button, fields in forms:
        page.goto("/")
        steps.get_by_role("link", name=link).click()
        send(page, button, **fields)
    elsewhere(lambda: sync_feed(CalendarFeed.objects.get().pk))

    page.goto("/")
    page.get_by_role("link", name="Ines Duarte").first.click()
    expect(page.locator("#live")).to_contain_text("Active")
    pin = reveal(page)
    device = Device.objects.get()
    assert type_at_keypad(page, reverse("device-keypad", args=[device.public_id]), pin) == "opened"
    page.goto("/")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    expect(steps).to_have_count(0)


def refuse_second_door(home: Home) -> None:
    """Its lock refused the guest's code until Keyturn called that a failure; it takes codes again by now."""
    now = timezone.now()
    door = virtual_door(home.stay.unit, "schlage", name="Garden door", now=now)
    set_mood(lock_of(door), "rejecting")
    for minute in (0, 1, 3, 7):
        run_due(clock=lambda minute=minute: now + minute * MINUTE)  # type: ignore[misc]  # a default of its own
    clear_mood(lock_of(door), "rejecting")


def test_2_arrival_in_danger_is_mended_by_one_click_in_the_morning(screen: Screen, home: Home) -> None:
    elsewhere(lambda: refuse_second_door(home))
    page = sign_in(screen, home.owner)
    needs = page.locator("#needs")
    expect(needs).to_contain_text("Imogen Varga")
    expect(needs).to_contain_text("Garden door")
    door = AccessCode.objects.get(device__door__name="Garden door")
    assert door.pin is not None
    assert not keypad(lock_of(door.device.door), door.pin).opened

    needs.get_by_role("button", name="Retry now").click()
    expect(needs).to_contain_text("The lock is being asked")
    elsewhere(run_due)

    expect(needs).to_contain_text("Settled", timeout=SETTLED)
    assert keypad(lock_of(door.device.door), door.pin).opened
    page.reload()
    expect(page.locator("#count-needs")).to_contain_text("0")


def test_3_booking_by_hand_reaches_the_guest_without_javascript(
    plain_screen: Screen, home: Home, mailoutbox: list[object]
) -> None:
    page = sign_in(plain_screen, home.owner)
    add_messages(page)
    today = timezone.now().date()
    elsewhere(lambda: make_room(home))
    page.goto("/")
    page.get_by_role("link", name="Add stay").click()
    send(
        page,
        "Add stay",
        Unit="Harbour House · Loft 2",
        Arrival=f"{today - DAY}",
        Departure=f"{today + 3 * DAY}",
        Name="Noor Haddad",
        **{"E-mail": "noor.haddad@example.org"},
    )
    expect(page.locator(".messages")).to_contain_text("the code is on the way")
    elsewhere(run_due)

    page.reload()
    expect(page.locator("#live")).to_contain_text("Active")
    pin = reveal(page)
    stay = Stay.objects.get(guest__name="Noor Haddad")
    page.goto(reverse("stay-detail", args=[stay.public_id]))
    page.get_by_label("Send a message").select_option(label="Code ready")
    page.locator("#messages").get_by_role("button", name="Send now").click()
    elsewhere(lambda: sweep_messages(now=timezone.now()))
    (mail,) = mailoutbox
    link = re.search(r"https?://\S+/g/\S+", str(getattr(mail, "body", "")))
    assert link is not None
    assert str(GuestPass.objects.get(stay=stay).token) in link[0]

    page.context.clear_cookies()
    page.goto("/g/" + link[0].partition("/g/")[2].rstrip(".,)"))
    page.get_by_role("button", name="Show my code").click()
    assert page.locator("output.pin").inner_text() == pin
    assert keypad(lock_of(home.door), pin).opened
    page.get_by_role("link", name="Hide the code").click()
    page.get_by_role("button", name="Unlock Front door now").click()
    elsewhere(run_due)
    page.get_by_role("link", name="Look again").last.click()
    expect(page.locator("#doors")).to_contain_text("The door is unlocked")
    assert not lock_of(home.door).locked


def make_room(home: Home) -> None:
    cancel_stay(home.stay, reason=CancelReason.PERSON, actor="test", now=timezone.now())
    run_due()


def add_messages(page: Page) -> None:
    page.goto(reverse("template-list"))
    page.get_by_role("button", name="Add the usual ones").click()


def test_4_stay_is_made_longer_and_shorter_and_a_second_editor_is_told(
    screen: Screen, home: Home, engine: None
) -> None:
    page = sign_in(screen, home.owner)
    address = reverse("stay-detail", args=[home.stay.public_id])
    page.goto(address)
    pin = reveal(page)
    page.goto(reverse("stay-edit", args=[home.stay.public_id]))
    second = page.context.new_page()
    second.goto(reverse("stay-edit", args=[home.stay.public_id]))
    longer, shorter = (home.stay.arrival_date + days * DAY for days in (5, 2))

    page.get_by_label("Departure").fill(f"{longer}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("the guest keeps theirs")
    expect(page.locator("#live")).to_contain_text("Active", timeout=SETTLED)
    expect_until(home, pin, longer)

    second.get_by_label("Departure").fill(f"{shorter}")
    second.get_by_role("button", name="Save").click()
    summary = second.locator(".error-summary")
    expect(summary).to_be_visible()
    expect(second.get_by_label("Departure")).to_have_value(f"{shorter}")
    expect_until(home, pin, longer)
    second.get_by_role("button", name="Save").click()
    expect(second.locator(".messages")).to_contain_text("the guest keeps theirs")
    expect(second.locator("#live")).to_contain_text("Active", timeout=SETTLED)
    expect_until(home, pin, shorter)
    page.goto(address)
    assert reveal(page) == pin


def expect_until(home: Home, pin: str, day: dt.date) -> None:
    """The lock itself opens until check-out of the day, and no longer."""
    stay = Stay.objects.get(pk=home.stay.pk)
    assert stay.ends_at is not None
    assert stay.ends_at.date() == day
    lock = lock_of(home.door)
    assert keypad(lock, pin, at=stay.ends_at - MINUTE).opened
    assert not keypad(lock, pin, at=stay.ends_at + 5 * MINUTE).opened


def test_5_code_fails_in_the_night_and_the_pass_hands_over_a_backup(screen: Screen, home: Home) -> None:
    door = elsewhere(lambda: lose_code_at_night(home))
    page = screen.page
    page.set_viewport_size({"width": 375, "height": 700})
    link = reverse("pass", args=[GuestPass.objects.get(stay=home.stay).token])
    page.goto(link)
    page.get_by_role("button", name="Show my code").click()
    first = page.locator("output.pin").first.inner_text()
    assert not keypad(lock_of(door), first).opened
    page.get_by_role("link", name="Hide the code").click()

    page.get_by_role("button", name=f"{door.name} stays shut").click()
    expect(page.locator("#help")).to_contain_text("We are asking the lock")
    elsewhere(run_due)
    expect(page.locator("#help")).to_contain_text("There is a backup code for your door", timeout=20_000)

    page.goto(link)
    page.get_by_role("button", name="Show my code").click()
    backup = page.locator(".code", has_text="Backup code").locator("output.pin").inner_text()
    assert backup != first
    assert keypad(lock_of(door), backup).opened


def lose_code_at_night(home: Home) -> Door:
    """A garden door whose lock has backups ready; then it forgets the guest's code, and takes no codes any more."""
    workspace = home.stay.workspace
    workspace.backup_pool_size = 2
    workspace.save()
    door = add_garden_door(home)
    code = AccessCode.objects.get(grant__stay=home.stay, device=door.device)
    set_mood(lock_of(door), "rejecting", only="put")
    delete_from_outside(lock_of(door), int(code.ref))
    return door
