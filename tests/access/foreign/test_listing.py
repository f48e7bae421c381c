"""Foreign codes come and go with one event each, whatever places they take."""

from __future__ import annotations

import pytest
import time_machine
from django.utils import timezone

from access.foreign import convert_code, delete_foreign_code
from access.models import AccessCode, Event, LockCode
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import Mood, clear_mood, set_mood
from locks.drivers.virtual.outside import add_foreign_code, delete_from_outside, edit_from_outside
from tests.access.foreign.strangers import ACTOR, commands, events, place_of, read_again, stranger
from tests.stack.house import HOUR, MINUTE, build_house

pytestmark = pytest.mark.django_db(transaction=True)

CREATED, REMOVED = "access_code.unmanaged.created", "access_code.unmanaged.removed"


def test_each_comes_and_goes_once_and_events_name_it(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    held = stranger(house)
    place = place_of(house, held)
    for _ in range(3):
        read_again(house)
    delete_from_outside(house.lock, held.slot)
    for _ in range(3):
        read_again(house)

    told = Event.objects.filter(type__contains="unmanaged").order_by("pk")
    assert [event.type for event in told] == [CREATED, REMOVED]
    assert {event.data["access_code_id"] for event in told} == {str(place.public_id)}
    assert not LockCode.objects.exists()


def test_edit_of_a_foreign_code_keeps_its_id(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    place = place_of(house, held)

    edit_from_outside(house.lock, held.slot, pin="864275", name="Cleaners")
    read_again(house)

    after = place_of(house, held)
    assert (after.public_id, after.name, after.pin) == (place.public_id, "Cleaners", "864275")
    assert events(house) == [CREATED]


def test_who_takes_the_place_of_a_removed_code_is_another(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    place = place_of(house, held)
    set_mood(house.lock, Mood.OFFLINE)
    delete_foreign_code(place, actor=ACTOR, now=timezone.now())
    delete_from_outside(house.lock, held.slot)
    VirtualLock.objects.update(next_slot=held.slot)
    add_foreign_code(house.lock, pin="864275", name="Owner")
    clear_mood(house.lock, Mood.OFFLINE)

    house.at(timezone.now() + HOUR)

    assert events(house) == [CREATED, REMOVED, CREATED]
    after = LockCode.objects.get()
    assert (after.public_id == place.public_id, after.access_code) == (False, None)
    assert commands(house.lock) == []


def test_who_takes_the_place_of_our_code_is_found(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    code = convert_code(place_of(house, held), actor=ACTOR, now=timezone.now())
    house.run()
    delete_from_outside(house.lock, held.slot)
    VirtualLock.objects.update(next_slot=held.slot)
    add_foreign_code(house.lock, pin="864275", name="Owner")

    house.at(timezone.now() + 11 * MINUTE)
    house.at(timezone.now() + 2 * MINUTE)

    assert house.opens("739164")
    assert house.opens("864275")
    assert events(house).count(CREATED) == 2
    assert LockCode.objects.get(access_code=None).pin == "864275"
    code.refresh_from_db()
    assert code.ref != str(held.slot)
    assert not AccessCode.objects.exclude(pk=code.pk).exists()
