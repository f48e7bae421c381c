"""For every test: the header says which PostgreSQL it runs on; a browser page where a Chromium is found."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def pytest_report_header() -> str:
    database = settings.DATABASES["default"]
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"] or 5432,
        user=database["USER"],
        password=database["PASSWORD"],
        dbname="postgres",
    ) as session:
        row = session.execute("SHOW server_version").fetchone()
    version = row[0] if row else "?"
    source = f"the server {database['HOST']}" if os.environ.get("DATABASE_URL") else "embedded"
    return f"PostgreSQL {version} ({source}), test database {database['TEST']['NAME']}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: once Playwright's loop runs in this thread, nothing else can run one of its own."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def find_chromium() -> str | None:
    named = os.environ.get("KEYTURN_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        sentence = "no Chromium found: install chromium, or name one with KEYTURN_CHROMIUM"
        if os.environ.get("KEYTURN_REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    from playwright.sync_api import sync_playwright

    flags = [*CHROMIUM_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    # Playwright's synchronous API runs an event loop in this thread, where Django refuses the database.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=flags)
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser_page(browser: Browser, live_server: object) -> Iterator[Page]:
    """A fresh page whose relative addresses go to the live server: `browser_page.goto("/")`."""
    context = browser.new_context(base_url=str(live_server), locale="en-GB")
    page = context.new_page()
    yield page
    context.close()
