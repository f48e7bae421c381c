"""What the Copy buttons put on the clipboard, and where the line of now stands on the timeline."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.models import GuestPass
from locks.drivers.virtual.keypad import keypad
from tests.browser.journeys import reveal
from tests.factories import lock_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HALF_HOUR = 0.5 / 24


def copied(page: Page) -> str:
    expect(page.locator("#announcer")).to_have_text("Copied.")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_copied_code_opens_and_copied_link_leads_to_the_pass(screen: Screen, home: Home) -> None:
    page = screen.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.sign_in(home.owner)
    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    pin = reveal(page)

    page.get_by_role("button", name="Copy", exact=True).first.click()
    assert copied(page) == pin
    assert keypad(lock_of(home.door), copied(page)).opened

    page.get_by_role("button", name="Copy link").click()
    token = GuestPass.objects.get(stay=home.stay, revoked_at=None).token
    expect(page.locator("#announcer")).to_have_text("Copied.")
    page.wait_for_function(
        "(token) => navigator.clipboard.readText().then((text) => text.includes(token))", arg=token
    )
    link = copied(page)
    page.context.clear_cookies()
    page.goto("/g/" + link.partition("/g/")[2])
    expect(page.get_by_role("button", name="Show my code")).to_be_visible()


def test_no_copy_button_where_a_page_may_not_copy(plain_screen: Screen, home: Home) -> None:
    """Without JavaScript it would be a button that does nothing."""
    page = plain_screen.page
    plain_screen.sign_in(home.owner)
    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    reveal(page)

    expect(page.locator("[data-copy]").first).to_be_hidden()


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Pacific/Auckland", "America/Edmonton"])
def test_line_of_now_stands_at_the_propertys_hour(screen: Screen, home: Home, zone: str) -> None:
    """Measured by the columns of the days that the page has drawn."""
    place = home.stay.unit.property
    place.time_zone = zone
    place.save()
    screen.sign_in(home.owner)
    page = screen.page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(reverse("timeline"))
    line = page.locator(".tl-now line")
    days = page.locator(".tl-days li.date")
    local = timezone.now().astimezone(place.zone)

    first = dt.date.fromisoformat(page.locator(".tl-page [name=first]").input_value())
    x = line.evaluate("(one) => one.getBoundingClientRect().x")
    start = days.first.bounding_box()
    assert start is not None
    shown = (x - start["x"]) / start["width"]
    begun = dt.datetime.combine(first, dt.time(), place.zone)
    assert shown == pytest.approx((local - begun) / dt.timedelta(days=1), abs=HALF_HOUR + 2 / start["width"])
    box = page.locator(f"#bar-{home.stay.public_id}").bounding_box()
    assert box is not None
    assert box["x"] < x < box["x"] + box["width"]

    page.get_by_role("link", name="Week after").click()
    page.get_by_role("link", name="Week after").click()
    expect(page.locator(".tl-now")).to_have_count(0)
