"""The manager's morning in a real browser: a door is mended by one click, weeks go by, nothing hangs over."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.enums import ProblemKind
from access.models import AccessCode, HandledNote, Problem
from access.running.runner import run_due
from locks.drivers.virtual.moods import clear_mood, set_mood
from locks.models import Device
from properties.booking import GuestDetails
from tests.factories import lock_of, make_stay, virtual_door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = dt.timedelta(days=1)
PAGES = ("board", "timeline", "readiness", "reliability")


def elsewhere(do: Callable[[], None]) -> None:
    """In a thread of its own: Playwright's event loop occupies this one, where no runner could start."""

    def done() -> None:
        try:
            do()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as worker:
        worker.submit(done).result()


def put_in_danger(home: Home) -> None:
    """A guest who is there, before a second door whose lock refused the code and takes it again by now."""
    now = timezone.now()
    door = virtual_door(home.stay.unit, "schlage", name="Garden door", now=now)
    set_mood(lock_of(door), "rejecting")
    Device.objects.update(wake_at=now)
    run_due()
    code = AccessCode.objects.get(device=door.device)
    AccessCode.objects.filter(pk=code.pk).update(failures=3, next_try_at=now + DAY)
    Problem.objects.filter(access_code=code).delete()
    Problem.objects.create(
        workspace=home.stay.workspace, kind=ProblemKind.ERROR, code="failed_to_set_on_device",
        message="The lock did not take the code.", access_code=code, raised_at=now,
    )  # fmt: skip
    clear_mood(lock_of(door), "rejecting")


def test_arrival_in_danger_is_mended_by_one_click(screen: Screen, home: Home) -> None:
    elsewhere(lambda: put_in_danger(home))
    page = screen.page
    screen.sign_in(home.owner)
    needs = page.locator("#needs")
    expect(needs).to_contain_text("Garden door")

    needs.get_by_role("button", name="Retry now").click()
    expect(needs).to_contain_text("The lock is being asked")
    elsewhere(run_due)

    expect(needs).to_contain_text("Settled", timeout=2_000)
    assert AccessCode.objects.get(device__door__name="Garden door").set_at is not None
    expect(page.locator("#announcer")).to_contain_text("Settled")
    page.reload()
    expect(page.locator("#count-needs")).to_contain_text("0")


def test_focus_stays_at_the_row_that_was_clicked(screen: Screen, home: Home) -> None:
    elsewhere(lambda: put_in_danger(home))
    page = screen.page
    screen.sign_in(home.owner)

    page.get_by_role("button", name="Mark handled").click()

    expect(page.locator("#needs")).to_contain_text("Marked as handled")
    expect(page.locator("#needs .row-main a").first).to_be_focused()
    assert HandledNote.objects.get().handled_by == home.owner.email


def test_the_same_without_javascript(plain_screen: Screen, home: Home) -> None:
    elsewhere(lambda: put_in_danger(home))
    page = plain_screen.page
    plain_screen.sign_in(home.owner)

    page.get_by_role("button", name="Retry now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    expect(page.locator(".messages")).to_contain_text("The lock is being asked")
    elsewhere(run_due)
    page.reload()

    expect(page.locator("#needs")).to_contain_text("Every door that has a guest coming is as it should be")


def test_counts_of_today_filter_its_lists(screen: Screen, home: Home) -> None:
    page = screen.page
    screen.sign_in(home.owner)

    page.locator("#count-in-stay").click()

    expect(page.get_by_role("heading", name="In stay now")).to_be_visible()
    expect(page.get_by_role("heading", name="Arrivals today")).to_have_count(0)
    page.locator("#show-all").click()
    expect(page.get_by_role("heading", name="Arrivals today")).to_be_visible()


def test_narrow_window_folds_what_can_wait_and_leaves_it_as_a_person_did(screen: Screen, home: Home) -> None:
    page = screen.page
    page.set_viewport_size({"width": 375, "height": 800})
    screen.sign_in(home.owner)
    inside = page.locator("#in-stay").get_by_role("link", name="Imogen Varga")
    expect(page.locator("#fold-in-stay")).to_contain_text("In stay now1")
    expect(inside).to_be_hidden()
    expect(page.locator("#needs-title")).to_be_visible()

    page.locator("#fold-in-stay").click()
    expect(inside).to_be_visible()
    page.evaluate("htmx.ajax('GET', location.pathname, { target: '#live', swap: 'outerHTML' })")
    expect(page.locator("#live")).to_have_count(1)
    expect(inside).to_be_visible()

    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("#activity .rows")).to_be_visible()
    page.set_viewport_size({"width": 375, "height": 800})
    expect(inside).to_be_hidden()


def test_weeks_of_the_timeline_are_moved_and_a_bar_leads_to_its_stay(screen: Screen, home: Home) -> None:
    page = screen.page
    screen.sign_in(home.owner)
    page.get_by_role("link", name="Timeline").click()
    bar = page.locator(f"#bar-{home.stay.public_id}")
    expect(bar).to_be_visible()

    for _ in range(2):
        page.get_by_role("link", name="Week after").click()
    expect(bar).to_have_count(0)
    page.get_by_role("link", name="This week").click()
    expect(bar).to_be_visible()
    page.get_by_label("Weeks", exact=True).select_option("6")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".tl.w6")).to_be_visible()

    bar.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Imogen Varga")


def test_bars_stand_on_their_days(screen: Screen, home: Home) -> None:
    """Half-days are columns of one width, and who stays twice as long has a bar twice as long."""
    page = screen.page
    unit = home.stay.unit
    monday = timezone.now().date() - timezone.now().weekday() * DAY
    for number, (offset, nights) in enumerate(((28, 1), (30, 2))):
        make_stay(
            unit,
            arrival_date=monday + offset * DAY,
            departure_date=monday + (offset + nights) * DAY,
            guest=GuestDetails(name=f"Guest {number}"),
            now=timezone.now(),
        )
    screen.sign_in(home.owner)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(reverse("timeline") + f"?first={monday + 28 * DAY}")

    short, long = (
        page.locator(".tl-bars > li", has_text=f"Guest {number}").bounding_box() for number in (0, 1)
    )
    assert short is not None
    assert long is not None
    assert long["width"] == pytest.approx(2 * short["width"], abs=2)
    assert long["x"] - short["x"] == pytest.approx(2 * short["width"], abs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_day_fit_a_small_phone(screen: Screen, home: Home, scheme: str) -> None:
    elsewhere(lambda: put_in_danger(home))
    screen.sign_in(home.owner)
    screen.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

    for name in PAGES:
        screen.page.goto(reverse(name))
        for width in (320, 375, 768, 1280):
            screen.page.set_viewport_size({"width": width, "height": 800})
            screen.assert_fits()


def test_timeline_is_an_agenda_on_a_phone(screen: Screen, home: Home) -> None:
    screen.sign_in(home.owner)
    screen.page.set_viewport_size({"width": 375, "height": 800})
    screen.page.goto(reverse("timeline"))

    bar = screen.page.locator(f"#bar-{home.stay.public_id}")
    expect(bar.locator(".when")).to_be_visible()
    expect(bar.locator(".tl-words")).to_contain_text("Front door: Active")
    box = bar.bounding_box()
    assert box is not None
    assert box["width"] > 250
