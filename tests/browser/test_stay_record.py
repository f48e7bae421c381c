"""The page of a stay and its record for print in a real browser."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from access.enums import EventType, SendStatus
from access.events import record_code_event, record_device_event
from access.messaging.templates import add_usual
from access.models import AccessCode, Message, MessageTemplate
from access.running.runner import run_due
from locks.models import Device
from properties.booking import override_times
from tests.factories import virtual_door

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOUR = dt.timedelta(hours=1)
# A4 without its margins of 14 mm, in CSS pixels.
PRINTED_WIDTH = 688


def fill(home: Home) -> None:
    """Two doors more, agreed times, entries, a spell offline, messages: enough for two pages."""
    now = timezone.now()
    for brand, name in (("nuki", "Garden gate"), ("smartthings", "Cellar")):
        virtual_door(home.stay.unit, brand, name=name, now=now)
    override_times(
        home.stay, check_in=dt.time(13, 30), check_out=dt.time(12, 0), actor="mia@example.org", now=now
    )
    run_due()
    codes = AccessCode.objects.select_related("device__account", "device__door", "grant")
    code = codes.get(device=home.door.device)
    for hours in (20, 3):
        record_code_event(code, EventType.LOCK_UNLOCKED, now=now - hours * HOUR, actor="", method="keycode")
    cellar = Device.objects.get(door__name="Cellar")
    record_device_event(cellar, EventType.DEVICE_DISCONNECTED, now=now - 2 * HOUR)
    Device.objects.filter(pk=cellar.pk).update(
        online=False, online_changed_at=now - 2 * HOUR, battery_level=0.12
    )
    add_usual(home.stay.workspace)
    template = MessageTemplate.objects.filter(workspace=home.stay.workspace)[0]
    for number, status in enumerate((SendStatus.SENT, SendStatus.FAILED)):
        Message.objects.create(
            stay=home.stay, template=template, occasion=f"n{number}", status=status, due_at=now - HOUR,
            sent_at=now - HOUR if status == SendStatus.SENT else None, attempts=1,
            reason="" if status == SendStatus.SENT else "The mail server knows no such address.",
        )  # fmt: skip


@pytest.fixture
def filled(home: Home) -> Home:
    def work() -> None:
        try:
            fill(home)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as worker:
        worker.submit(work).result()
    return home


def test_record_prints_within_a_page_and_without_what_belongs_to_the_screen(
    screen: Screen, filled: Home
) -> None:
    page = screen.page
    screen.sign_in(filled.owner)
    page.goto(reverse("stay-detail", args=[filled.stay.public_id]))
    page.get_by_role("link", name="Print proof").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Access record")

    page.set_viewport_size({"width": PRINTED_WIDTH, "height": 1000})
    page.emulate_media(media="print")

    screen.assert_fits()
    for control in page.locator("nav, button, form, .page-head").all():
        expect(control).not_to_be_visible()
    for heading in ("The stay", "Door by door", "What is known", "What is not known", "All that happened"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    pins = AccessCode.objects.filter(grant__stay=filled.stay).values_list("pin", flat=True)
    for pin in filter(None, pins):
        assert pin not in page.locator("article").inner_text()


def test_record_is_opened_for_print_by_its_button(screen: Screen, filled: Home) -> None:
    page = screen.page
    screen.sign_in(filled.owner)
    page.goto(reverse("stay-proof", args=[filled.stay.public_id]))
    page.evaluate("window.print = () => { window.printed = true }")

    page.get_by_role("button", name="Print", exact=True).click()
    assert page.evaluate("window.printed")
    page.get_by_role("button", name="Include the code").click()

    expect(page.locator("#pin-1")).to_be_visible()
    expect(page.locator("article")).to_contain_text(f"Seen by {filled.owner.email}")


def test_agreed_times_go_and_come_without_javascript(plain_screen: Screen, filled: Home) -> None:
    page = plain_screen.page
    plain_screen.sign_in(filled.owner)
    page.goto(reverse("stay-detail", args=[filled.stay.public_id]))
    expect(page.locator(".win")).to_contain_text("Early check-in")

    page.get_by_role("button", name="Back to the times as booked").click()
    expect(page.locator(".win")).not_to_contain_text("Early check-in")
    page.get_by_label("Check-in instead").fill("14:00")
    page.get_by_role("button", name="Set times").click()

    expect(page.locator(".win")).to_contain_text("Early check-in 1 h")


def test_poll_brings_evidence_and_leaves_what_is_typed_alone(screen: Screen, filled: Home) -> None:
    page = screen.page
    screen.sign_in(filled.owner)
    page.goto(reverse("stay-detail", args=[filled.stay.public_id]))
    field = page.get_by_label("Check-in instead")
    field.fill("12:15")
    again = page.locator("#message-lines button").first
    again.focus()
    code = AccessCode.objects.select_related("device__account", "grant").get(device=filled.door.device)
    record_code_event(code, EventType.LOCK_UNLOCKED, now=timezone.now(), actor="", method="keycode")

    page.evaluate(
        "htmx.ajax('GET', document.getElementById('live').dataset.hxGet, {target: '#live', swap: 'outerHTML'})"
    )

    expect(page.locator("#stay-strip")).to_contain_text("3 entries")
    expect(page.locator("#evidence tbody tr").first).to_contain_text("Opened by the guest's code")
    expect(field).to_have_value("12:15")
    expect(again).to_be_focused()
