"""What a workspace says about the look of its sign-in pages, by the API and on the pages themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from access.connecting.looks import (
    BLACK,
    LEAST_CONTRAST,
    WHITE,
    LookRefused,
    button_of,
    changed_look,
    contrast,
)
from access.connecting.webviews import WebviewDetails, create_webview
from access.models import ConnectWebview
from properties.models import Workspace
from tests.access.connecting.test_pages import LOGIN, page, text_of

LOOK = {
    "primary_button_color": "#1a2b3c",
    "primary_button_text_color": "#ffffff",
    "success_message": "Thanks!",
}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(BLACK, WHITE) == contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_button_of_any_colour_can_be_read(colour: str) -> None:
    button = button_of({"primary_button_color": colour})
    assert button is not None
    assert contrast(button.background, button.text) >= LEAST_CONTRAST


def test_what_is_given_is_changed_and_the_rest_stays() -> None:
    look = changed_look({}, LOOK)
    assert look == LOOK
    assert changed_look(look, {"success_message": None, "logo_shape": "circle"}) == {
        "primary_button_color": "#1a2b3c", "primary_button_text_color": "#ffffff", "logo_shape": "circle",
    }  # fmt: skip
    assert changed_look(look, {}) == look
    assert button_of({}) is None


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"primary_button_text_color": "#ffffff"}, "the colour of the button"),
        ({"primary_button_color": "#eeeeee", "primary_button_text_color": "#ffffff"}, "too alike"),
    ],
)
def test_look_that_nobody_could_read_is_refused(given_: dict[str, Any], told: str) -> None:
    with pytest.raises(LookRefused, match=told):
        changed_look({}, given_)


def test_pages_have_the_look_of_their_workspace(sandbox: Workspace) -> None:
    sandbox.webview_look = LOOK | {"success_message": "Thanks!\n<b>See you</b>"}
    sandbox.save()
    webview = create_webview(sandbox, WebviewDetails())
    client = Client()
    first = client.get(page(webview, "start"))
    nonce = re.search(r'<style nonce="([^"]+)">', text_of(first))
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in first["Content-Security-Policy"]
    assert "background: #1a2b3c" in text_of(first)
    assert "color: #ffffff" in text_of(first)
    client.post(page(webview, "sign-in", "schlage"), LOGIN)
    assert "Thanks!<br>&lt;b&gt;See you&lt;/b&gt;" in text_of(client.get(page(webview, "finish")))


def test_pages_look_as_everywhere_where_nothing_was_said(webview: ConnectWebview) -> None:
    assert "<style" not in text_of(Client().get(page(webview, "start")))
