"""A foreign code is removed on a person's word: when the lock can be reached, until it is seen gone, and told once."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from access.foreign import ManagementRefused, conflict_of, convert_code, delete_foreign_code
from access.models import AccessCode, AccessGrant, LockCode, Problem
from access.overview import access_of_stay
from access.states import CodeState
from locks.drivers.virtual.moods import Mood, clear_mood, set_mood
from locks.drivers.virtual.outside import add_foreign_code, delete_from_outside
from tests.access.foreign.strangers import ACTOR, commands, events, place_of, read_again, stranger
from tests.factories import make_member, make_stay
from tests.pages import signed_in, text_of
from tests.stack.house import DAY, HOUR, MINUTE, build_house

pytestmark = pytest.mark.django_db(transaction=True)


def delete(place: LockCode) -> AccessCode:
    return delete_foreign_code(place, actor=ACTOR, now=timezone.now())


@pytest.mark.parametrize("brand", ["schlage", "lockly", "igloohome", "smartthings", "wyze"])
def test_deleted_code_leaves_the_lock_and_is_told_once(travel: time_machine.Traveller, brand: str) -> None:
    pin = "7391" if brand == "schlage" else "739164"
    house = build_house(travel, brand=brand)
    place = place_of(house, stranger(house, pin))

    delete(place)
    house.run()
    house.at(timezone.now() + 2 * MINUTE)
    house.at(timezone.now() + DAY)

    assert not house.opens(pin)
    assert commands(house.lock) == [f"remove {place.ref}"]
    assert not LockCode.objects.exists()
    assert events(house) == ["access_code.unmanaged.created", "access_code.unmanaged.removed"]
    assert not AccessCode.objects.filter(ended_at=None).exists()
    assert not Problem.objects.filter(cleared_at=None).exists()


def test_lock_that_is_offline_is_waited_for(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    place = place_of(house, stranger(house))
    set_mood(house.lock, Mood.OFFLINE)

    code = delete(place)
    for _ in range(3):
        house.at(timezone.now() + HOUR)
    assert house.opens("7391")
    assert events(house) == ["access_code.unmanaged.created"]
    clear_mood(house.lock, Mood.OFFLINE)
    house.at(timezone.now() + 11 * MINUTE)
    house.at(timezone.now() + 2 * MINUTE)

    code.refresh_from_db()
    assert not house.opens("7391")
    assert code.ended_at is not None
    assert events(house)[-1] == "access_code.unmanaged.removed"


def test_asked_for_twice_it_is_one_removal(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    place = place_of(house, stranger(house))

    assert delete(place) == delete(place)
    with pytest.raises(ManagementRefused, match="just being removed"):
        convert_code(place, actor=ACTOR, now=timezone.now())
    house.run()

    assert commands(house.lock) == [f"remove {place.ref}"]


def test_removed_at_the_lock_meanwhile_needs_no_command(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    held = stranger(house)
    delete(place_of(house, held))
    delete_from_outside(house.lock, held.slot)

    house.run()

    assert commands(house.lock) == []
    assert events(house).count("access_code.unmanaged.removed") == 1


def test_another_code_in_the_same_place_is_not_the_one_that_was_meant(travel: time_machine.Traveller) -> None:
    """Nobody gave a word about what stands there now."""
    house = build_house(travel)
    held = stranger(house)
    set_mood(house.lock, Mood.OFFLINE)
    delete(place_of(house, held))
    delete_from_outside(house.lock, held.slot)
    house.lock.__class__.objects.filter(pk=house.lock.pk).update(next_slot=held.slot)
    newcomer = add_foreign_code(house.lock, pin="8642", name="Owner")
    assert newcomer.slot == held.slot
    clear_mood(house.lock, Mood.OFFLINE)

    house.at(timezone.now() + 11 * MINUTE)
    house.at(timezone.now() + HOUR)

    assert house.opens("8642")
    assert commands(house.lock) == []


def test_deleting_ends_a_clash(travel: time_machine.Traveller) -> None:
    """The guest keeps the PIN that was told; the foreign code that has it goes on a manager's word."""
    house = build_house(travel)
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 20), now=timezone.now())
    code = AccessCode.objects.get()
    pin = house.pin_of(stay)
    AccessGrant.objects.update(revealed_at=timezone.now())
    held = stranger(house, pin)
    house.at(stay.starts_at - 10 * HOUR)
    code.refresh_from_db()
    assert code.pin == pin
    place = place_of(house, held)
    in_the_way = {"unmanaged_access_code_id": str(place.public_id)}
    assert conflict_of(code) == in_the_way
    assert Problem.objects.get(code="duplicate_code_on_device", cleared_at=None).data == in_the_way

    delete(place)
    house.at(timezone.now() + MINUTE)
    house.at(stay.starts_at + MINUTE)

    assert house.opens(pin)
    assert house.pin_of(stay) == pin
    assert access_of_stay(stay, now=timezone.now()).state is CodeState.ACTIVE
    assert not house.lock.codes.filter(foreign=True).exists()


def test_brand_that_cannot_is_refused(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="kwikset")
    place = LockCode.objects.create(
        device=house.doors[0].device, ref="9", pin="7391", pin_key=7, first_seen_at=timezone.now()
    )

    with pytest.raises(ManagementRefused) as caught:
        delete(place)

    assert caught.value.type == "unsupported_device"


def test_code_of_ours_is_not_deleted_as_a_foreign_one(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 2), now=timezone.now())
    house.at(stay.starts_at)
    place = LockCode.objects.get()
    LockCode.objects.update(access_code=None)

    with pytest.raises(ManagementRefused) as caught:
        delete(place)

    assert caught.value.type == "access_code_managed"
    assert house.opens(house.pin_of(stay))


def test_removal_is_no_access_code_for_anybody(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 2), now=timezone.now())
    place = place_of(house, stranger(house))
    set_mood(house.lock, Mood.OFFLINE)
    delete(place)
    house.at(timezone.now() + HOUR)

    device = house.doors[0].device
    assert [line.code.grant.stay for line in access_of_stay(stay, now=timezone.now()).doors] == [stay]  # type: ignore[union-attr]  # both are there
    page = text_of(
        signed_in(make_member(stay.workspace)).get(reverse("device-detail", args=[device.public_id]))
    )
    assert page.count("“Cleaner”") == 1
    assert "Being removed" in page


def test_f18_first_reading_of_a_lock_with_codes_touches_none(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    pins = ["7391", "8642", "1597"]
    for number, pin in enumerate(pins):
        add_foreign_code(house.lock, pin=pin, name=f"Person {number}")
    AccessCode.objects.all().delete()

    house.run()
    read_again(house)
    read_again(house)

    assert [house.opens(pin) for pin in pins] == [True] * 3
    assert commands(house.lock) == []
    assert events(house) == ["access_code.unmanaged.created"] * 3


def test_foreign_pin_is_given_to_nobody(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    stranger(house)
    stays = [
        make_stay(house.unit, arrival_date=dt.date(2027, 4, 1) + number * 5 * DAY, now=timezone.now())
        for number in range(3)
    ]

    assert "7391" not in {house.pin_of(stay) for stay in stays}
