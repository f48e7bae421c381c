"""Every page at three widths and in both schemes: nothing hangs over, nothing complains, targets can be hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from access.messaging.templates import add_usual
from access.models import AlertChannel, Message, MessageTemplate

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (320, 375, 1280)
SMALLEST_TARGET = 24


def message_pages(home: Home) -> list[str]:
    """Of the usual templates, a message and a channel."""
    workspace, now = home.stay.workspace, timezone.now()
    add_usual(workspace)
    template = MessageTemplate.objects.filter(workspace=workspace)[0]
    message, _ = Message.objects.get_or_create(
        stay=home.stay, template=template, occasion="looks", defaults={"due_at": now, "attempts": 1}
    )
    channel, _ = AlertChannel.objects.get_or_create(
        workspace=workspace,
        name="Night desk",
        defaults={"address": "desk@example.org", "severities": ["error"], "since": now},
    )
    return [
        reverse("template-edit", args=[template.public_id]),
        reverse("template-preview", args=[template.public_id]),
        reverse("message-detail", args=[message.public_id]),
        reverse("alert-edit", args=[channel.public_id]),
    ]


def addresses(home: Home) -> list[str]:
    device, place = home.door.device.public_id, home.door.property.public_id
    return [
        *map(reverse, ("board", "stay-list", "stay-create", "device-list", "device-create", "property-list")),
        *map(
            reverse,
            (
                "feed-list",
                "feed-create",
                "api-key-list",
                "mfa_index",
                "account_change_password",
                "styleguide",
            ),
        ),
        reverse("stay-detail", args=[home.stay.public_id]),
        reverse("stay-cancel", args=[home.stay.public_id]),
        reverse("device-detail", args=[device]),
        reverse("device-keypad", args=[device]),
        reverse("device-hands", args=[device]),
        *map(reverse, ("timeline", "readiness", "reliability", "staff-list")),
        reverse("staff-create"),
        reverse("device-code-create", args=[device]),
        reverse("property-detail", args=[place]),
        reverse("property-edit", args=[place]),
        reverse("door-edit", args=[home.door.public_id]),
        *map(reverse, ("message-list", "message-settings", "template-list", "template-create")),
        *map(reverse, ("alert-list", "alert-create", "guest-channel-create")),
        *message_pages(home),
    ]


def test_no_page_is_wider_than_the_screen(screen: Screen, home: Home, settings: Any) -> None:
    settings.DEBUG = True
    screen.sign_in(home.owner)

    for address in addresses(home):
        screen.page.goto(address)
        for width in WIDTHS:
            screen.page.set_viewport_size({"width": width, "height": 800})
            screen.assert_fits()


def test_no_target_is_too_small_to_hit(screen: Screen, home: Home, settings: Any) -> None:
    """Links inside a sentence or a cell of text are excepted, as in WCAG 2.5.8."""
    settings.DEBUG = True
    screen.sign_in(home.owner)

    for address in addresses(home):
        screen.page.goto(address)
        small = screen.page.evaluate(
            """(least) => [...document.querySelectorAll("button, summary, .button, nav a, select, input")]
              .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden, label, .breadcrumb"))
              .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
              .filter(([, box]) => box.width < least || box.height < least)
              .map(([html, box]) => `${html} ${box.width}x${box.height}`)""",
            SMALLEST_TARGET,
        )
        assert small == [], address


def test_dark_scheme_is_dark_everywhere(dark_screen: Screen, home: Home) -> None:
    dark_screen.sign_in(home.owner)

    for address in (reverse("board"), reverse("stay-detail", args=[home.stay.public_id])):
        dark_screen.page.goto(address)
        back, ink, panel = dark_screen.page.evaluate(
            """() => [document.documentElement, document.body, document.querySelector(".panel")]
              .map((one, at) => getComputedStyle(one)[at === 1 ? "color" : "backgroundColor"])
              .map((colour) => colour.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b))"""
        )
        assert back < 150
        assert panel < 150
        assert ink > 550


def test_code_is_not_printed_unless_shown(screen: Screen, home: Home) -> None:
    screen.sign_in(home.owner)
    screen.page.goto(reverse("stay-detail", args=[home.stay.public_id]))

    screen.page.emulate_media(media="print")

    assert not screen.page.get_by_role("button", name="Show code").is_visible()
    assert not screen.page.get_by_role("navigation", name="Main").is_visible()
    assert screen.page.get_by_role("heading", name="What happened").is_visible()
