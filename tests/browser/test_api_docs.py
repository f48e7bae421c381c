"""The description of the API in a browser: drawn whole, under the strict policy, with nothing from another host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_description_is_drawn_without_another_host(screen: Screen, home: Home) -> None:
    screen.sign_in(home.owner)
    screen.page.goto("/api/v1/docs/")
    operation = screen.page.locator(".opblock", has_text="/api/v1/reservations/bulk")
    operation.wait_for()
    operation.locator(".opblock-summary").click()
    operation.get_by_text("Idempotency-Key").first.wait_for()
    operation.get_by_text("BulkIn").or_(operation.get_by_text("reservations")).first.wait_for()
