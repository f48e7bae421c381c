"""Settings and search in a browser: without JavaScript a key is made and shown once, and the search box finds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.browser.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_key_is_made_without_javascript_and_a_reload_makes_no_second(
    plain_screen: Screen, home: Home
) -> None:
    page = plain_screen.page
    plain_screen.sign_in(home.owner)
    page.goto(reverse("api-key-list"))
    page.get_by_role("link", name="Make a key").click()
    page.get_by_label("Name").fill("Front desk")
    page.get_by_role("button", name="Make key").click()
    secret = page.locator("#secret").inner_text()
    assert re.fullmatch(r"seam_keyturn_\S{43}", secret)

    page.reload()
    assert page.locator("#secret").count() == 0
    assert page.get_by_role("rowheader", name="Front desk").count() == 1


def test_search_of_the_navigation_finds_the_guest(screen: Screen, home: Home) -> None:
    screen.page.set_viewport_size({"width": 1280, "height": 800})
    screen.sign_in(home.owner)
    screen.page.get_by_role("searchbox", name="Search guests, units, locks").fill("varga")
    screen.page.keyboard.press("Enter")
    screen.page.get_by_role("link", name="Imogen Varga").first.click()

    assert screen.page.get_by_role("heading", name="Imogen Varga").is_visible()
    assert PASSWORD not in screen.page.url
