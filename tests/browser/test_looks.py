"""Every page at three widths, in colours that the reader forces: nothing hangs over, targets can be hit, nothing
complains. Beside that: the dark scheme is dark, and what is printed of a stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from access.models import AccessGrant
from tests.browser.walking import Walker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (320, 375, 1280)
SMALLEST_TARGET = 24
# A sheet of A4 between its margins.
SHEET = 688
# Links inside a sentence or a cell of text are excepted, as in WCAG 2.5.8; the rest is the work of others.
SMALL = """(least) => [...document.querySelectorAll("button, summary, .button, nav a, select, input")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !one.closest(".visually-hidden, label, .breadcrumb, #api-docs, .dashboard"))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""

# A field of one line is no taller than one, whatever stands beside it.
TALL = """() => [...document.querySelectorAll("input:not([type=checkbox], [type=radio]), select:not([multiple])")]
  .filter((one) => one.checkVisibility() && !one.closest("#api-docs") && one.getBoundingClientRect().height > 64)
  .map((one) => `${one.outerHTML.slice(0, 80)} is ${one.getBoundingClientRect().height} px tall`)"""
# On a phone each cell stands beside its name, as one piece, and begins where the others begin.
SPLIT = """() => [...document.querySelectorAll("table.table td[data-label]")]
  .filter((one) => one.checkVisibility())
  .filter((one) => getComputedStyle(one).textAlign !== "start"
    || [...one.childNodes].filter((part) => part.nodeType === 1 || part.textContent.trim()).length > 1)
  .map((one) => `cell out of line: ${one.outerHTML.slice(0, 100)}`)"""
PHONE = 375


def faults(page: Page) -> list[str]:
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [f"{beyond} px too wide at {width} px"] if beyond > 0 else []
        found += [f"at {width} px: {one}" for one in page.evaluate(SMALL, SMALLEST_TARGET)]
        found += [f"at {width} px: {one}" for one in page.evaluate(TALL)]
        found += page.evaluate(SPLIT) if width == PHONE else []
    return found


@pytest.mark.timeout(300)
def test_every_page_fits_and_its_targets_can_be_hit(
    browser: Browser, live_server: object, settings: object
) -> None:
    walker = Walker(browser, str(live_server), forced_colors="active", reduced_motion="reduce")
    found = [f"{visit}: {one}" for visit, page in walker.walk() for one in faults(page)]
    walker.close()

    assert found == [], "\n".join(found)
    assert walker.complaints == []


def test_dark_scheme_is_dark_everywhere(dark_screen: Screen, home: Home) -> None:
    dark_screen.sign_in(home.owner)

    for address in (reverse("board"), reverse("stay-detail", args=[home.stay.public_id])):
        dark_screen.page.goto(address)
        back, ink, panel = dark_screen.page.evaluate(
            """() => [document.documentElement, document.body, document.querySelector(".panel")]
              .map((one, at) => getComputedStyle(one)[at === 1 ? "color" : "backgroundColor"])
              .map((colour) => colour.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b))"""
        )
        assert back < 150
        assert panel < 150
        assert ink > 550


def test_stay_is_printed_without_its_code(screen: Screen, home: Home) -> None:
    """What helps to move about or to act is left out, and the sheet holds all of it."""
    page, pin = screen.page, AccessGrant.objects.get(stay=home.stay).pin
    screen.sign_in(home.owner)
    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    page.set_viewport_size({"width": SHEET, "height": 1000})

    page.emulate_media(media="print")

    screen.assert_fits()
    for what in ("button", ".button", "nav", "header.sidebar", "form"):
        assert [one for one in page.locator(what).all() if one.is_visible()] == [], what
    assert page.get_by_role("heading", name="What happened").is_visible()
    assert pin
    assert pin not in page.inner_text("body")
