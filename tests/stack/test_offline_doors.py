"""Stays at doors whose lock computes its codes itself: nothing can be sent to it, and nothing taken back."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.issuing import NoPinLeft, issue_new_pin, reveal_pins
from access.models import AccessCode, AccessGrant, Problem
from access.overview import access_of_stay
from access.states import CodeState
from locks.doors import change_door
from locks.drivers.virtual.moods import Mood, set_mood
from properties import booking
from properties.enums import CancelReason
from properties.models import Stay
from tests.factories import make_stay, make_unit, virtual_door
from tests.stack.house import DAY, HOUR, House, build_house

pytestmark = pytest.mark.django_db(transaction=True)


def book(house: House, first: dt.date = dt.date(2027, 3, 5), nights: int = 3) -> Stay:
    stay = make_stay(house.unit, arrival_date=first, departure_date=first + nights * DAY, now=timezone.now())
    house.run()
    return stay


@pytest.fixture
def house(travel: time_machine.Traveller) -> House:
    return build_house(
        travel, brand="dormakaba_oracode", check_in_time=dt.time(16), check_out_time=dt.time(10)
    )


def the_pin(stay: Stay) -> str:
    (revealed,) = reveal_pins(AccessGrant.objects.get(stay=stay), actor="ana", now=timezone.now())
    return revealed.pin


def state_of(stay: Stay) -> CodeState:
    return access_of_stay(stay, now=timezone.now()).state


def test_stay_at_an_offline_door_gets_a_code_that_opens_in_it(house: House) -> None:
    set_mood(house.lock, Mood.OFFLINE)
    stay = book(house)
    pin = the_pin(stay)

    house.at(stay.starts_at + HOUR)

    assert house.opens(pin)
    assert state_of(stay) is CodeState.ACTIVE
    house.at(stay.starts_at + 4 * DAY)
    assert not house.opens(pin)
    assert AccessCode.objects.get().ended_at is not None


def test_stay_that_is_confirmed_again_keeps_its_offline_code(house: House) -> None:
    stay = book(house)
    pin = the_pin(stay)

    make_stay(
        house.unit,
        external_id=stay.external_id,
        arrival_date=dt.date(2027, 3, 5),
        departure_date=dt.date(2027, 3, 8),
        now=timezone.now(),
    )
    house.run()

    assert the_pin(stay) == pin
    assert AccessCode.objects.count() == 1


def test_stay_that_is_moved_gets_another_code_and_the_first_is_told_to_go_on(house: House) -> None:
    stay = book(house)
    first = the_pin(stay)

    make_stay(
        house.unit,
        external_id=stay.external_id,
        arrival_date=dt.date(2027, 3, 6),
        departure_date=dt.date(2027, 3, 9),
        now=timezone.now(),
    )
    house.run()

    second = AccessCode.objects.get(revoked_at=None)
    assert second.pin not in (None, first)
    assert Problem.objects.filter(code="offline_code_still_works", cleared_at=None).count() == 1


def test_stay_whose_departure_alone_moves_gets_a_code_though_the_first_begins_with_it(house: House) -> None:
    stay = book(house)
    first = the_pin(stay)

    make_stay(
        house.unit,
        external_id=stay.external_id,
        arrival_date=dt.date(2027, 3, 5),
        departure_date=dt.date(2027, 3, 10),
        now=timezone.now(),
    )
    house.run()

    pin = the_pin(stay)
    assert pin != first
    house.at(stay.starts_at + 4 * DAY)
    assert house.opens(pin)
    assert not house.opens(first)


def test_stay_that_is_reinstated_has_its_code_again_which_opened_all_the_time(house: House) -> None:
    stay = book(house)
    pin = the_pin(stay)
    booking.cancel_stay(stay, reason=CancelReason.PERSON, actor="ana", now=timezone.now())
    house.run()

    booking.reinstate_stay(stay, actor="ana", now=timezone.now())
    house.run()

    grant = AccessGrant.objects.get(stay=stay, revoked_at=None)
    (revealed,) = reveal_pins(grant, actor="ana", now=timezone.now())
    assert revealed.pin == pin
    house.at(stay.starts_at + HOUR)
    assert state_of(stay) is CodeState.ACTIVE
    assert not Problem.objects.filter(code="offline_code_still_works", cleared_at=None).exists()


def test_stay_that_lost_its_offline_door_and_got_it_back_has_its_code_again(house: House) -> None:
    virtual_door(house.unit.property, brand="nuki", now=timezone.now())
    stay = book(house)
    door = house.doors[0]
    pin = AccessCode.objects.get(device=door.device).pin
    other = make_unit(house.unit.property, name="Other")

    change_door(door, units=[other], serves_all_units=False, actor="ana", now=timezone.now())
    house.run()
    change_door(door, units=[house.unit], actor="ana", now=timezone.now())
    house.run()

    code = AccessCode.objects.get(device=door.device, grant__stay=stay)
    assert (code.pin, code.revoked_at) == (pin, None)
    house.at(stay.starts_at + HOUR)
    assert house.opens(pin or "")


def test_cancelled_stay_is_told_that_its_code_still_opens(house: House) -> None:
    stay = book(house)
    pin = the_pin(stay)
    booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="ana", now=timezone.now())
    house.at(stay.starts_at + HOUR)

    assert house.opens(pin)
    assert Problem.objects.filter(code="offline_code_still_works", cleared_at=None).exists()
    house.at(stay.starts_at + 4 * DAY)
    assert not Problem.objects.filter(code="offline_code_still_works", cleared_at=None).exists()


def test_stay_that_fits_no_user_level_says_why(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="dormakaba_oracode")
    stay = book(house, nights=60)

    assert state_of(stay) is CodeState.FAILED
    assert "user level" in access_of_stay(stay, now=timezone.now()).reason


def test_code_of_an_offline_door_cannot_be_exchanged(house: House) -> None:
    stay = book(house)
    with pytest.raises(NoPinLeft):
        issue_new_pin(AccessGrant.objects.get(stay=stay), actor="ana", now=timezone.now())


def test_offline_door_beside_an_online_one_has_a_code_of_its_own(house: House) -> None:
    virtual_door(house.unit.property, brand="nuki", now=timezone.now())
    stay = book(house)
    grant = AccessGrant.objects.get(stay=stay)

    assert len(reveal_pins(grant, actor="ana", now=timezone.now())) == 2
