"""Other writers at the lock: a second lock manager, an owner in the maker's app, codes that look like nothing or like
ours. What the lock would open, and how often it was written to, decide."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.issuing import issue_new_pin, reveal_pins
from access.models import AccessGrant, Event, Problem
from locks.drivers.virtual.logbook import busiest_minute, commands, writes
from locks.drivers.virtual.moods import Mood, set_mood
from locks.drivers.virtual.outside import add_foreign_code, change_pin_length, edit_from_outside
from properties.booking import GuestDetails
from properties.models import Stay
from tests.factories import make_stay
from tests.stack.house import HOUR, MINUTE, House, build_house, step
from tests.stack.test_trouble import open_problems

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, LAST = dt.date(2027, 3, 2), dt.date(2027, 3, 9)


def book(house: House, name: str = "Anna Keller", *, first: dt.date = FIRST, last: dt.date = LAST) -> Stay:
    return make_stay(
        house.unit,
        arrival_date=first,
        departure_date=last,
        guest=GuestDetails(name=name),
        now=timezone.now(),
    )


def test_f45_f46_code_of_zeros_is_a_code_and_no_empty_place(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="kwikset", time_zone="UTC")
    stay = book(house)
    house.at(stay.starts_at - HOUR)
    house.at(stay.starts_at)
    slot = house.lock.codes.get().slot
    before = writes(house.lock)

    edit_from_outside(house.lock, slot, pin="0000")
    assert house.opens("0000"), "legal on this lock"
    step(house, 4)

    assert not house.opens("0000")
    assert house.opens(house.pin_of(stay))
    assert house.lock.codes.get().slot == slot
    assert writes(house.lock) - before == 1
    assert commands(house.lock, since=stay.starts_at + MINUTE) <= 16


def test_f45_owners_code_of_zeros_starts_no_clearing(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="schlage")
    add_foreign_code(house.lock, pin="0000", name="Owner")
    before = commands(house.lock)

    step(house, 5)

    assert writes(house.lock) == 0
    assert commands(house.lock) - before <= 3
    assert house.opens("0000")
    assert house.doors[0].device.lock_codes.get().access_code is None


def test_f48_new_length_of_codes_at_the_lock_ends_in_pins_of_that_length(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="schlage", time_zone="UTC")
    stay, later = book(house), book(house, first=dt.date(2027, 5, 1), last=dt.date(2027, 5, 4))
    house.at(stay.starts_at)
    assert house.opens(house.pin_of(stay))
    before = writes(house.lock)

    change_pin_length(house.lock, 7)
    step(house, 4)

    assert [len(house.pin_of(one)) for one in (stay, later)] == [7, 7]
    assert house.opens(house.pin_of(stay))
    assert writes(house.lock) - before <= 2, "the one that showed what had happened, and the one that fits"
    assert not open_problems()
    assert Event.objects.filter(type="pin.issued").count() == 2


def test_f48_guests_who_know_their_pins_are_told_of_when_the_length_changes(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="schlage", time_zone="UTC")
    stay, later = book(house), book(house, first=dt.date(2027, 5, 1), last=dt.date(2027, 5, 4))
    house.at(stay.starts_at)
    for grant in AccessGrant.objects.all():
        reveal_pins(grant, actor="ana@example.org", now=timezone.now())
    pins = [house.pin_of(one) for one in (stay, later)]
    before = writes(house.lock)

    change_pin_length(house.lock, 7)
    step(house, 30, seconds=60)

    assert [house.pin_of(one) for one in (stay, later)] == pins
    assert writes(house.lock) - before <= 1
    failed = Problem.objects.filter(code="failed_to_set_on_device", cleared_at=None)
    assert set(failed.values_list("access_code__grant__stay", flat=True)) == {stay.pk, later.pk}
    assert {problem.message for problem in failed} == {"A code for this lock needs 7 digits."}

    for grant in AccessGrant.objects.all():
        issue_new_pin(grant, actor="ana@example.org", now=timezone.now())
    step(house, 2)
    assert house.opens(house.pin_of(stay))
    assert not open_problems()


@pytest.mark.parametrize("brand", ["nuki", "lockly"])
def test_f76_second_manager_that_undoes_each_write_gets_no_storm(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    stay = book(house)
    house.at(stay.starts_at - HOUR)
    house.at(stay.starts_at)
    before = writes(house.lock)

    for _ in range(120):
        code = house.lock.codes.get()
        if code.pin == house.pin_of(stay):
            edit_from_outside(house.lock, code.slot, pin="618293")
        house.at(timezone.now() + dt.timedelta(seconds=15))

    assert writes(house.lock) - before <= 16, "half an hour"
    assert busiest_minute(house.lock, since=stay.starts_at + 5 * MINUTE) == 1
    step(house, 3)
    assert house.opens(house.pin_of(stay)), "as soon as the other one gives up"
    assert Event.objects.filter(type="access_code.modified_external_to_seam").exists()


@pytest.mark.parametrize("brand", ["schlage", "wyze"])
@pytest.mark.parametrize("hidden", [False, True])
def test_f88_code_of_the_same_label_and_another_pin_is_not_taken_for_ours(
    travel: time_machine.Traveller, brand: str, hidden: bool
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    if not hidden:
        house.run()
    add_foreign_code(house.lock, pin="7391", name="Anna Keller"[:9])
    stay = book(house, "Anna Keller"[:9])
    if hidden:
        set_mood(house.lock, Mood.REJECTING, reason="duplicate_name", calls=1)

    house.at(stay.starts_at - MINUTE)
    step(house, 3)

    assert house.opens(house.pin_of(stay))
    assert house.opens("7391")
    assert len({code.name for code in house.lock.codes.all()}) == 2
    assert not open_problems()
