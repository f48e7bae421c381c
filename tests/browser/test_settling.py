"""With the workers as `manage.py demo` and production have them, in processes of their own, woken by NOTIFY: what a
person changes stands on the lock, and the page says so, within two seconds of the click; until then it tells of it.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from access.models import AccessCode
from access.processes import manage
from locks.drivers.virtual.keypad import keypad
from locks.waking import CHANNEL
from properties.models import Stay
from tests.access.test_supervisor import wait_for, worker_database
from tests.browser.journeys import SETTLED, elsewhere, reveal, sign_in
from tests.browser.test_day import put_in_danger
from tests.factories import lock_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Home, Screen

__all__ = ["worker_database"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

DAY: Final = dt.timedelta(days=1)
MINUTE: Final = dt.timedelta(minutes=1)
# What one part of the page says, each time that it says something else.
LISTEN: Final = """(part) => {
  window.told = [];
  const note = () => {
    const text = document.querySelector(part)?.innerText.replace(/\\s+/g, " ");
    if (text && text !== window.told.at(-1)) window.told.push(text);
  };
  note();
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def worker(home: Home, worker_database: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        manage("worker", "--cluster", "locks"),
        cwd=settings.BASE_DIR,
        env={**os.environ, **worker_database, "KEYTURN_STOP_SECONDS": "2"},
        start_new_session=True,
    )
    try:
        wait_for(somebody_listens, seconds=40)
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)


def somebody_listens() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = %s",
            [f'LISTEN "{CHANNEL}"'],
        )
        return bool(cursor.fetchone()[0])


def within_two_seconds(part: Locator, text: str, *, since: float) -> None:
    left = SETTLED - (time.monotonic() - since) * 1000
    expect(part).to_contain_text(text, timeout=max(left, 1))


def click(page: Page, button: str) -> float:
    """Return when."""
    found = page.locator("main").get_by_role("button", name=re.compile(f"^{button}")).first
    expect(found).to_be_visible()
    clicked = time.monotonic()
    found.click(no_wait_after=True)
    return clicked


def test_longer_stay_is_on_the_lock(screen: Screen, home: Home, worker: None) -> None:
    page = sign_in(screen, home.owner)
    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    pin = reveal(page)
    page.goto(reverse("stay-edit", args=[home.stay.public_id]))
    longer = home.stay.arrival_date + 5 * DAY
    page.get_by_label("Departure").fill(f"{longer}")
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => ({LISTEN})('#live'))")

    clicked = click(page, "Save")
    page.wait_for_url(f"**{reverse('stay-detail', args=[home.stay.public_id])}")
    within_two_seconds(page.locator("#live"), "confirmed by the lock", since=clicked)

    told = page.evaluate("window.told")
    assert all("Programming" in text for text in told[:-1]), told
    assert f"until {longer:%a} {longer.day} {longer:%b}" in told[-1]
    ends_at = Stay.objects.get(pk=home.stay.pk).ends_at
    assert ends_at is not None
    assert keypad(lock_of(home.door), pin, at=ends_at - MINUTE).opened


def test_door_is_unlocked_from_afar(screen: Screen, home: Home, worker: None) -> None:
    page = sign_in(screen, home.owner)
    page.goto(reverse("device-detail", args=[home.door.device.public_id]))
    page.evaluate(LISTEN, "#attempt")

    clicked = click(page, "Unlock")
    within_two_seconds(page.locator("#attempt"), "Unlock: done", since=clicked)

    told = [text for text in page.evaluate("window.told") if "Unlock:" in text]
    assert all("waiting" in text or "sent to the lock" in text for text in told[:-1]), told
    assert not lock_of(home.door).locked


@pytest.fixture
def danger(home: Home) -> None:
    elsewhere(lambda: put_in_danger(home))


def test_arrival_in_danger_is_mended_from_today(
    screen: Screen, home: Home, danger: None, worker: None
) -> None:
    page = sign_in(screen, home.owner)
    code = AccessCode.objects.get(grant__stay=home.stay, device__door__name="Garden door")
    assert code.pin is not None
    page.evaluate(LISTEN, "#needs")

    clicked = click(page, "Retry now")
    within_two_seconds(page.locator("#needs"), "Settled. Nothing is left to do here.", since=clicked)

    told = page.evaluate("window.told")
    assert all("The lock is being asked" in text for text in told[1:-1]), told
    assert keypad(lock_of(code.device.door), code.pin).opened
