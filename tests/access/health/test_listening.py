"""What happens at a door, from the lock's own log to events; nobody is credited who did not open."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from access.attempts import request_attempt
from access.declaring import declare_stay
from access.enums import AttemptType, EventType
from access.models import AccessCode, Event, Problem
from access.running.runner import run_due
from access.stay_pages import entries_of, tallies_of_doors
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.outside import add_foreign_code, tamper, turn_by_hand
from locks.models import Device
from locks.waking import wake_devices
from properties.models import Stay
from tests.access.health.house import House, make_house
from tests.factories import make_stay

pytestmark = pytest.mark.django_db

PIN = "482915"
MINUTE = dt.timedelta(minutes=1)


def guest_in(house: House) -> tuple[Stay, AccessCode]:
    """A stay that has begun, its code on the lock."""
    today = house.now.date()
    unit = house.device.door.units.get()
    stay = make_stay(
        unit,
        arrival_date=today - dt.timedelta(days=1),
        departure_date=today + dt.timedelta(days=2),
        now=house.now,
    )
    declare_stay(stay.pk, now=house.now)
    house.look(2)
    return stay, AccessCode.objects.get(grant__stay=stay)


def first_entry_of(stay: Stay, house: House) -> dt.datetime | None:
    return entries_of(stay, (), tallies_of_doors(stay, ()).entries, now=house.now).first_at


def unlocks(house: House) -> list[Event]:
    return list(
        Event.objects.filter(device=house.device, type=EventType.LOCK_UNLOCKED).order_by("occurred_at")
    )


@pytest.fixture
def house(travel: time_machine.Traveller) -> House:
    return make_house(travel, "august")


def test_guest_who_opens_is_named_and_the_stay_knows_its_first_entry(house: House) -> None:
    stay, code = guest_in(house)
    assert code.pin is not None
    at = house.now

    keypad(house.lock, code.pin, at=at)
    house.look()
    keypad(house.lock, code.pin, at=house.now)
    house.look(2)

    first, second = unlocks(house)
    assert (first.access_code_id, first.stay_id, first.occurred_at) == (code.pk, stay.pk, at)
    assert first.data["method"] == "keycode"
    assert second.access_code_id == code.pk
    assert first_entry_of(stay, house) == at


def test_f91_unlocking_shortens_no_stay(house: House) -> None:
    stay, code = guest_in(house)
    assert code.pin is not None
    before = (stay.ends_at, code.ends_at)

    keypad(house.lock, code.pin, at=house.now)
    house.look(3)

    stay.refresh_from_db()
    code.refresh_from_db()
    assert (stay.ends_at, code.ends_at) == before
    assert code.revoked_at is None
    assert keypad(house.lock, code.pin, at=house.now).opened


def test_f92_seam_23_unlock_by_another_code_is_not_the_guests(house: House) -> None:
    stay, _ = guest_in(house)
    add_foreign_code(house.lock, pin=PIN, name="Housekeeping", now=house.now)
    house.look()

    keypad(house.lock, PIN, at=house.now)
    house.look()

    (told,) = unlocks(house)
    assert (told.access_code_id, told.stay_id) == (None, None)
    assert told.data["access_code_is_managed"] is False
    assert told.data["name"] == "Housekeeping"
    assert first_entry_of(stay, house) is None


def test_f93_hand_from_inside_is_credited_to_nobody(house: House) -> None:
    _, code = guest_in(house)
    assert code.pin is not None
    keypad(house.lock, code.pin, at=house.now)
    house.look()

    turn_by_hand(house.lock, locked=True, now=house.now)
    house.travel.shift(MINUTE)
    turn_by_hand(house.lock, locked=False, now=house.now)
    house.look()

    last = unlocks(house)[-1]
    assert (last.access_code_id, last.data["method"]) == (None, "manual")


def test_f95_seam_26_108_refused_tries_are_no_unlocks(travel: time_machine.Traveller) -> None:
    house = make_house(travel, "igloohome")
    stay, _ = guest_in(house)

    keypad(house.lock, "739461", at=house.now)
    house.look()

    assert unlocks(house) == []
    assert EventType.LOCK_DENIED in house.events()
    assert first_entry_of(stay, house) is None


def test_f96_brand_that_does_not_tell_who_opened(travel: time_machine.Traveller) -> None:
    house = make_house(travel, "nuki")
    stay, code = guest_in(house)
    assert code.pin is not None

    keypad(house.lock, code.pin, at=house.now)
    house.look()

    (told,) = unlocks(house)
    assert (told.access_code_id, told.data["method"]) == (None, "keycode")
    assert first_entry_of(stay, house) is None


def test_f98_starting_up_makes_nothing_happen(house: House) -> None:
    """The log of the time before the lock was ours is not told, nor told again when the cursor is lost."""
    _, code = guest_in(house)
    assert code.pin is not None
    keypad(house.lock, code.pin, at=house.now)
    house.look()
    told = len(unlocks(house))

    Device.objects.update(log_cursor="")
    house.look()

    assert (told, len(unlocks(house))) == (1, 1)


def test_lock_that_pushes_is_heard_at_once(house: House) -> None:
    _, code = guest_in(house)
    assert code.pin is not None

    keypad(house.lock, code.pin, at=house.now)
    run_due()

    assert len(unlocks(house)) == 1


def test_tampering_is_told_of_and_is_a_problem_for_a_day(house: House) -> None:
    tamper(house.lock, now=house.now)
    house.look()

    assert EventType.DEVICE_TAMPERED in house.events()
    assert "device_tampered" in house.problems()

    house.look(after=dt.timedelta(hours=23))
    assert "device_tampered" in house.problems()
    house.look(after=dt.timedelta(hours=2))
    assert "device_tampered" not in house.problems()


def test_bolt_that_stuck_is_told_of_once_and_leaves_the_door_as_it_was(house: House) -> None:
    house.look()
    house.mood("jammed")
    request_attempt(house.device, AttemptType.LOCK_DOOR, arguments={}, requested_by="ana", now=house.now)
    house.look(after=dt.timedelta(seconds=1))
    house.look()

    assert house.events().count(EventType.BOLT_JAMMED) == 1
    event = Event.objects.get(type=EventType.BOLT_JAMMED)
    assert (event.device, event.access_code) == (house.device, None)
    assert EventType.LOCK_LOCKED not in house.events()


def test_log_that_cannot_be_read_is_read_later(house: House) -> None:
    _, code = guest_in(house)
    assert code.pin is not None
    house.mood("offline")
    keypad(house.lock, code.pin, at=house.now)
    house.look()
    assert unlocks(house) == []

    house.heal()
    house.look(2)

    assert len(unlocks(house)) == 1
    assert Problem.objects.filter(code="device_offline", cleared_at=None).count() == 0


def test_history_of_a_code_reads_as_proof(house: House) -> None:
    """Need 20: declared, set, used, gone, each with its time and by whom."""
    stay, code = guest_in(house)
    assert code.pin is not None
    keypad(house.lock, code.pin, at=house.now)
    house.look()
    AccessCode.objects.filter(pk=code.pk).update(revoked_at=house.now)
    wake_devices([house.device.pk], at=house.now)
    house.look()

    told = Event.objects.filter(access_code=code).order_by("pk")
    order = [
        EventType.CODE_CREATED,
        EventType.CODE_SET,
        EventType.LOCK_UNLOCKED,
        EventType.CODE_REMOVED,
        EventType.CODE_DELETED,
    ]
    assert [event.type for event in told if event.type in order] == order
    assert all(event.stay_id == stay.pk for event in told)
    assert all(event.actor for event in told if event.type != EventType.LOCK_UNLOCKED)
    assert code.pin not in str(list(told.values_list("data", flat=True)))
