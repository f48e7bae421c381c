"""Access for a cleaner in a portfolio with many doors: they can be seen, and chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.browser.elsewhere import elsewhere
from tests.factories import virtual_door

if TYPE_CHECKING:
    from tests.browser.conftest import Home, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [375, 1280])
def test_list_of_many_doors_is_tall_enough_to_choose_from(screen: Screen, home: Home, width: int) -> None:
    elsewhere(lambda: add_doors(home))
    screen.sign_in(home.owner)
    page = screen.page
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/people/new/")

    shown = page.locator(".options", has=page.locator("#id_doors")).bounding_box()
    assert shown is not None
    assert shown["height"] > 200
    page.get_by_label("Harbour House · Door 13").check()
    screen.assert_fits()


def add_doors(home: Home) -> None:
    for number in range(14):
        virtual_door(home.stay.unit, "yale", name=f"Door {number:02}", now=timezone.now())
