"""A code that a person said may stay, and what becomes of that word when the code becomes another."""

from __future__ import annotations

import pytest
import time_machine
from django.utils import timezone

from access.foreign.ignoring import ignore_foreign_code
from locks.drivers.virtual.outside import edit_from_outside
from tests.access.foreign.strangers import ACTOR, place_of, read_again, stranger
from tests.stack.house import build_house

pytestmark = pytest.mark.django_db(transaction=True)


def test_code_that_may_stay_is_asked_about_again_when_it_is_another(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    ignore_foreign_code(place_of(house, held), actor=ACTOR, now=timezone.now())
    read_again(house)
    assert place_of(house, held).ignored_at is not None

    edit_from_outside(house.lock, held.slot, pin="864275")
    read_again(house)

    assert place_of(house, held).ignored_at is None
