"""Every page in both schemes at two widths: axe finds nothing, by the rules of WCAG 2.2 AA and its best practice."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import pytest
from django.urls import reverse

from tests.browser.elsewhere import elsewhere
from tests.browser.every_page import Visit, visits
from tests.browser.judges import axe_source
from tests.browser.walking import Walker
from tests.properties.views.test_feeds import make_event

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(500)]

WIDTHS = (375, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Swagger's own drawing of the API's description.
FOREIGN = ["#api-docs"]
SLICES = 4
JUDGE = """async ([rules, foreign]) => {
  for (const one of document.getAnimations()) one.finish();
  const how = { runOnly: rules, resultTypes: ["violations"], preload: false, iframes: false };
  const { violations } = await axe.run({ exclude: foreign }, how);
  return violations.map(({ id, nodes }) => {
    const told = nodes.slice(0, 4).map((one) => `${one.html.slice(0, 140)} (${one.failureSummary.slice(0, 320)})`);
    return `${id} x${nodes.length}: ${told.join(" | ")}`;
  });
}"""


def violations(page: Page, source: str) -> list[str]:
    page.evaluate(source)
    found: list[str] = []
    for width, scheme in itertools.product(WIDTHS, SCHEMES):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}, {width} px: {one}" for one in page.evaluate(JUDGE, [RULES, FOREIGN])]
    return found


@pytest.mark.parametrize("slice_", range(SLICES))
def test_axe_finds_nothing_on_any_page(
    browser: Browser, live_server: object, settings: object, slice_: int
) -> None:
    """In slices, which run side by side where there are hands for it."""
    source = axe_source()
    walker = Walker(browser, str(live_server), reduced_motion="reduce")
    chosen = visits(walker.house)[slice_::SLICES]
    found = [f"{visit} {one}" for visit, page in walker.walk(chosen) for one in violations(page, source)]
    walker.close()

    assert found == [], "\n".join(found)
    assert walker.complaints == []


def test_axe_finds_nothing_on_what_a_page_tells_after_an_action(
    browser: Browser, live_server: object, settings: object
) -> None:
    """A message above the page, and an inbox of several events, which no page has by itself."""
    source = axe_source()
    walker = Walker(browser, str(live_server), reduced_motion="reduce")
    world = walker.house.world
    elsewhere(lambda: make_event(world.feed))
    chosen = [
        Visit("unit-remove", "owner", reverse("unit-remove", args=[world.unit.public_id])),
        Visit("feed-list", "owner", reverse("feed-list")),
        Visit("feed-detail", "owner", reverse("feed-detail", args=[world.feed.public_id])),
    ]
    found = []
    for visit, page in walker.walk(chosen):
        shown = ".messages .notice" if visit.name == "unit-remove" else "#ticked"
        assert page.locator(shown).count() == 1, visit
        found += [f"{visit} {one}" for one in violations(page, source)]
    walker.close()

    assert found == [], "\n".join(found)
    assert walker.complaints == []
