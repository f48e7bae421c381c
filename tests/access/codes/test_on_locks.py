"""Codes without a stay on virtual locks, through the runner: the keypad decides."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.codes import CodeChanges, Kind, NewCode, create_code, create_codes, delete_code, update_code
from access.enums import EventType
from access.facts import facts_of
from access.models import AccessCode, Event, Problem
from access.pins import pin_key_of
from access.states import CodeState, ProblemCode, Status
from access.status import code_state, is_scheduled_on_device, status
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.logbook import writes
from locks.drivers.virtual.outside import add_foreign_code, delete_from_outside
from locks.models import Door
from properties.models import Workspace
from tests.factories import lock_of, virtual_door
from tests.stack.conftest import travel
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)
NATIVE_AND_NOT = ["nuki", "smartthings"]
PINS = {"nuki": ("482913", "573164"), "smartthings": ("4829", "5731")}


def declare(house: House, door: Door | None = None, **fields: Any) -> AccessCode:
    device = (door or house.doors[0]).device
    code = create_code(device, NewCode(**fields), actor="tester", now=timezone.now())
    house.run()
    code.refresh_from_db()
    return code


def change(house: House, code: AccessCode, **changes: Any) -> AccessCode:
    update_code(code, CodeChanges(**changes), actor="tester", now=timezone.now())
    house.run()
    code.refresh_from_db()
    return code


def pin_of(code: AccessCode) -> str:
    assert code.pin is not None
    return code.pin


def status_of(code: AccessCode) -> Status:
    code = AccessCode.objects.select_related("device__account").get(pk=code.pk)
    return status(facts_of(code), now=timezone.now())


def events_of(code: AccessCode) -> list[str]:
    return [
        str(one)
        for one in Event.objects.filter(access_code=code).order_by("pk").values_list("type", flat=True)
    ]


def open_problems(code: AccessCode) -> set[str]:
    return set(Problem.objects.filter(access_code=code, cleared_at=None).values_list("code", flat=True))


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_ongoing_code_opens_at_once_and_is_gone_when_deleted(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    code = declare(house, name="Cleaner")
    assert house.opens(pin_of(code))
    assert status_of(code) is Status.SET

    house.at(timezone.now() + 100 * DAY)
    assert house.opens(pin_of(code))
    delete_code(code, actor="tester", now=timezone.now())
    assert status_of(code) is Status.REMOVING
    house.run()

    code.refresh_from_db()
    assert not house.opens(pin_of(code))
    assert code.ended_at is not None
    assert events_of(code)[-2:] == [EventType.CODE_REMOVED, EventType.CODE_DELETED]


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_time_bound_code_opens_in_its_window_only(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    start = timezone.now() + 5 * DAY
    code = declare(house, starts_at=start, ends_at=start + DAY)
    assert (status_of(code), writes(house.lock)) == (Status.UNSET, 0)

    house.at(start - MINUTE)
    assert not house.opens(pin_of(code))
    house.at(start)
    assert house.opens(pin_of(code))
    assert status_of(code) is Status.SET
    house.at(start + DAY - MINUTE)
    assert house.opens(pin_of(code))
    house.at(start + DAY)
    assert not house.opens(pin_of(code))

    code.refresh_from_db()
    assert code.ended_at is not None


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_code_made_inside_its_window_is_programmed_at_once(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    code = declare(house, starts_at=timezone.now() - DAY, ends_at=timezone.now() + DAY)

    assert house.opens(pin_of(code))
    assert code.starts_at == timezone.now() - DAY


@pytest.mark.parametrize(("brand", "scheduled"), [("nuki", True), ("smartthings", False)])
def test_code_made_inside_its_lead_time_is_programmed_at_once(
    travel: time_machine.Traveller, brand: str, scheduled: bool
) -> None:
    house = build_house(travel, brand=brand)
    start = timezone.now() + 30 * MINUTE
    code = declare(house, starts_at=start, ends_at=start + DAY)

    assert writes(house.lock) == 1
    assert not house.opens(pin_of(code))
    code = AccessCode.objects.select_related("device__account").get(pk=code.pk)
    assert is_scheduled_on_device(facts_of(code), now=timezone.now()) is scheduled
    house.at(start)
    assert house.opens(pin_of(code))


@pytest.mark.parametrize("brand", ["kwikset", "igloohome"])
def test_start_that_has_passed_is_clamped_and_the_lock_takes_it(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    code = declare(house, starts_at=timezone.now() - DAY, ends_at=timezone.now() + DAY)

    house.at(timezone.now() + 2 * MINUTE)
    assert house.opens(pin_of(code))
    assert open_problems(code) == set()


@pytest.mark.parametrize("brand", ["kwikset", "igloohome"])
def test_running_code_is_extended_where_the_brand_refuses_past_starts(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    start = timezone.now() + HOUR
    code = declare(house, starts_at=start, ends_at=start + DAY)
    house.at(start + HOUR)
    assert house.opens(pin_of(code))

    change(house, code, ends_at=start + 2 * DAY)
    house.at(start + DAY + HOUR)
    assert house.opens(pin_of(code))
    assert open_problems(code) == set()
    house.at(start + 2 * DAY)
    assert not house.opens(pin_of(code))


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_code_that_is_preferred_just_in_time_is_not_preloaded(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    start = timezone.now() + DAY
    code = declare(house, starts_at=start, ends_at=start + DAY, prefer_native_scheduling=False)
    house.at(start - 2 * HOUR)
    assert writes(house.lock) == 0

    house.at(start)
    assert house.opens(pin_of(code))
    house.at(start + DAY)
    assert not house.opens(pin_of(code))


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_seam_101_pin_of_a_set_code_changes_under_its_id(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    first, second = PINS[brand]
    code = declare(house, name="Cleaner", pin=first)

    update_code(code, CodeChanges(pin=second, name="Gardener"), actor="tester", now=timezone.now())
    assert status_of(code) is Status.SETTING
    house.run()

    assert status_of(code) is Status.SET
    assert (house.opens(first), house.opens(second)) == (False, True)
    assert events_of(code)[-2:] == [EventType.CODE_CHANGED, EventType.CODE_SET]
    assert AccessCode.objects.count() == 1


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_pin_that_was_given_up_is_free_only_when_the_lock_has_dropped_it(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    first, second = PINS[brand]
    one = declare(house, pin=first)
    update_code(one, CodeChanges(pin=second), actor="tester", now=timezone.now())
    other = declare(house, pin=first)

    house.at(timezone.now() + MINUTE)
    assert (house.opens(first), house.opens(second)) == (True, True)
    assert (status_of(one), status_of(other)) == (Status.SET, Status.SET)
    assert open_problems(other) == set()


def test_window_of_a_native_code_that_is_on_the_lock_moves(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    start = timezone.now() + DAY
    code = declare(house, starts_at=start, ends_at=start + DAY)
    assert writes(house.lock) == 1

    change(house, code, starts_at=start + 2 * HOUR, ends_at=start + 2 * DAY)
    house.at(start + HOUR)
    assert not house.opens(pin_of(code))
    house.at(start + 2 * HOUR)
    assert house.opens(pin_of(code))
    house.at(start + 2 * DAY - MINUTE)
    assert house.opens(pin_of(code))
    house.at(start + 2 * DAY)
    assert not house.opens(pin_of(code))


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_ongoing_becomes_time_bound_and_ongoing_again_on_the_lock(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    code = declare(house)
    now = timezone.now()

    change(house, code, kind=Kind.TIME_BOUND, starts_at=now + 10 * DAY, ends_at=now + 11 * DAY)
    house.at(now + MINUTE)
    assert not house.opens(pin_of(code))
    house.at(now + 10 * DAY)
    assert house.opens(pin_of(code))

    change(house, code, kind=Kind.ONGOING)
    house.at(now + 20 * DAY)
    assert house.opens(pin_of(code))


def test_foreign_code_of_the_same_pin_is_a_problem_until_it_goes(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    foreign = add_foreign_code(house.lock, pin="482913", name="Owner")
    code = declare(house, pin="482913")
    assert ProblemCode.DUPLICATE in open_problems(code)
    assert status_of(code) is Status.SETTING
    assert pin_of(code) == "482913"

    delete_from_outside(house.lock, foreign.slot)
    assert not house.opens("482913")
    house.at(timezone.now() + 11 * MINUTE)
    assert house.opens("482913")
    assert open_problems(code) == set()


def test_foreign_code_on_a_lock_that_hides_pins_is_a_problem_until_another_pin_is_given(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="smartthings")
    add_foreign_code(house.lock, pin="4829", name="Owner")
    code = declare(house, pin="4829")
    assert open_problems(code) != set()
    assert pin_of(code) == "4829"

    change(house, code, pin="5731")
    assert house.opens("5731")
    assert open_problems(code) == set()


@pytest.mark.parametrize("brand", ["schlage", "smartthings"])
def test_lock_that_holds_a_pin_once_gets_the_second_code_after_the_first_is_gone(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    Workspace.objects.update(same_pin_in_disjoint_windows=True)
    start = timezone.now() + HOUR
    one = declare(house, pin="4829", starts_at=start, ends_at=start + 5 * HOUR)
    other = declare(house, pin="4829", starts_at=start + 6 * HOUR, ends_at=start + 9 * HOUR)

    house.at(start + 2 * HOUR)
    assert house.opens("4829")
    assert house.lock.codes.count() == 1
    house.at(start + 5 * HOUR + MINUTE)
    assert not house.opens("4829")
    one.refresh_from_db()
    assert one.ended_at is not None
    house.at(start + 6 * HOUR)
    assert house.opens("4829")
    assert status_of(other) is Status.SET
    house.at(start + 9 * HOUR)
    assert not house.opens("4829")


def test_lock_that_can_hold_a_pin_twice_opens_in_both_windows_back_to_back(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="yale")
    Workspace.objects.update(same_pin_in_disjoint_windows=True)
    start = timezone.now() + HOUR
    declare(house, pin="4829", starts_at=start, ends_at=start + 2 * HOUR)
    declare(house, pin="4829", starts_at=start + 2 * HOUR, ends_at=start + 4 * HOUR)

    for minutes, opens in ((0, True), (119, True), (121, True), (239, True), (240, False)):
        house.at(start + minutes * MINUTE)
        assert house.opens("4829") is opens, minutes


def test_codes_over_several_locks_open_each_with_one_pin(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="yale")
    other = virtual_door(house.unit.property, brand="igloohome", now=timezone.now())
    devices = [house.doors[0].device, other.device]

    codes = create_codes(devices, NewCode(name="Team"), actor="tester", now=timezone.now())
    house.run()

    assert all(keypad(lock_of(door), pin_of(codes[0])).opened for door in (house.doors[0], other))


@pytest.mark.parametrize("brand", ["yale", "smartthings", "kwikset"])
def test_f83_pin_with_a_leading_zero_is_that_pin_and_no_shorter_one(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    code = declare(house, name="Cleaner", pin="0412")
    house.at(timezone.now() + HOUR)

    assert (house.opens("0412"), house.opens("412")) == (True, False)
    assert (pin_of(code), code.pin_key) == ("0412", pin_key_of("0412"))
    assert writes(house.lock) == 1
    place = house.doors[0].device.lock_codes.get()
    assert place.pin in ("0412", None)

    change(house, code, pin="0041")
    assert (house.opens("0041"), house.opens("0412"), house.opens("41")) == (True, False, False)


def test_f70_long_name_is_cut_on_the_lock_only(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="kwikset")
    code = declare(house, name="Wilhelmina Featherstonehaugh")

    assert code.name == "Wilhelmina Featherstonehaugh"
    assert code.appearance_name == "Wilhelmina Fea"
    assert house.lock.codes.get().name == "Wilhelmina Fea"


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_code_deleted_before_it_ever_was_on_the_lock_just_ends(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    start = timezone.now() + 30 * DAY
    code = declare(house, starts_at=start, ends_at=start + DAY)

    delete_code(code, actor="tester", now=timezone.now())
    house.run()

    code.refresh_from_db()
    assert code.ended_at == timezone.now()
    assert writes(house.lock) == 0
    assert EventType.CODE_REMOVED not in events_of(code)
    assert events_of(code)[-1] == EventType.CODE_DELETED
    code = AccessCode.objects.select_related("device__account").get(pk=code.pk)
    assert code_state(facts_of(code), now=timezone.now()) is CodeState.ENDED
