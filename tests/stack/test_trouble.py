"""Locks that refuse, forget, hide and answer late, met by guests who need to get in: the keypad and the problems that
are open decide what a person would have known."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from access.issuing import reveal_pins
from access.models import AccessCode, AccessGrant, Event, LockCode, Problem
from access.overview import access_of_stay
from access.states import CodeState
from locks.drivers.base import CodeToPut
from locks.drivers.virtual import memory
from locks.drivers.virtual.logbook import busiest_minute, writes
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import Call, Mood, clear_moods, set_mood
from locks.drivers.virtual.outside import add_foreign_code, delete_from_outside, edit_from_outside
from locks.models import Account
from locks.waking import wake_devices
from properties import booking
from properties.booking import GuestDetails
from properties.enums import CancelReason
from properties.models import Stay
from tests.factories import lock_of, make_stay, make_unit, virtual_door
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house, step

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, LAST = dt.date(2027, 3, 1), dt.date(2027, 3, 6)


def book(house: House, *, name: str = "Anna Keller", first: dt.date = FIRST) -> Stay:
    guest = GuestDetails(name=name)
    return make_stay(house.unit, arrival_date=first, departure_date=LAST, guest=guest, now=timezone.now())


def cancel(stay: Stay) -> None:
    booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())


def open_problems() -> set[str]:
    return set(Problem.objects.filter(cleared_at=None).values_list("code", flat=True))


@pytest.mark.parametrize("reason", ["invalid_pin", "duplicate_pin"])
def test_f50_lock_that_refuses_every_pin_gets_few_of_them_and_somebody_is_told(
    travel: time_machine.Traveller, reason: str
) -> None:
    house = build_house(travel, brand="nuki")
    book(house, first=dt.date(2027, 3, 3))
    set_mood(house.lock, Mood.REJECTING, reason=reason, only=Call.PUT)

    step(house, 20, seconds=60)

    assert writes(house.lock) <= 4
    assert Event.objects.filter(type="pin.issued").count() <= 3
    assert "failed_to_set_on_device" in open_problems()


@pytest.mark.parametrize(("brand", "refused"), [("nuki", Call.PUT), ("lockly", Call.REMOVE)])
def test_f56_moved_stay_that_the_lock_refuses_is_told_of_and_tried_less_and_less(
    travel: time_machine.Traveller, brand: str, refused: Call
) -> None:
    house = build_house(travel, brand=brand)
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    before = writes(house.lock)
    details = dataclasses.replace(
        booking.details_of(stay), arrival_date=dt.date(2027, 3, 20), departure_date=dt.date(2027, 3, 25)
    )
    booking.save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=details,
        actor="test",
        now=timezone.now(),
    )
    set_mood(house.lock, Mood.REJECTING, reason="busy", only=refused)

    step(house, 30, seconds=60)

    assert writes(house.lock) - before <= 10
    assert open_problems() & {"failed_to_set_on_device", "failed_to_remove_from_device"}

    clear_moods(house.lock)
    step(house, 15, seconds=60)
    assert not house.opens(house.pin_of(stay))
    assert not open_problems()


def test_f60_seam_130_removal_that_is_confirmed_and_not_done_is_told_of_and_tried_less_and_less(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="lockly")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    before = writes(house.lock)
    set_mood(house.lock, Mood.LOST_WRITE)
    cancel(stay)

    step(house, 10)

    assert writes(house.lock) - before <= 8
    assert {"delay_in_removing_from_device", "failed_to_remove_from_device"} <= open_problems()


def test_p4_foreign_code_of_the_same_name_is_not_taken_for_a_lost_command(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="smartthings")
    add_foreign_code(house.lock, pin="5550", name="Anna Keller")
    house.run()
    stay = book(house)
    set_mood(house.lock, Mood.LOST_COMMAND, calls=1)

    house.at(stay.starts_at + MINUTE)
    step(house, 3)

    assert house.opens(house.pin_of(stay))
    cancel(stay)
    step(house, 1)
    assert house.opens("5550")


def test_f11_two_guests_of_one_name_are_kept_apart_on_a_lock_that_hides_pins(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="smartthings")
    first = book(house, name="Reserved")
    other = House(travel, make_unit(house.unit.property), house.doors)
    second = book(other, name="Reserved")
    house.at(first.starts_at - MINUTE)
    set_mood(house.lock, Mood.LOST_COMMAND, calls=1)
    set_mood(house.lock, Mood.APPLIED_BUT_TIMEOUT, calls=1)

    house.at(first.starts_at)
    step(house, 5)

    assert house.opens(house.pin_of(first))
    assert house.opens(house.pin_of(second))


def test_p4_slot_that_somebody_gave_away_is_no_longer_ours(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="smartthings")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    edit_from_outside(house.lock, house.lock.codes.get().slot, pin="9090", name="Cleaner")

    step(house, 30, seconds=300)

    assert house.opens(house.pin_of(stay))
    assert stay.ends_at is not None
    house.at(stay.ends_at + HOUR)
    assert house.opens("9090")
    assert not house.opens(house.pin_of(stay))


def test_f58_write_only_lock_whose_answer_was_lost_is_told_of_until_somebody_looks(
    travel: time_machine.Traveller,
) -> None:
    unit = make_unit()
    door = virtual_door(unit.property, "smartthings", now=timezone.now(), reports={"reads_codes": False})
    house = House(travel, unit, [door])
    stay = book(house)
    set_mood(house.lock, Mood.APPLIED_BUT_TIMEOUT, calls=1)

    house.at(stay.starts_at)
    step(house, 3)
    assert "arrival_in_danger" in open_problems()
    assert stay.ends_at is not None
    house.at(stay.ends_at + DAY)

    assert house.lock.codes.count() == 1
    assert AccessCode.objects.get().ended_at is None
    assert "delay_in_removing_from_device" in open_problems()


def test_f65_command_that_arrives_while_we_wait_is_ours_and_goes_at_the_end(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="lockly")
    stay = book(house, first=dt.date(2027, 2, 28))
    pin = house.pin_of(stay)
    set_mood(house.lock, Mood.LOST_COMMAND, calls=3)
    house.run()
    while AccessCode.objects.get().attempts < 3:
        step(house, 0.25, seconds=5)
    step(house, 0.2, seconds=6)
    assert AccessCode.objects.get().written is None
    with transaction.atomic():
        lock = VirtualLock.objects.select_for_update().get(pk=house.lock.pk)
        memory.put(
            lock, CodeToPut(pin=pin, name=AccessCode.objects.get().appearance_name), now=timezone.now()
        )
        lock.save()
    wake_devices([house.doors[0].device_id], at=timezone.now())

    step(house, 5)
    assert house.opens(pin)
    assert not open_problems()
    assert stay.ends_at is not None
    house.at(stay.ends_at + 5 * MINUTE)

    assert not house.opens(pin)
    assert not LockCode.objects.filter(access_code=None).exists()


def test_code_that_turns_up_after_its_end_is_told_of(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="lockly")
    stay = book(house)
    house.at(stay.starts_at)
    pin = house.pin_of(stay)
    cancel(stay)
    house.run()
    assert AccessCode.objects.get().ended_at is not None

    add_foreign_code(house.lock, pin=pin, name="Anna Keller")
    house.at(stay.starts_at + 2 * HOUR)

    assert "former_code_on_device" in open_problems()


def test_f81_odd_name_on_the_lock_costs_no_guest_the_code(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    foreign = add_foreign_code(house.lock, pin="739182", name="Owner")
    type(foreign).objects.filter(pk=foreign.pk).update(name="N" * 100)
    stay = book(house)

    house.at(stay.starts_at)

    assert house.opens(house.pin_of(stay))


def test_p5_doors_with_pins_of_their_own_keep_them_through_an_absence(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    four = {"pin_lengths": [4]}
    house.doors.append(virtual_door(house.unit.property, "yale", now=timezone.now(), reports=four))
    stay = book(house)
    house.at(stay.starts_at + MINUTE)
    before = _pins()
    assert len(set(before.values())) == 2

    for ended_first in (False, True):
        booking.cancel_stay(stay, reason=CancelReason.ABSENCE, actor="test", now=timezone.now())
        if ended_first:
            house.run()
        booking.reinstate_stay(stay, actor="test", now=timezone.now())
        house.run()
        assert _pins() == before


def _pins() -> dict[int, str | None]:
    codes = AccessCode.objects.filter(revoked_at=None, ended_at=None)
    return {code.device_id: code.pin for code in codes}


def test_pin_that_was_shown_is_not_changed_by_a_refusal(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    reveal_pins(AccessGrant.objects.get(), actor="ana@example.org", now=timezone.now())
    pin = house.pin_of(stay)
    set_mood(house.lock, Mood.REJECTING, reason="duplicate_pin", only=Call.PUT)

    house.at(stay.starts_at)

    assert house.pin_of(stay) == pin
    assert {"arrival_in_danger", "failed_to_set_on_device"} <= open_problems()


def test_salto_lock_whose_answer_was_lost_holds_one_code_and_we_know_its_pin(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="salto_ks")
    stay = book(house)
    set_mood(house.lock, Mood.APPLIED_BUT_TIMEOUT, calls=1)

    house.at(stay.starts_at + MINUTE)

    assert house.lock.codes.count() == 1
    assert house.opens(house.pin_of(stay))


def test_salto_code_that_was_forgotten_and_then_done_in_silence_is_one_code_and_its_pin_is_told(
    travel: time_machine.Traveller,
) -> None:
    """The lock confirmed it with one PIN and forgot it; the second command was done with another, its answer lost."""
    house = build_house(travel, brand="salto_ks")
    set_mood(house.lock, Mood.LOST_WRITE, calls=1)
    set_mood(house.lock, Mood.APPLIED_BUT_TIMEOUT, calls=1)
    stay = book(house)
    step(house, 2)

    (held,) = house.lock.codes.all()
    code = AccessCode.objects.get()
    assert (code.pin, code.seen) == (held.pin, "present")
    assert house.pin_of(stay) == held.pin
    assert not Event.objects.filter(type__startswith="access_code.unmanaged").exists()
    assert not Event.objects.filter(type="access_code.modified_external_to_seam").exists()


def test_salto_code_that_was_deleted_outside_comes_back_with_a_pin_that_is_told(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="salto_ks")
    stay = book(house)
    house.at(stay.starts_at + MINUTE)
    delete_from_outside(house.lock, house.lock.codes.get().slot)

    step(house, 12, seconds=60)

    assert house.opens(house.pin_of(stay))
    assert Event.objects.filter(type="pin.issued").count() == 1


def test_f66_account_that_is_refused_stays_disconnected_while_its_locks_time_out(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="nuki")
    house.doors.append(virtual_door(house.unit.property, "nuki", now=timezone.now()))
    stay = book(house)
    house.at(stay.starts_at + MINUTE)
    set_mood(lock_of(house.doors[0]), Mood.DISCONNECTED)
    set_mood(lock_of(house.doors[1]), Mood.OFFLINE)

    step(house, 30, seconds=60)

    assert Event.objects.filter(type="connected_account.disconnected").count() == 1
    assert Account.objects.get().status == "disconnected"


def test_lock_not_read_for_a_day_is_not_called_active(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + MINUTE)
    set_mood(house.lock, Mood.OFFLINE)

    house.at(stay.starts_at + 2 * HOUR)
    assert access_of_stay(stay, now=timezone.now()).state is CodeState.ACTIVE
    house.at(stay.starts_at + 2 * DAY)

    assert access_of_stay(stay, now=timezone.now()).state is CodeState.UNKNOWN
    assert house.opens(house.pin_of(stay))


def test_f57_shared_entrance_lets_all_guests_in_on_time(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="smartthings")
    arriving = dt.date(2027, 3, 2)
    units = [make_unit(house.unit.property) for _ in range(25)]
    stays = [
        make_stay(unit, arrival_date=arriving, departure_date=LAST, now=timezone.now()) for unit in units
    ]
    start = stays[0].starts_at
    for minutes in (60, 58, 56, 54, 4, 3, 2, 1.5, 1, 0.5, 0):
        house.at(start - minutes * MINUTE)

    assert all(house.opens(house.pin_of(stay)) for stay in stays)
    assert busiest_minute(house.lock) <= 10
    assert not open_problems()


def test_place_that_becomes_free_is_taken_within_a_reading(travel: time_machine.Traveller) -> None:
    unit = make_unit()
    door = virtual_door(unit.property, "nuki", now=timezone.now(), reports={"max_codes": 1})
    house = House(travel, unit, [door])
    foreign = add_foreign_code(house.lock, pin="739182", name="Owner")
    stay = book(house)
    house.at(stay.starts_at)
    assert "no_space_for_access_code_on_device" in open_problems()

    delete_from_outside(house.lock, foreign.slot)
    house.at(stay.starts_at + 11 * MINUTE)

    assert house.opens(house.pin_of(stay))
