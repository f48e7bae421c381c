"""Ten journeys through the whole product, as people make them on the data of `make demo` (tests/browser/demo.py), from
start to end; the lock's keypad has the last word.

1. First run: a new workspace becomes a property, a unit, a lock, a door and a calendar; the first code opens.
2. Morning: Today says which arrival is in danger and why, and one click mends it, or gives a backup meanwhile.
3. A booking by hand: the code is shown, the guest gets a message, the pass opens the door. Without JavaScript.
4. A stay is made longer and shorter, with the same PIN; a second editor is told what changed meanwhile.
5. At 2:30 in the night the code fails: the pass hands over a backup, which opens.
6. A code is changed behind our back: it is seen, said, and put right.
7. A cleaner gets hours of the week, works in them, and is ended.
8. A lock: unlocked from afar with its progress, a code of other hands adopted, another one deleted.
9. A calendar is added, its unclear event decided, a cancelled booking's code is gone.
10. A colleague, an API key, a webhook, the audit log as CSV.

1 to 5 stand in test_journeys_guests, 6 to 10 in test_journeys_managers. Here is what both need: an engine that works
behind the pages as the workers do, and a way to ask the lock.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from properties.models import User
from tests.browser.demo import demo, lived
from tests.browser.elsewhere import elsewhere
from tests.factories import lock_of
from tests.properties.calendars.conftest import server

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from locks.models import Door
    from tests.browser.conftest import Screen

__all__ = [
    "SETTLED",
    "behave",
    "demo",
    "elsewhere",
    "engine",
    "hands",
    "keypad_of",
    "lived",
    "reveal",
    "send",
    "server",
    "sign_in",
    "type_at_keypad",
    "wait_until_it_opens",
]

# What a person changed stands on a virtual lock by then, and the page says so; in milliseconds.
SETTLED: Final = 2_000
LOOK_EVERY: Final = 0.1
PIN: Final = re.compile(r"^\d{4,8}$")


@pytest.fixture
def engine(transactional_db: None) -> Iterator[None]:
    """What is due is done at once, as by the workers; whoever did it is gone before the tables are emptied. Named after
    `demo`, whose rows are put into emptied tables."""
    ending = threading.Event()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while not ending.is_set():
                run_due()
                ending.wait(LOOK_EVERY)
        except Exception as error:  # noqa: BLE001 -- told by the test's own thread
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=work, name="engine")
    thread.start()
    yield
    ending.set()
    thread.join()
    assert failed == []


def sign_in(screen: Screen, user: User) -> Page:
    screen.sign_in(user)
    return screen.page


def send(page: Page, button: str, **fields: str | bool) -> None:
    """Fill in the form of the page and send it; `fields` by their labels, with underscores for spaces."""
    main = page.locator("main")
    for name, value in fields.items():
        label = re.escape(name.replace("_", " "))
        if isinstance(value, bool):
            main.get_by_label(re.compile(f"^{label}")).check()
            continue
        field = main.get_by_label(re.compile(f"^{label}( optional)?$"))
        if field.evaluate("(one) => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    main.get_by_role("button", name=button, exact=True).click()


def reveal(page: Page) -> str:
    """On the page of a stay or of a holder."""
    page.get_by_role("button", name="Show code").click()
    shown = page.locator("output.secret").first
    expect(shown).to_have_text(PIN)
    return shown.inner_text()


def keypad_of(door: Door) -> str:
    return reverse("device-keypad", args=[door.device.public_id])


def behave(page: Page, door: Door, *moods: str) -> None:
    """Switch on these moods of the sandbox, and all others off; by their words on the page."""
    page.goto(keypad_of(door))
    form = page.locator("form[action$='/moods/']")
    for box in form.locator("fieldset").first.get_by_role("checkbox").all():
        box.uncheck()
    for mood in moods:
        form.get_by_label(mood, exact=True).check()
    form.get_by_role("button", name="Behave like this").click()
    expect(page.locator(".messages")).to_be_visible()


def hands(page: Page, door: Door, deed: str, **fields: str | bool) -> None:
    """What somebody does at the lock or in its maker's app, on the sandbox's page."""
    page.goto(reverse("device-hands", args=[door.device.public_id]))
    page.get_by_label(deed).check()
    send(page, "Do it", **fields)
    expect(page.locator(".messages")).to_contain_text("Done at the lock")


def type_at_keypad(page: Page, address: str, pin: str) -> str:
    """Stand before the door; return what the lock does."""
    page.goto(address)
    page.get_by_label("Code", exact=True).fill(pin)
    page.get_by_role("button", name="Open", exact=True).click()
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text(re.compile("The door (opened|stays shut)"))
    return "opened" if "opened" in verdict.inner_text() else "shut"


def wait_until_it_opens(page: Page, door: Door, pin: str) -> None:
    for _ in range(100):
        if keypad(lock_of(door), pin).opened:
            return
        page.wait_for_timeout(200)
    pytest.fail("The door stayed shut.")
