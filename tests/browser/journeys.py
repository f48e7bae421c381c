"""Ten journeys through the whole product, as people make them, from start to end; the lock's keypad has the last word.

1. First run: an empty workspace becomes a property, a unit, a lock, a door and a calendar; the first code opens.
2. Morning: Today says which arrival is in danger and why, and one click mends it.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from properties.models import User
from tests.factories import lock_of, virtual_door
from tests.properties.calendars.conftest import server

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from locks.models import Door
    from tests.browser.conftest import Home, Screen

__all__ = [
    "SETTLED",
    "add_garden_door",
    "elsewhere",
    "engine",
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
T = TypeVar("T")


def elsewhere(do: Callable[[], T]) -> T:
    """In a thread of its own: Playwright's event loop occupies this one, where no runner could start."""

    def done() -> T:
        try:
            return do()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as worker:
        return worker.submit(done).result()


@pytest.fixture
def engine(transactional_db: None) -> Iterator[None]:
    """What is due is done at once, as by the workers; whoever did it is gone before the tables are emptied."""
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


def add_garden_door(home: Home) -> Door:
    """With a lock whose lists are never late; the guest's code is on it."""
    door = virtual_door(home.stay.unit, "yale", name="Garden door", now=timezone.now())
    run_due()
    return door


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
