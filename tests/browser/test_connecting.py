"""The pages of a connect webview in a browser that knows nothing of Keyturn, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access.connecting.webviews import WebviewDetails, address_of, create_webview
from tests.factories import make_workspace

if TYPE_CHECKING:
    from access.models import ConnectWebview
    from tests.browser.conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def webview(transactional_db: None) -> ConnectWebview:
    return create_webview(make_workspace("Seaside Stays", is_sandbox=True), WebviewDetails())


def test_sign_in_with_a_code_by_keyboard_alone(plain_screen: Screen, webview: ConnectWebview) -> None:
    page = plain_screen.page
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(address_of(webview))
    plain_screen.assert_fits()
    with page.expect_navigation():
        page.get_by_role("link", name="Continue").press("Enter")
    plain_screen.assert_fits()
    with page.expect_navigation():
        page.get_by_role("link", name="August").press("Enter")
    plain_screen.assert_fits()

    page.get_by_label("User name or e-mail").fill("jane@example.com")
    page.get_by_label("Password").fill("1234")
    with page.expect_navigation():
        page.get_by_label("Password").press("Enter")
    page.wait_for_selector("text=Enter the code")
    plain_screen.assert_fits()
    page.get_by_label("Code").fill("123456")
    with page.expect_navigation(url="**/done/"):
        page.get_by_label("Code").press("Enter")

    assert page.get_by_role("status").first.inner_text() == "1 lock is connected to Seaside Stays."
    plain_screen.assert_fits()
    assert webview.workspace.accounts.get().devices.get().name == "Lock 1"


def test_wrong_password_is_told_where_it_was_typed(plain_screen: Screen, webview: ConnectWebview) -> None:
    page = plain_screen.page
    page.goto(address_of(webview))
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("link", name="Schlage").click()

    page.get_by_label("User name or e-mail").fill("jane@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()

    assert "does not know this login" in page.locator(".error-summary").inner_text()
    assert page.get_by_label("Password").input_value() == ""
    plain_screen.complaints.clear()  # the browser tells of the 422


def test_browser_follows_to_the_programs_own_page(
    plain_screen: Screen, webview: ConnectWebview, live_server: object
) -> None:
    """A stricter policy on forms would stop it there, since the answer to a form leads elsewhere."""
    elsewhere = str(live_server).replace("localhost", "127.0.0.1")
    webview.custom_redirect_url = f"{elsewhere}/healthz"
    webview.save()
    page = plain_screen.page
    page.goto(f"/connect/{webview.token}/schlage/")
    page.get_by_label("User name or e-mail").fill("sam@example.com")
    page.get_by_label("Password").fill("1234")
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/healthz?connect_webview_id=*")
    assert str(webview.public_id) in page.url
    plain_screen.complaints.clear()  # another host was asked, as it should be


def test_dark_scheme_holds_for_visitors_too(dark_screen: Screen, webview: ConnectWebview) -> None:
    dark_screen.page.goto(address_of(webview))

    back = dark_screen.page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    assert sum(back) < 150
