"""Settings, team, keys, webhooks, audit log and search in a browser: nothing hangs over, nothing complains; and without
JavaScript a key is made and shown once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tests.browser.conftest import PASSWORD
from tests.world import World, make_world

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (320, 375, 1280)


@pytest.fixture
def full(transactional_db: None) -> World:
    """In a thread of its own, as `home` is."""

    def build() -> World:
        try:
            return make_world("Quay", now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as worker:
        return worker.submit(build).result()


def addresses(world: World) -> list[str]:
    names = (
        *("settings", "api-key-list", "api-key-create", "webhook-list", "webhook-create"),
        *("team", "team-invite", "audit", "search"),
    )
    return [
        *map(reverse, names),
        reverse("search") + "?q=quay",
        reverse("audit") + "?everything=on&since=2020-01-01",
        reverse("webhook-detail", args=[world.endpoint.public_id]),
        reverse("webhook-edit", args=[world.endpoint.public_id]),
        reverse("api-key-rotate", args=[world.key.public_id]),
        reverse("property-copy", args=[world.place.public_id]),
    ]


def test_no_page_of_settings_is_wider_than_the_screen(screen: Screen, full: World) -> None:
    screen.sign_in(full.owner)

    for address in addresses(full):
        screen.page.goto(address)
        for width in WIDTHS:
            screen.page.set_viewport_size({"width": width, "height": 800})
            screen.assert_fits()


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
