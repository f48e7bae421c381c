"""A guest's phone: 320 px wide, dark, with and without JavaScript, and nothing but the link."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect

from access.models import GuestPass
from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from properties.models import Stay
from tests.factories import lock_of

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE: ViewportSize = {"width": 320, "height": 640}


@pytest.fixture
def offline_screen(browser: Browser, live_server: object) -> Iterator[Page]:
    """One whose browser may complain of requests that did not get through."""
    context = browser.new_context(base_url=str(live_server), viewport=PHONE)
    yield context.new_page()
    context.close()


def link_of(home: Home) -> str:
    token = GuestPass.objects.get(stay=home.stay).token
    return reverse("pass", args=[token])


def run_engine() -> None:
    def run() -> None:
        try:
            run_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as worker:
        worker.submit(run).result()


def walk_in(screen: Screen, home: Home) -> None:
    page = screen.page
    page.set_viewport_size(PHONE)
    page.goto(link_of(home))
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome")
    screen.assert_fits()
    page.get_by_role("button", name="Show my code").click()
    shown = page.locator("output.pin")
    expect(shown).to_have_text(re.compile(r"^\d{4,8}$"))
    assert keypad(lock_of(home.door), shown.inner_text()).opened
    screen.assert_fits()


def test_guest_gets_in_on_a_small_phone(screen: Screen, home: Home) -> None:
    walk_in(screen, home)

    screen.page.reload()
    screen.page.goto(link_of(home))
    assert screen.page.locator("output.pin").count() == 0


def test_guest_gets_in_without_javascript(plain_screen: Screen, home: Home) -> None:
    walk_in(plain_screen, home)

    plain_screen.page.get_by_role("button", name="My code does not work").click()
    expect(plain_screen.page.locator("#help")).to_contain_text("We are asking the lock")
    expect(plain_screen.page.get_by_role("button", name="Look again")).to_be_visible()


def test_page_is_dark_in_the_dark(dark_screen: Screen, home: Home) -> None:
    page = dark_screen.page
    page.set_viewport_size(PHONE)
    page.goto(link_of(home))
    back, ink = page.evaluate(
        """() => [document.documentElement, document.body]
          .map((one, at) => getComputedStyle(one)[at === 1 ? "color" : "backgroundColor"])
          .map((colour) => colour.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b))"""
    )

    assert back < 150
    assert ink > 550
    dark_screen.assert_fits()


def test_guest_opens_the_door_from_the_page(screen: Screen, home: Home) -> None:
    page = screen.page
    page.set_viewport_size(PHONE)
    page.goto(link_of(home))
    page.get_by_role("button", name="Unlock Front door now").click()
    expect(page.locator("#doors")).to_contain_text("Opening")
    run_engine()

    expect(page.locator("#doors")).to_contain_text("The door is unlocked", timeout=10_000)


def test_without_a_connection_nothing_of_the_page_is_lost(offline_screen: Page, home: Home) -> None:
    """In the stairwell: the code stays where it is, whatever is pressed, and all goes on when the phone is back."""
    page = offline_screen
    page.goto(link_of(home))
    page.get_by_role("button", name="Show my code").click()
    pin = page.locator("output.pin").inner_text()
    page.context.set_offline(True)
    expect(page.locator("#no-connection")).to_be_visible()

    for name in ("Unlock Front door now", "My code does not work"):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#not-sent")).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("output.pin")).to_have_text(pin)

    page.context.set_offline(False)
    expect(page.locator("#no-connection")).to_be_hidden()
    page.get_by_role("button", name="Unlock Front door now").click()
    expect(page.locator("#doors")).to_contain_text("Opening")
    expect(page.locator("#not-sent")).to_be_hidden()


def test_first_touch_without_a_connection_is_told_by_a_later_one(offline_screen: Page, home: Home) -> None:
    page = offline_screen
    page.goto(link_of(home))
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.keyboard.press("Shift")
    page.wait_for_timeout(100)
    page.context.set_offline(False)

    with page.expect_response("**/opened/"):
        page.keyboard.press("Shift")
    assert GuestPass.objects.get(stay=home.stay).first_opened_at is not None


def test_code_that_is_read_stays_while_a_door_is_opened_and_goes_when_it_is_hidden(
    screen: Screen, home: Home
) -> None:
    page = screen.page
    page.goto(link_of(home))
    page.get_by_role("button", name="Show my code").click()
    pin = page.locator("output.pin").inner_text()
    page.get_by_role("button", name="Unlock Front door now").click()
    expect(page.locator("#doors")).to_contain_text("Opening")

    expect(page.locator("output.pin")).to_have_text(pin)
    page.get_by_role("link", name="Hide the code").click()
    expect(page.get_by_role("button", name="Show my code")).to_be_visible()
    assert pin not in page.content()
    assert page.url.endswith(link_of(home))


def test_page_that_was_open_before_shows_the_code_when_the_time_has_come(screen: Screen, home: Home) -> None:
    page = screen.page
    starts_at = home.stay.starts_at
    Stay.objects.update(starts_at=timezone.now() + dt.timedelta(hours=1))
    page.goto(link_of(home))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your stay")

    Stay.objects.update(starts_at=starts_at)
    page.evaluate("dispatchEvent(new Event('online'))")  # what a look a minute later would see

    expect(page.get_by_role("button", name="Show my code")).to_be_visible()


def test_code_leaves_the_screen_with_the_stay(screen: Screen, home: Home) -> None:
    page = screen.page
    page.goto(link_of(home))
    page.get_by_role("button", name="Show my code").click()
    pin = page.locator("output.pin").inner_text()

    Stay.objects.update(ends_at=timezone.now())
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.get_by_role("heading", level=1)).to_have_text("Goodbye")
    assert pin not in page.content()


def test_language_is_switched_by_hand(screen: Screen, home: Home) -> None:
    page = screen.page
    page.set_viewport_size(PHONE)
    page.goto(link_of(home))
    for name, title in (
        ("Deutsch", "Willkommen"),
        ("Français", "Bienvenue"),
        ("Español", "Te damos la bienvenida"),
    ):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        screen.assert_fits()


def test_code_is_not_printed_unless_shown(screen: Screen, home: Home) -> None:
    page = screen.page
    page.goto(link_of(home))
    page.emulate_media(media="print")

    assert not page.get_by_role("button", name="Show my code").is_visible()
    assert page.locator("output.pin").count() == 0


def test_targets_are_large_enough_for_a_thumb(screen: Screen, home: Home) -> None:
    page = screen.page
    page.set_viewport_size(PHONE)
    page.goto(link_of(home))
    heights = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, footer a")]
          .map((one) => one.getBoundingClientRect().height)"""
    )

    assert min(heights) >= 44
