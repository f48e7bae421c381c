"""The page of a lock with a past behind it, and accounts: they fit, marks are reached, all works without script."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from access.models import AccessCode
from locks.models import Device
from properties.models import Workspace
from tests.access.views.lock_past import make_lock_past
from tests.browser.conftest import Screen
from tests.browser.judges import axe_source, complaints_of_vnu
from tests.browser.test_axe import violations
from tests.factories import (
    make_account,
    make_member,
    make_property,
    make_unit,
    make_workspace,
)

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.conftest import Home


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("KEYTURN_SHOTS", "")


def shoot(screen: Screen, name: str) -> None:
    if SHOTS:
        screen.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
        for part in ("history", "battery", "connection", "codes"):
            if screen.page.locator(f"#{part}").count():
                screen.page.locator(f"#{part}").screenshot(path=f"{SHOTS}/{name}-{part}.png")


def page_of_lock(screen: Screen, home: Home, width: int, extra: str = "") -> None:
    screen.page.set_viewport_size({"width": width, "height": 900})
    screen.page.goto(f"/locks/{home.door.device.public_id}/{extra}")


@pytest.fixture
def old_home(home: Home) -> Home:
    device = home.door.device
    make_lock_past(device, now=timezone.now(), code=AccessCode.objects.filter(grant__stay=home.stay).first())
    return home


def test_page_of_a_lock_out_of_reach_fits_a_phone(screen: Screen, home: Home) -> None:
    Device.objects.update(online=False, locked=True, door_open=False)
    screen.sign_in(home.owner)
    page_of_lock(screen, home, 320)
    assert "when last heard" in screen.page.locator("#history").inner_text()
    screen.assert_fits()
    shoot(screen, "lock-away-320")


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_page_of_a_lock_fits(screen: Screen, old_home: Home, width: int) -> None:
    screen.sign_in(old_home.owner)
    page_of_lock(screen, old_home, width)
    screen.assert_fits()
    shoot(screen, f"lock-{width}")
    page_of_lock(screen, old_home, width, "?days=1&past=1")
    screen.assert_fits()
    shoot(screen, f"lock-day-{width}")


def test_page_of_a_lock_in_the_dark(dark_screen: Screen, old_home: Home) -> None:
    dark_screen.sign_in(old_home.owner)
    page_of_lock(dark_screen, old_home, 1280)
    shoot(dark_screen, "lock-dark")


def test_marks_are_reached_by_keyboard_and_lead_to_their_day(screen: Screen, old_home: Home) -> None:
    screen.sign_in(old_home.owner)
    page_of_lock(screen, old_home, 1280)
    mark = screen.page.locator(".lane.entries a").first
    assert "Imogen Varga" in (mark.get_attribute("aria-label") or "")
    box = mark.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 23.5
    mark.focus()
    mark.press("Enter")
    screen.page.wait_for_url(re.compile(r"days=1#history$"))
    lane = screen.page.locator(".lane.entries a")
    lane.first.press("Enter")
    assert "Unlocked" in screen.page.locator(":target").inner_text()


def test_door_is_unlocked_and_followed_without_script(plain_screen: Screen, old_home: Home) -> None:
    plain_screen.sign_in(old_home.owner)
    page_of_lock(plain_screen, old_home, 375)
    plain_screen.page.get_by_role("button", name="Unlock").click()
    assert "Unlock: under way" in plain_screen.page.locator("#attempt").inner_text()
    plain_screen.page.get_by_role("link", name="Look again").click()
    assert "asked" in plain_screen.page.locator("#attempt").inner_text()


def test_account_is_connected_and_its_lock_put_on_a_door_without_script(
    plain_screen: Screen, transactional_db: None
) -> None:
    workspace = make_workspace("Seaside Stays", is_sandbox=True)
    make_unit(make_property(workspace, name="Harbour House"), name="Loft 2")
    make_account(workspace, brand="nuki", status="disconnected", login_name="jane@example.com")
    page = plain_screen.page
    page.set_viewport_size({"width": 320, "height": 800})
    plain_screen.sign_in(make_member(workspace))
    page.goto("/locks/accounts/")
    plain_screen.assert_fits()
    shoot(plain_screen, "accounts-320")
    page.get_by_role("button", name="Connect account", exact=True).click()
    plain_screen.assert_fits()
    page.get_by_role("link", name="August").click()
    page.get_by_label("User name or e-mail").fill("jane@example.com")
    page.get_by_label("Password").fill("1234")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill("123456")
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/locks/accounts/*-*/")
    assert "Connected: 1 lock found. Now say which door each is." in page.locator("main").inner_text()
    plain_screen.assert_fits()
    shoot(plain_screen, "account-320")
    page.get_by_role("link", name="Which door is it? Lock 1").click()
    plain_screen.assert_fits()
    page.get_by_label("Which door is it?").select_option(label="Loft 2 (no stays to come)")
    page.get_by_role("button", name="This is the door").click()
    plain_screen.assert_fits()
    assert page.get_by_role("heading", name="Coming stays at Lock 1").is_visible()
    assert (
        Workspace.objects.get(pk=workspace.pk).accounts.get(brand="august").devices.get().door.units.count()
        == 1
    )


@pytest.mark.timeout(240)
def test_page_with_a_past_is_judged(
    browser: Browser, live_server: object, old_home: Home, tmp_path: Path
) -> None:
    """The walk over every page sees a lock to which little happened; marks, bands and charts are judged here."""
    context = browser.new_context(base_url=str(live_server), reduced_motion="reduce")
    screen = Screen(context.new_page(), str(live_server))
    screen.sign_in(old_home.owner)
    device = old_home.door.device.public_id
    account = old_home.door.device.account
    loose = Device.objects.create(account=account, external_id="loose", brand="schlage", name="Cellar")
    found = []
    addresses = [
        *(f"/locks/{device}/{extra}" for extra in ("", "?days=1&past=1", "stays/")),
        f"/locks/{loose.public_id}/door/",
    ]
    for number, address in enumerate(addresses):
        screen.page.goto(address)
        (tmp_path / f"{number}.html").write_text(context.request.get(address).text())
        found += violations(screen.page, axe_source())
    context.close()
    found += complaints_of_vnu(tmp_path)

    assert found == [], "\n".join(found)
