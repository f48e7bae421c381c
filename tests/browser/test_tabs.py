"""By keyboard alone, on every page: every stop can be seen, nothing lies over it, and a ring says where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.every_page import visits
from tests.browser.walking import Walker

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(200)]

WIDTHS = (375, 1280)
SLICES = 4
# The first stop was come to by the Tab key, so the browser shows the focus of those that follow, too.
STOPS = """() => {
  for (const part of document.querySelectorAll("details:not(.menu)")) part.open = true;
  const told = [];
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden" && one.checkVisibility());
  if (all.some((one) => one.tabIndex > 0)) told.push("a tabindex above 0");
  for (const one of all) {
    one.focus();
    const say = (what) => told.push(`${what}: ${one.outerHTML.replace(/\\s+/g, " ").slice(0, 140)}`);
    if (document.activeElement !== one) { say("takes no focus"); continue; }
    const box = one.getClientRects()[0] ?? one.getBoundingClientRect();
    const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
    const [right, bottom] = [Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)];
    if (right - left < 4 || bottom - top < 4) { say("cannot be seen"); continue; }
    const x = (left + right) / 2;
    const y = Math.min((top + bottom) / 2, top + 100);
    const over = document.elementFromPoint(x, y);
    const parts = [one, ...(one.labels ?? [])];
    const mine = over && (over.contains(one) || parts.some((part) => part.contains(over)));
    if (!mine) say(`lies under ${over?.outerHTML.slice(0, 80)}`);
    const ringed = [null, "::after"].map((part) => getComputedStyle(one, part))
      .some(({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 1.5);
    if (!ringed) say("shows no focus");
  }
  return told;
}"""


@pytest.mark.parametrize("slice_", range(SLICES))
def test_every_stop_is_seen(browser: Browser, live_server: object, settings: object, slice_: int) -> None:
    """In slices, which run side by side where there are hands for it."""
    walker = Walker(browser, str(live_server), reduced_motion="reduce")
    found = []
    for visit, page in walker.walk(visits(walker.house)[slice_::SLICES]):
        page.keyboard.press("Tab")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 720})
            found += [f"{visit}, {width} px: {one}" for one in page.evaluate(STOPS)]
    walker.close()

    assert found == [], "\n".join(found)


def test_keyboard_skips_the_menu(browser: Browser, live_server: object, settings: object) -> None:
    """The skip link is the first stop, can be seen, and leads behind the menu; Tab goes on in the page."""
    walker = Walker(browser, str(live_server))
    names = {"board", "stay-detail", "pass", "account_login"}
    first = {
        one.name: one for one in reversed(visits(walker.house)) if one.name in names and one.sent is None
    }
    for visit, page in walker.walk(first.values()):
        page.keyboard.press("Tab")
        first_stop = page.locator(":focus")
        assert first_stop.get_attribute("class") == "skip", visit
        assert first_stop.evaluate("(one) => one.getBoundingClientRect().height") > 15, visit
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main, footer') !== null"), visit
    walker.close()
