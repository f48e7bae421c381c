"""Codes of ours that other hands give each other's PINs are put right, and nobody's PIN changes (tracker #83, #79)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.models import AccessCode
from locks.drivers.virtual.outside import edit_from_outside
from properties.models import Stay
from tests.access.foreign.strangers import commands
from tests.factories import make_stay
from tests.stack.house import HOUR, MINUTE, House, build_house

pytestmark = pytest.mark.django_db(transaction=True)


def two_guests(house: House) -> tuple[Stay, Stay]:
    """Both stand on the lock: one opens, the other is to come (native), or both open."""
    first = make_stay(house.unit, arrival_date=dt.date(2027, 3, 2), now=timezone.now())
    second = make_stay(
        house.unit, arrival_date=dt.date(2027, 3, 2), departure_date=dt.date(2027, 3, 7), now=timezone.now()
    )
    house.at(first.starts_at + HOUR)
    house.at(timezone.now() + 2 * MINUTE)
    return first, second


def settle(house: House) -> None:
    for minutes in (11, 1, 1, 1, 11):
        house.at(timezone.now() + minutes * MINUTE)


def place_of(house: House, pin: str) -> int:
    return next(code.slot for code in house.lock.codes.all() if code.pin == pin)


@pytest.mark.parametrize("brand", ["nuki", "lockly", "tedee", "ttlock"])
def test_seam_83_code_that_gets_another_codes_pin_is_put_right(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    first, second = two_guests(house)
    pins = house.pin_of(first), house.pin_of(second)

    edit_from_outside(house.lock, place_of(house, pins[0]), pin=pins[1])
    settle(house)

    assert (house.pin_of(first), house.pin_of(second)) == pins
    assert [house.opens(pin) for pin in pins] == [True, True]
    assert house.lock.codes.count() == 2
    assert not AccessCode.objects.exclude(stopped="").exists()


@pytest.mark.parametrize("brand", ["nuki", "lockly", "tedee", "ttlock"])
@pytest.mark.parametrize("with_names", [False, True])
def test_two_codes_that_are_swapped_are_put_right(
    travel: time_machine.Traveller, brand: str, with_names: bool
) -> None:
    house = build_house(travel, brand=brand)
    first, second = two_guests(house)
    pins = house.pin_of(first), house.pin_of(second)
    slots = [place_of(house, pin) for pin in pins]
    names = [house.lock.codes.get(slot=slot).name for slot in slots]

    for slot, pin, name in zip(slots, reversed(pins), reversed(names), strict=True):
        edit_from_outside(house.lock, slot, pin=pin)
        if with_names:
            edit_from_outside(house.lock, slot, name=name)
    settle(house)

    assert (house.pin_of(first), house.pin_of(second)) == pins
    assert [house.opens(pin) for pin in pins] == [True, True]
    assert house.lock.codes.count() == 2
    assert not AccessCode.objects.exclude(stopped="").exists()
    before = commands(house.lock)
    house.at(timezone.now() + HOUR)
    assert commands(house.lock) == before
