"""What a person does, in a real browser: from the sign-in to a door that opens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from access.enums import EventType
from access.models import Event
from properties.models import Stay

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOWN_PIN = re.compile(r"^\d{4,8}$")


def reveal_from_the_board(screen: Screen, home: Home) -> str:
    page = screen.page
    screen.sign_in(home.owner)
    page.goto("/stays/")
    page.get_by_role("link", name="Imogen Varga").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imogen Varga")
    page.get_by_role("button", name="Show code").click()
    shown = page.locator("#pin-1")
    expect(shown).to_have_text(SHOWN_PIN)
    return shown.inner_text()


def test_from_sign_in_to_an_open_door(screen: Screen, home: Home) -> None:
    page = screen.page
    pin = reveal_from_the_board(screen, home)
    expect(page.get_by_role("link", name="Hide")).to_be_focused()

    page.get_by_role("link", name="Front door").click()
    page.get_by_role("heading", name="Keypad").click()
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="Open").click()

    expect(page.locator("#verdict")).to_contain_text("The door opened")
    expect(page.get_by_label("Code", exact=True)).to_have_value("")
    assert pin not in page.content()
    assert Event.objects.get(type=EventType.PIN_REVEALED).actor == home.owner.email


def test_door_stays_shut_for_another_code(screen: Screen, home: Home) -> None:
    page = screen.page
    pin = reveal_from_the_board(screen, home)
    wrong = pin[:-1] + str((int(pin[-1]) + 1) % 10)

    page.goto(reverse("device-keypad", args=[home.door.device.public_id]))
    page.get_by_label("Code", exact=True).fill(wrong)
    page.keyboard.press("Enter")

    expect(page.locator("#verdict")).to_contain_text("The door stays shut")


def test_the_same_way_without_javascript(plain_screen: Screen, home: Home) -> None:
    page = plain_screen.page
    pin = reveal_from_the_board(plain_screen, home)

    page.goto(reverse("device-detail", args=[home.door.device.public_id]))
    page.get_by_role("heading", name="Keypad").click()
    page.get_by_label("Code", exact=True).fill(pin)
    page.get_by_role("button", name="Open").click()

    expect(page).to_have_url(re.compile("/keypad/$"))
    expect(page.locator("#verdict")).to_contain_text("The door opened")
    assert pin not in page.content()


def test_open_keypad_outlives_the_poll_behind_it(screen: Screen, home: Home) -> None:
    page = screen.page
    screen.sign_in(home.owner)
    page.goto(reverse("device-detail", args=[home.door.device.public_id]))
    page.get_by_role("heading", name="Keypad").click()
    field = page.get_by_label("Code", exact=True)
    field.fill("12")
    page.evaluate("window.before = document.getElementById('live')")

    page.evaluate("htmx.ajax('GET', location.pathname + '?v=older', {target: '#live', swap: 'outerHTML'})")

    page.wait_for_function("window.before !== document.getElementById('live')")
    expect(field).to_be_focused()
    expect(field).to_have_value("12")
    page.keyboard.type("34")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("The door stays shut")
    expect(page).to_have_url(re.compile(f"{home.door.device.public_id}/$"))


def test_the_same_way_by_keyboard_alone(screen: Screen, home: Home) -> None:
    page = screen.page
    page.goto("/accounts/login/")
    page.get_by_label("Email").focus()
    page.keyboard.type(home.owner.email)
    while page.evaluate("document.activeElement.name") != "password":
        page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()

    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    tab_to(screen, "Show code")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Hide")).to_be_focused()
    pin = page.locator("#pin-1").inner_text()

    page.goto(reverse("device-detail", args=[home.door.device.public_id]))
    tab_to(screen, "Keypad")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.keyboard.type(pin)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("The door opened")


def tab_to(screen: Screen, words: str) -> None:
    """Each stop on the way can be seen and is not covered."""
    page = screen.page
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const one = document.activeElement, box = one.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              return {words: one.innerText ?? "", seen: one.contains(top) || Boolean(top?.contains(one))};
            }"""
        )
        assert stop["seen"], f"covered: {stop['words']}"
        if words in stop["words"]:
            return
    pytest.fail(f"no tab stop says {words}")


def test_poll_brings_news_and_leaves_the_focus_alone(screen: Screen, home: Home) -> None:
    page = screen.page
    screen.sign_in(home.owner)
    page.goto(reverse("stay-detail", args=[home.stay.public_id]))
    link = page.get_by_role("link", name="Front door")
    link.focus()
    page.evaluate("window.before = document.getElementById('live')")

    Event.objects.create(
        workspace=home.stay.workspace,
        type=EventType.PIN_ISSUED,
        occurred_at=Stay.objects.get().updated_at,
        stay=home.stay,
        actor="Somebody else",
    )
    page.evaluate(
        "htmx.ajax('GET', document.getElementById('live').dataset.hxGet, {target: '#live', swap: 'outerHTML'})"
    )

    expect(page.locator("#evidence")).to_contain_text("Somebody else")
    assert page.evaluate("window.before !== document.getElementById('live')")
    expect(link).to_be_focused()


def test_lost_connection_is_said_and_taken_back(screen: Screen, home: Home) -> None:
    page = screen.page
    screen.sign_in(home.owner)
    poll = "htmx.trigger('#live', 'poll')"
    page.evaluate("document.getElementById('live').dataset.hxTrigger = 'poll'")
    page.evaluate("const live = document.getElementById('live'); live.replaceWith(live.cloneNode(true))")
    page.evaluate("htmx.process(document.getElementById('live'))")

    page.context.set_offline(True)
    page.evaluate(poll)
    expect(page.get_by_text("Keyturn does not answer.")).to_be_visible()
    page.context.set_offline(False)
    page.evaluate(poll)
    expect(page.get_by_text("Keyturn does not answer.")).to_be_hidden()

    screen.complaints[:] = [
        one for one in screen.complaints if "ERR_INTERNET_DISCONNECTED" not in one and "htmx" not in one
    ]


def test_mistakes_in_a_form_are_pointed_at(screen: Screen, home: Home) -> None:
    page = screen.page
    screen.sign_in(home.owner)
    page.goto("/stays/new/")
    page.get_by_label("Name").fill("Ines Duarte")
    page.get_by_role("button", name="Add stay").click()

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Ines Duarte")
    page.get_by_role("link", name="Arrival").click()
    expect(page.get_by_label("Arrival")).to_be_focused()
    # The browser itself notes every answer that is not 2xx.
    screen.complaints[:] = [one for one in screen.complaints if "422" not in one]
