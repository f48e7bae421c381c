"""What is asked for by itself leaves the reader's place alone: who stands on a link is still on it afterwards."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.enums import SendStatus
from access.models import Message
from access.running.runner import run_due
from tests.browser.elsewhere import elsewhere
from tests.browser.every_page import Visit
from tests.browser.walking import Walker

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Home, Screen
    from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

HOUR = dt.timedelta(hours=1)
# Each stop of the polled part in turn: the part is fetched whole, as after a change, and the same stop has the focus.
# Where the part has none, those around it.
POLL = """async () => {
  const address = document.getElementById("live").getAttribute("data-hx-get").replace(/v=[^&]*/, "v=0");
  const within = (part) => [...document.querySelectorAll(`${part} :is(a[href], button, summary)`)];
  const part = within("#live").length ? "#live" : "main";
  const stops = () => within(part)
    .filter((one) => one.tabIndex >= 0 && one.checkVisibility());
  const told = [];
  const count = stops().length;
  for (let at = 0; at < count; at += Math.ceil(count / 12)) {
    const one = stops()[at];
    const name = one.outerHTML;
    const tag = document.createElement("i");
    one.focus();
    document.getElementById("live").append(tag);
    await htmx.ajax("GET", address, { source: "#live", target: "#live", swap: "outerHTML" });
    await new Promise((done) => setTimeout(done, 60));
    if (tag.isConnected) told.push("nothing was swapped in");
    if (document.activeElement !== stops()[at]) told.push(`lost: ${name.replace(/\\s+/g, " ").slice(0, 140)}`);
  }
  return count ? told : ["no stop on the page"];
}"""

ASK = """() => htmx.ajax("GET", document.getElementById("live").getAttribute("data-hx-get"),
  { source: "#live", target: "#live", swap: "outerHTML" }).catch(() => null)"""


def polled(house: House) -> list[Visit]:
    home, world = house.home, house.world
    addresses = {
        "board": reverse("board"),
        "readiness": reverse("readiness"),
        "stay-detail": reverse("stay-detail", args=[home.stay.public_id]),
        "device-detail": reverse("device-detail", args=[world.device.public_id]),
        "staff-detail": reverse("staff-detail", args=[world.holder.public_id]),
        "feed-detail": reverse("feed-detail", args=[world.feed.public_id]),
        "timeline": reverse("timeline"),
        "code-detail": reverse("code-detail", args=[world.loose_code.public_id]),
        "message-detail": reverse("message-detail", args=[world.told.message.public_id]),
    }
    return [Visit(name, "owner", address) for name, address in addresses.items()]


def test_focus_is_kept_over_a_poll(browser: Browser, live_server: object, settings: object) -> None:
    walker = Walker(browser, str(live_server), reduced_motion="reduce")
    # Tried once, and to be tried again: its page looks whether it was.
    told = Message.objects.filter(pk=walker.house.world.told.message.pk)
    told.update(status=SendStatus.PENDING, attempts=1, next_try_at=timezone.now() + HOUR)
    found = [
        f"{visit}: {one}" for visit, page in walker.walk(polled(walker.house)) for one in page.evaluate(POLL)
    ]
    walker.close()

    assert found == [], "\n".join(found)
    assert walker.complaints == []


def test_what_was_opened_stays_open_while_its_page_looks_again(
    browser: Browser, live_server: object, settings: object
) -> None:
    """Lists that a person unfolds in a polled part neither stop the polls nor are folded by them."""
    walker = Walker(browser, str(live_server), reduced_motion="reduce")
    world = walker.house.world
    world.fetch.changes = ["a change"]
    world.fetch.save()
    visits = {visit.name: visit for visit in polled(walker.house)}
    for _, page in walker.walk([visits["board"]]):
        page.get_by_role("button", name=re.compile("^Mark handled")).first.click()
        page.locator("#needs").get_by_text("Marked as handled").wait_for()
    for visit, page in walker.walk([visits["board"], visits["feed-detail"]]):
        page.clock.install()
        page.route("**/*v=*", lambda route: route.continue_(url=re.sub("v=[^&]*", "v=0", route.request.url)))
        page.reload()
        closed = page.locator("#live details:not([open]) > summary")
        opened = closed.evaluate_all("(all) => all.map((one) => one.parentElement.id)")
        assert opened, visit
        for name in opened:
            page.locator(f"#{name} > summary").click()
        for _ in range(2):
            page.evaluate("document.getElementById('live').append(document.createElement('i'))")
            page.clock.fast_forward(31_000)
            page.locator("#live > i").wait_for(state="detached")
            for name in opened:
                expect(page.locator(f"#{name}")).to_have_attribute("open", "")
        page.locator(f"#{opened[0]} > summary").click()
        page.evaluate("document.getElementById('live').append(document.createElement('i'))")
        page.clock.fast_forward(31_000)
        page.locator("#live > i").wait_for(state="detached")
        expect(page.locator(f"#{opened[0]}")).not_to_have_attribute("open", "")
        page.unroute_all()
    walker.close()
    assert walker.complaints == []


def test_guest_keeps_the_focus_over_a_poll(browser: Browser, live_server: object, settings: object) -> None:
    """The page of a guest looks again by its own script."""
    walker = Walker(browser, str(live_server))
    address = reverse("pass", args=[walker.house.tokens["inside"]])
    for _, page in walker.walk([Visit("pass", "nobody", address)]):
        page.clock.install()
        page.reload()
        opener = page.locator("#live button").first
        opener.focus()
        page.evaluate("document.getElementById('live').append(document.createElement('i'))")
        page.clock.fast_forward(21_000)
        page.locator("#live > i").wait_for(state="detached")

        assert page.evaluate("document.activeElement.closest('#live button') !== null")
        assert opener.get_attribute("id") == page.locator(":focus").get_attribute("id")
    walker.close()


def test_focus_stays_on_the_button_while_its_attempt_goes_on(
    browser: Browser, live_server: object, settings: object
) -> None:
    walker = Walker(browser, str(live_server))
    address = reverse("device-detail", args=[walker.house.home.door.device.public_id])
    for _, page in walker.walk([Visit("device-detail", "owner", address)]):
        button = page.locator("form[action*='/turn/'] button").first
        button.focus()
        pressed = button.inner_text()
        page.keyboard.press("Enter")
        page.locator("#attempt[data-hx-get]").wait_for()
        elsewhere(run_due)
        page.locator("#attempt:not([data-hx-get])").wait_for()

        assert page.locator(":focus").inner_text() == pressed
    walker.close()
    assert walker.complaints == []


@pytest.mark.parametrize("failure", ["cut off", "502"])
def test_page_says_that_it_is_out_of_date_while_its_polls_fail(
    screen: Screen, home: Home, failure: str
) -> None:
    """Cut off, or answered by a proxy whose server is away."""
    page = screen.page
    screen.sign_in(home.owner)
    notice = page.get_by_text("Keyturn does not answer.")
    assert notice.is_hidden()

    page.route("**/?v=*", lambda one: one.abort() if failure == "cut off" else one.fulfill(status=502))
    page.evaluate(ASK)
    notice.wait_for()
    page.unroute_all()
    page.evaluate(ASK)
    notice.wait_for(state="hidden")
    screen.complaints.clear()
