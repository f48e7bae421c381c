"""A world in a browser: a house with a native lock, a guest who stays now, and an owner to sign in as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone

from access.running.runner import run_due
from locks.models import Door
from properties.booking import GuestDetails
from properties.models import Stay, User
from tests.factories import make_member, make_property, make_stay, make_unit, virtual_door

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

PASSWORD = "correct horse battery"
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Home:
    owner: User
    stay: Stay
    door: Door


@pytest.fixture
def home(transactional_db: None) -> Home:
    """Built in a thread of its own, since Playwright's event loop occupies this one, where no runner could start."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        return worker.submit(build_and_disconnect).result()


def build_and_disconnect() -> Home:
    try:
        return build_home()
    finally:
        connection.close()


def build_home() -> Home:
    """The stay is announced, declared and put on the lock, all of it committed."""
    now = timezone.now()
    unit = make_unit(make_property(name="Harbour House", buffer_before=30), name="Loft 2")
    door = virtual_door(unit, "schlage", name="Front door", now=now)
    stay = make_stay(
        unit,
        arrival_date=now.date() - DAY,
        departure_date=now.date() + 2 * DAY,
        guest=GuestDetails(name="Imogen Varga"),
        now=now,
    )
    run_due()
    return Home(make_member(unit.property.workspace), stay, door)


@dataclass
class Screen:
    """A page that watches itself: no complaint of the console, no request to another host."""

    page: Page
    host: str

    def __post_init__(self) -> None:
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._watch)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.host, "data:")):
            self.complaints.append(f"asked {request.url}")

    def sign_in(self, user: User) -> None:
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Email").fill(user.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/")

    def assert_fits(self) -> None:
        self.page.wait_for_load_state()  # a page that only just began has no element to measure
        beyond = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert beyond <= 0, f"{self.page.url} is {beyond} px too wide at {self.page.viewport_size}"


@pytest.fixture
def screen(browser_page: Page, live_server: object) -> Iterator[Screen]:
    watched = Screen(browser_page, str(live_server))
    yield watched
    assert watched.complaints == []


@pytest.fixture
def dark_screen(browser: Browser, live_server: object) -> Iterator[Screen]:
    context = browser.new_context(base_url=str(live_server), color_scheme="dark", reduced_motion="reduce")
    watched = Screen(context.new_page(), str(live_server))
    yield watched
    context.close()
    assert watched.complaints == []


@pytest.fixture
def plain_screen(browser: Browser, live_server: object) -> Iterator[Screen]:
    """Without JavaScript."""
    context = browser.new_context(base_url=str(live_server), java_script_enabled=False)
    watched = Screen(context.new_page(), str(live_server))
    yield watched
    context.close()
