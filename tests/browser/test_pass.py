"""A guest's phone: 320 px wide, dark, with and without JavaScript, and nothing but the link."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import ViewportSize, expect

from access.models import GuestPass
from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from tests.factories import lock_of

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE: ViewportSize = {"width": 320, "height": 640}


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
