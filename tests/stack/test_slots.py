"""The places of a lock's memory: a guest keeps the one that opens, a stuck one holds up nobody, strangers keep theirs,
and few are in use. What stands in the lock's memory and its keypad decide."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.models import AccessCode
from locks.drivers.virtual.logbook import busiest_minute, writes
from locks.drivers.virtual.moods import Call, Mood, clear_moods, set_mood
from locks.drivers.virtual.outside import add_foreign_code
from properties import booking
from properties.enums import CancelReason
from properties.models import Stay
from tests.factories import make_stay, make_unit, virtual_door
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house, step
from tests.stack.test_trouble import open_problems

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = dt.date(2027, 3, 2)


def book(house: House, first: dt.date, last: dt.date) -> Stay:
    unit = make_unit(house.unit.property)
    return make_stay(unit, arrival_date=first, departure_date=last, now=timezone.now())


def cancel(stay: Stay) -> None:
    booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())


def place_of(house: House, stay: Stay) -> int:
    """Where the lock itself holds the guest's PIN."""
    pins = {code.pin: code.slot for code in house.lock.codes.all()}
    return pins[house.pin_of(stay)]


def small_house(travel: time_machine.Traveller, brand: str, places: int) -> House:
    unit = make_unit()
    door = virtual_door(unit.property, brand, now=timezone.now(), reports={"max_codes": places})
    return House(travel, unit, [door])


@pytest.mark.parametrize("brand", ["smartthings", "kwikset"])
def test_f14_codes_on_the_lock_keep_their_places_when_others_come_and_go(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    stays = [book(house, FIRST, FIRST + DAY * (3 + number)) for number in range(4)]
    house.at(stays[0].starts_at - MINUTE)
    before = {stay.pk: place_of(house, stay) for stay in stays}
    assert len(set(before.values())) == 4

    earlier = book(house, FIRST - DAY, FIRST + 2 * DAY)
    house.run()
    cancel(stays[0])
    step(house, 5, seconds=60)

    assert house.opens(house.pin_of(earlier))
    for stay in stays[1:]:
        assert place_of(house, stay) == before[stay.pk]
        assert house.opens(house.pin_of(stay))


def test_f15_place_that_cannot_be_cleared_is_told_of_and_the_nearest_guest_gets_another(
    travel: time_machine.Traveller,
) -> None:
    house = small_house(travel, "lockly", 2)
    leaving = book(house, FIRST, FIRST + DAY)
    arriving = book(house, FIRST + DAY, FIRST + 3 * DAY)
    later = make_stay(
        make_unit(house.unit.property),
        arrival_date=FIRST + DAY,
        departure_date=FIRST + 3 * DAY,
        check_in_time=dt.time(15, 30),
        now=timezone.now(),
    )
    house.at(leaving.starts_at)
    set_mood(house.lock, Mood.REJECTING, reason="busy", only=Call.REMOVE)
    assert leaving.ends_at is not None
    house.at(leaving.ends_at)
    step(house, 10, seconds=60)
    assert {"failed_to_remove_from_device", "delay_in_removing_from_device"} <= open_problems()

    house.at(arriving.starts_at - HOUR)
    step(house, 60, seconds=120)

    assert house.opens(house.pin_of(arriving))
    assert place_of(house, arriving) != place_of(house, leaving)
    assert "no_space_for_access_code_on_device" in open_problems()

    clear_moods(house.lock)
    step(house, 15, seconds=60)
    assert not house.opens(house.pin_of(leaving))
    house.at(later.starts_at)
    assert house.opens(house.pin_of(later))
    assert open_problems() == {"max_access_codes_reached"}, "two places, two guests"


def test_f52_lock_of_thirty_places_is_never_asked_for_a_thirty_first(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="smartthings", time_zone="UTC")
    stays = [book(house, FIRST, FIRST + 3 * DAY) for _ in range(31)]
    start = stays[0].starts_at
    house.at(start - 60 * MINUTE)
    step(house, 60, seconds=240)
    written = writes(house.lock)

    step(house, 30, seconds=300)

    assert house.lock.codes.count() == 30
    assert sum(house.opens(house.pin_of(stay)) for stay in stays) == 30
    assert busiest_minute(house.lock) <= 10
    assert writes(house.lock) - written <= 30, (
        "each was opened, and nothing was tried for the one without a place"
    )
    assert "no_space_for_access_code_on_device" in open_problems()


def test_f52_lock_that_refuses_for_good_is_asked_once_and_somebody_is_told(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="smartthings", time_zone="UTC")
    stay = book(house, FIRST, FIRST + 3 * DAY)
    set_mood(house.lock, Mood.REJECTING, reason="not_allowed", only=Call.PUT)

    house.at(stay.starts_at - 60 * MINUTE)
    step(house, 120, seconds=300)

    assert writes(house.lock) == 1
    assert AccessCode.objects.get().stopped
    assert {"failed_to_set_on_device", "arrival_in_danger"} <= open_problems()


@pytest.mark.parametrize("brand", ["smartthings", "wyze"])
def test_f59_place_whose_pin_is_hidden_is_never_taken_for_free(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = small_house(travel, brand, 4)
    strangers = [add_foreign_code(house.lock, pin=f"739{number}", name=f"{number}") for number in range(3)]
    stays = [book(house, FIRST, FIRST + 3 * DAY) for _ in range(2)]

    house.at(stays[0].starts_at - HOUR)
    step(house, 61, seconds=60)

    assert all(house.opens(f"739{number}") for number in range(3))
    assert {code.slot for code in strangers} < {code.slot for code in house.lock.codes.all()}
    assert [house.opens(house.pin_of(stay)) for stay in stays] == [True, False]
    assert "no_space_for_access_code_on_device" in open_problems()


def test_f72_seam_51_lock_holds_the_codes_of_the_next_days_only(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="august", time_zone="UTC")
    stays = [book(house, FIRST + DAY * number, FIRST + DAY * (number + 1)) for number in range(104)]
    most = 0
    for number in range(4):
        house.at(stays[number].starts_at)
        most = max(most, house.lock.codes.count())
        assert [house.opens(house.pin_of(stay)) for stay in stays[:5]].index(True) == number

    assert AccessCode.objects.filter(ended_at=None).count() > 100
    assert most <= 4
    assert not open_problems()
