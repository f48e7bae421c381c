"""Somebody gives a guest's code other digits in the lock's app: ours are put back, and a manager may take theirs."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.declaring import swap_pin_after_clash
from access.issuing import issue_new_pin
from access.models import AccessCode, Event, LockCode
from locks.drivers.virtual.outside import edit_from_outside
from locks.models import Door
from properties.models import Stay
from tests.factories import lock_of, make_member, make_stay, virtual_door
from tests.pages import assert_is_page, signed_in, text_of
from tests.stack.conftest import travel
from tests.stack.house import HOUR, MINUTE, House, build_house

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)
ARRIVAL = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
THEIRS = "7391"


@pytest.fixture
def house(travel: time_machine.Traveller) -> House:
    return build_house(travel, brand="schlage")


def edit(door: Door, old: str, new: str) -> None:
    lock = lock_of(door)
    slot = next(one.slot for one in lock.codes.all() if one.pin == old)
    edit_from_outside(lock, slot, pin=new)


def staying(house: House) -> tuple[Stay, str]:
    """A guest who is inside, with the PIN of two doors."""
    house.doors.append(virtual_door(house.unit, "schlage", name="Back door"))
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 5))
    house.at(ARRIVAL - 2 * HOUR)
    house.at(ARRIVAL + MINUTE)
    house.run()
    return stay, house.pin_of(stay)


def edited(house: House) -> tuple[Stay, str, Client, AccessCode]:
    stay, pin = staying(house)
    edit(house.doors[0], pin, THEIRS)
    house.at(ARRIVAL + HOUR)
    house.at(ARRIVAL + HOUR + 5 * MINUTE)
    client = signed_in(make_member(stay.workspace))
    return stay, pin, client, AccessCode.objects.get(grant__stay=stay, device=house.doors[0].device)


def asked(client: Client, code: AccessCode) -> dict[str, str]:
    """What the confirmation sends along."""
    page = client.get(reverse("code-outside", args=[code.public_id])).content.decode()
    return dict(re.findall(r'type="hidden" name="(seen_at)" value="([^"]*)"', page))


def doors_that_open(house: House, pin: str) -> int:
    return sum(house.opens(pin, door) for door in house.doors)


def test_guests_digits_are_put_back_and_a_person_is_asked(house: House) -> None:
    stay, pin, client, code = edited(house)

    assert (doors_that_open(house, pin), doors_that_open(house, THEIRS)) == (2, 0)
    page = client.get(reverse("stay-detail", args=[stay.public_id]))
    today = client.get(reverse("board"))
    assert "Shall the others be the guest" in text_of(page)
    assert "Edited at the lock" in text_of(today)
    assert THEIRS not in page.content.decode() + today.content.decode()
    assert_is_page(client.get(reverse("code-outside", args=[code.public_id])))


def test_their_digits_become_the_guests_on_every_door(house: House) -> None:
    stay, pin, client, code = edited(house)

    answer = client.post(reverse("code-outside", args=[code.public_id]), asked(client, code), follow=True)
    house.run()
    house.at(ARRIVAL + HOUR + 10 * MINUTE)

    assert "it is on its way to every door of the stay" in text_of(answer)
    assert (doors_that_open(house, pin), doors_that_open(house, THEIRS)) == (0, 2)
    assert house.pin_of(stay) == THEIRS
    assert "Shall the others be" not in text_of(client.get(reverse("stay-detail", args=[stay.public_id])))
    issued = Event.objects.filter(type="pin.issued").latest("pk")
    assert issued.data["reason"] == "taken over from the lock"
    assert not LockCode.objects.filter(other_pin_at__isnull=False).exists()


def test_ours_stay_where_a_person_says_so(house: House) -> None:
    _, pin, client, code = edited(house)

    client.post(reverse("code-outside-keep", args=[code.public_id]))
    again = client.post(reverse("code-outside", args=[code.public_id]), follow=True)
    house.at(ARRIVAL + 2 * HOUR)

    assert "There is nothing to decide" in text_of(again)
    assert (doors_that_open(house, pin), doors_that_open(house, THEIRS)) == (2, 0)


def test_digits_that_another_door_has_for_somebody_else_are_refused(house: House) -> None:
    stay, pin, client, code = edited(house)
    other = make_stay(house.unit, arrival_date=dt.date(2027, 3, 5), departure_date=dt.date(2027, 3, 12))
    house.run()
    theirs = house.pin_of(other)
    LockCode.objects.filter(access_code=code).update(other_pin=theirs, other_pin_at=timezone.now())

    answer = client.post(reverse("code-outside", args=[code.public_id]), asked(client, code), follow=True)

    assert "Somebody else has this code at " in text_of(answer)
    assert house.pin_of(stay) == pin


def test_digits_that_were_taken_over_do_not_change_again_without_a_word(house: House) -> None:
    stay, _, client, code = edited(house)

    client.post(reverse("code-outside", args=[code.public_id]), asked(client, code))

    assert house.pin_of(stay) == THEIRS
    assert not swap_pin_after_clash(AccessCode.objects.get(pk=code.pk), now=timezone.now())
    assert house.pin_of(stay) == THEIRS


def test_lock_that_chooses_its_codes_is_asked_for_no_other_ones(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="salto_ks")
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 5))
    house.at(ARRIVAL - 2 * HOUR)
    house.at(ARRIVAL + MINUTE)
    house.run()
    code = AccessCode.objects.get(grant__stay=stay)
    assert code.pin is not None
    edit(house.doors[0], code.pin, "739152")
    house.at(ARRIVAL + HOUR)
    house.at(ARRIVAL + HOUR + 5 * MINUTE)

    assert not LockCode.objects.filter(other_pin_at__isnull=False).exists()


def test_digits_are_not_taken_where_another_door_chooses_its_own(house: House) -> None:
    house.doors.append(virtual_door(house.unit, "salto_ks", name="Garage"))
    stay, pin, client, code = edited(house)

    answer = client.post(reverse("code-outside", args=[code.public_id]), asked(client, code), follow=True)

    assert "chooses its codes itself" in text_of(answer)
    assert house.pin_of(stay) == pin


def test_what_we_changed_ourselves_is_nobody_elses_doing(house: House) -> None:
    stay, _ = staying(house)
    issue_new_pin(stay.grants.get(), actor="ana", now=timezone.now())
    house.run()
    house.at(ARRIVAL + HOUR)

    assert not LockCode.objects.filter(other_pin_at__isnull=False).exists()


def test_digits_that_changed_since_the_question_was_read_are_not_taken(house: House) -> None:
    stay, pin, client, code = edited(house)
    seen = asked(client, code)
    edit(house.doors[0], pin, "8264")
    house.at(ARRIVAL + 2 * HOUR)
    house.at(ARRIVAL + 2 * HOUR + 5 * MINUTE)

    for sent in (seen, {}, {"seen_at": "yesterday"}):
        answer = client.post(reverse("code-outside", args=[code.public_id]), sent, follow=True)
        assert "Other digits were found at the lock since you were asked" in text_of(answer)
    house.run()

    assert house.pin_of(stay) == pin
    assert "Shall the others be" in text_of(client.get(reverse("stay-detail", args=[stay.public_id])))
    client.post(reverse("code-outside", args=[code.public_id]), asked(client, code))
    assert house.pin_of(stay) == "8264"
