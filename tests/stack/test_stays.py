"""From a booking to a door that opens, and to one that does not: the virtual keypad decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.issuing import issue_new_pin
from access.models import AccessCode, AccessGrant, Event
from access.overview import access_of_stay
from access.states import CodeState
from locks.brands import BRANDS
from locks.doors import remove_door
from locks.drivers.virtual.logbook import busiest_minute, writes
from locks.drivers.virtual.outside import add_foreign_code, delete_from_outside, edit_from_outside
from properties import booking
from properties.enums import CancelReason
from properties.models import Stay
from tests.factories import lock_of, make_stay, virtual_door
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house

pytestmark = pytest.mark.django_db(transaction=True)

ONLINE_BRANDS = [key for key, brand in BRANDS.items() if brand.capabilities.online_codes]
NATIVE_AND_NOT = ["nuki", "smartthings"]


def book(house: House, first: dt.date, last: dt.date, **fields: Any) -> Stay:
    return make_stay(house.unit, arrival_date=first, departure_date=last, now=timezone.now(), **fields)


def move(stay: Stay, *, last: dt.date) -> Stay:
    """The source sends the same booking with another departure."""
    details = replace(booking.details_of(stay), departure_date=last)
    saved = booking.save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=details,
        actor="test",
        now=timezone.now(),
    )
    return saved.stay


@pytest.mark.parametrize("brand", ONLINE_BRANDS)
def test_f01_stay_that_is_extended_and_shortened_keeps_its_pin(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 3))
    assert stay.ends_at is not None
    first_end = stay.ends_at
    house.at(stay.starts_at - HOUR)
    house.at(stay.starts_at + HOUR)
    pin = house.pin_of(stay)

    stay = move(stay, last=dt.date(2027, 3, 5))
    house.run()
    assert house.opens(pin)
    house.at(first_end + MINUTE)
    assert house.opens(pin)

    stay = move(stay, last=dt.date(2027, 3, 4))
    assert stay.ends_at is not None
    house.at(stay.ends_at - MINUTE)
    assert house.opens(pin)
    house.at(stay.ends_at + MINUTE)
    assert not house.opens(pin)
    assert house.pin_of(stay) == pin
    assert AccessCode.objects.count() == 1


@pytest.mark.parametrize("brand", ONLINE_BRANDS)
def test_stay_that_is_cancelled_leaves_no_code(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 9))
    house.at(stay.starts_at - HOUR)
    house.at(stay.starts_at + DAY)
    pin = house.pin_of(stay)
    assert house.opens(pin)

    booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())
    house.run()

    assert not house.opens(pin)
    assert house.lock.codes.count() == 0


@pytest.mark.parametrize("brand", ONLINE_BRANDS)
def test_f24_turnover_on_one_day_ends_the_old_pin_and_begins_the_new(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    leaving = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 4))
    arriving = book(house, dt.date(2027, 3, 4), dt.date(2027, 3, 6))
    assert leaving.ends_at is not None
    house.at(leaving.starts_at)
    old, new = house.pin_of(leaving), house.pin_of(arriving)
    assert old != new

    house.at(leaving.ends_at - MINUTE)
    assert (house.opens(old), house.opens(new)) == (True, False)
    house.at(leaving.ends_at + MINUTE)
    assert (house.opens(old), house.opens(new)) == (False, False)
    house.at(arriving.starts_at - MINUTE)
    assert (house.opens(old), house.opens(new)) == (False, False)
    house.at(arriving.starts_at)
    assert (house.opens(old), house.opens(new)) == (False, True)


@pytest.mark.parametrize("brand", ONLINE_BRANDS)
@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Europe/Zurich", dt.date(2027, 3, 26), dt.date(2027, 3, 29)),
        ("Europe/Zurich", dt.date(2027, 10, 29), dt.date(2027, 11, 1)),
        ("America/New_York", dt.date(2027, 3, 12), dt.date(2027, 3, 15)),
        ("America/New_York", dt.date(2027, 11, 5), dt.date(2027, 11, 8)),
        ("Pacific/Pago_Pago", dt.date(2027, 3, 5), dt.date(2027, 3, 8)),
        ("Pacific/Tongatapu", dt.date(2027, 3, 5), dt.date(2027, 3, 8)),
    ],
)
def test_f38_f71_f84_window_is_kept_in_local_time(
    travel: time_machine.Traveller, brand: str, zone: str, first: dt.date, last: dt.date
) -> None:
    house = build_house(travel, brand=brand, time_zone=zone)
    local = house.unit.property.zone
    stay = book(house, first, last)

    house.at(dt.datetime.combine(first, dt.time(14, 59), local))
    pin = house.pin_of(stay)
    # Schlage's lock system does not know the zone: its window is an hour longer where clocks change.
    assert not house.opens(pin) or brand == "schlage"
    house.at(dt.datetime.combine(first, dt.time(15, 0), local))
    assert house.opens(pin)
    house.at(dt.datetime.combine(last, dt.time(10, 59), local))
    assert house.opens(pin)
    house.at(dt.datetime.combine(last, dt.time(11, 1), local))
    assert not house.opens(pin)


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_f101_booking_made_minutes_before_arrival_or_after_opens_at_once(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    house.at(dt.datetime(2027, 3, 1, 20, 0, tzinfo=dt.UTC))
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 2))

    house.run()

    assert house.opens(house.pin_of(stay))


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_stay_on_a_lock_that_was_offline_opens_when_it_is_back(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    lock = house.lock
    lock.online = False
    lock.save()
    stay = book(house, dt.date(2027, 3, 2), dt.date(2027, 3, 4))
    house.at(stay.starts_at - MINUTE)
    assert AccessCode.objects.get().problems.filter(code="arrival_in_danger", cleared_at=None).exists()

    lock.online = True
    lock.save()
    house.at(stay.starts_at + 2 * MINUTE)

    assert house.opens(house.pin_of(stay))
    assert not AccessCode.objects.get().problems.filter(cleared_at=None).exists()


@pytest.mark.parametrize("brand", ["nuki", "smartthings", "wyze", "salto_ks"])
def test_p1_f44_f76_24_quiet_hours_cost_no_command(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 20))
    house.at(stay.starts_at)
    before = writes(house.lock)

    for hour in range(1, 25):
        house.at(stay.starts_at + hour * HOUR)

    assert writes(house.lock) == before


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_f08_new_code_replaces_the_old_one_on_every_door(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    house.doors.append(virtual_door(house.unit.property, brand=brand, now=timezone.now()))
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 20))
    house.at(stay.starts_at)
    old = house.pin_of(stay)

    issue_new_pin(AccessGrant.objects.get(), actor="ana@example.org", now=timezone.now())
    house.run()

    new = house.pin_of(stay)
    assert new != old
    for door in house.doors:
        assert (house.opens(old, door), house.opens(new, door)) == (False, True)


def test_f41_stay_gets_one_pin_for_all_its_doors_within_the_rules_of_each(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="nuki")
    for brand in ("ttlock", "kwikset", "tedee"):
        house.doors.append(virtual_door(house.unit.property, brand=brand, now=timezone.now()))
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 4))

    house.at(stay.starts_at - HOUR)  # Kwikset takes no start that has come
    house.at(stay.starts_at)

    pin = house.pin_of(stay)
    assert all(house.opens(pin, door) for door in house.doors)


def test_stay_on_doors_that_share_no_pin_gets_one_for_each(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    house.doors.append(
        virtual_door(house.unit.property, brand="schlage", reports={"pin_lengths": [4]}, now=timezone.now())
    )
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 4))

    house.at(stay.starts_at)

    for door in house.doors:
        code = AccessCode.objects.get(device=door.device)
        assert code.pin is not None
        assert house.opens(code.pin, door)
    assert AccessGrant.objects.get().pin_note


def test_f22_door_that_is_removed_loses_its_code_and_the_other_keeps_the_pin(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel)
    side = virtual_door(house.unit.property, brand="schlage", now=timezone.now())
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 4))
    house.at(stay.starts_at)
    pin, lock = house.pin_of(stay), lock_of(side)

    remove_door(side, actor="ana@example.org", now=timezone.now())
    house.run()

    assert lock.codes.count() == 0
    assert house.opens(pin)


def test_door_that_is_added_gets_the_pin_of_the_running_stay(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 4))
    house.at(stay.starts_at)

    house.doors.append(virtual_door(house.unit.property, brand="schlage", now=timezone.now()))
    house.run()

    assert house.opens(house.pin_of(stay), house.doors[1])


def test_p5_stay_that_dropped_out_and_came_back_keeps_its_pin(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    stay = book(house, dt.date(2027, 3, 2), dt.date(2027, 3, 4))
    house.run()
    pin = house.pin_of(stay)

    for gap in (dt.timedelta(0), DAY / 4):
        stay = booking.cancel_stay(stay, reason=CancelReason.ABSENCE, actor="test", now=timezone.now())
        if gap:
            house.run()
            assert house.lock.codes.count() == 0
        stay = booking.reinstate_stay(stay, actor="test", now=timezone.now())
        house.run()
        assert house.pin_of(stay) == pin

    house.at(stay.starts_at)
    assert house.opens(pin)


def test_f30_stay_that_was_cancelled_and_confirmed_again_gets_a_new_pin(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel)
    stay = book(house, dt.date(2027, 3, 2), dt.date(2027, 3, 4))
    house.run()
    pin = house.pin_of(stay)
    stay = booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())
    house.run()

    stay = booking.reinstate_stay(stay, actor="test", now=timezone.now())
    house.at(stay.starts_at)

    assert house.pin_of(stay) != pin
    assert (house.opens(pin), house.opens(house.pin_of(stay))) == (False, True)


def test_p4_f73_f86_foreign_codes_are_listed_and_never_touched(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    foreign = add_foreign_code(house.lock, pin="7391", name="Owner")
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 2))
    house.at(stay.starts_at)
    assert stay.ends_at is not None
    house.at(stay.ends_at + HOUR)

    assert house.opens("7391")
    assert [code.pk for code in house.lock.codes.all()] == [foreign.pk]
    device = house.doors[0].device
    assert device.lock_codes.get().access_code is None
    assert Event.objects.filter(device=device, type="access_code.unmanaged.created").count() == 1


def test_f73_f50_foreign_code_with_the_guests_pin_ends_in_another_pin(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    stay = book(house, dt.date(2027, 3, 10), dt.date(2027, 3, 12))
    pin = house.pin_of(stay)
    add_foreign_code(house.lock, pin=pin, name="Owner")

    house.at(stay.starts_at)

    assert house.pin_of(stay) != pin
    assert house.opens(house.pin_of(stay))


@pytest.mark.parametrize("brand", ["nuki", "lockly"])
def test_f74_code_that_someone_edits_or_deletes_is_put_right(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 9))
    house.at(stay.starts_at)
    pin = house.pin_of(stay)

    edit_from_outside(house.lock, house.lock.codes.get().slot, pin="618293")
    assert not house.opens(pin)
    house.at(stay.starts_at + 11 * MINUTE)
    assert (house.opens(pin), house.opens("618293")) == (True, False)

    delete_from_outside(house.lock, house.lock.codes.get().slot)
    house.at(stay.starts_at + 22 * MINUTE)
    assert house.opens(pin)
    types = set(Event.objects.values_list("type", flat=True))
    assert {"access_code.modified_external_to_seam", "access_code.deleted_external_to_seam"} <= types
    assert Event.objects.filter(type="access_code.changed", data__change="put right at the lock").count() == 1


def test_p7_lock_that_refuses_everything_gets_few_commands(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    for day in range(1, 15):
        book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 1 + day))
    for minute in range(30):
        house.at(dt.datetime(2027, 3, 1, 13, minute, tzinfo=dt.UTC))

    assert busiest_minute(house.lock) <= 10
    assert house.lock.codes.count() == 14


def test_f20_changed_buffers_move_the_window_of_codes_on_the_lock(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house, dt.date(2027, 3, 1), dt.date(2027, 3, 4))
    assert stay.ends_at is not None
    house.at(stay.starts_at)
    pin = house.pin_of(stay)

    booking.change_property_rules(
        house.unit.property, actor="ana@example.org", now=timezone.now(), buffer_after=60
    )
    house.at(stay.ends_at + 59 * MINUTE)

    assert house.opens(pin)
    house.at(stay.ends_at + 61 * MINUTE)
    assert not house.opens(pin)


def test_lock_that_takes_no_codes_from_a_distance_says_so_and_gets_no_command(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="dormakaba_oracode")
    nothing: dict[str, Any] = {"offline_kinds": []}
    house.doors.append(
        virtual_door(house.unit, brand="dormakaba_oracode", reports=nothing, now=timezone.now())
    )
    remove_door(house.doors.pop(0), actor="test", now=timezone.now())
    stay = book(house, dt.date(2027, 3, 5), dt.date(2027, 3, 8))

    house.at(stay.starts_at - MINUTE)

    assert writes(house.lock) == 0
    access = access_of_stay(stay, now=timezone.now())
    assert (access.state, access.reason) == (CodeState.FAILED, "This lock takes no codes from a distance.")
    assert (
        AccessCode.objects.get()
        .problems.filter(code="device_cannot_program_online_codes", cleared_at=None)
        .exists()
    )
