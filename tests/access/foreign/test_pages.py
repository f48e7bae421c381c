"""The unmanaged part of a lock's page, and the acts that start there: words first, then a button."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from access.models import AccessCode, Event, LockCode
from locks.models import Device
from tests.factories import NOW
from tests.pages import assert_is_page, signed_in, text_of
from tests.world import FOREIGN_PIN, World, make_world


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(db: None) -> World:
    return make_world("Quay", now=NOW)


@pytest.fixture
def owner(world: World) -> Client:
    return signed_in(world.owner)


@pytest.fixture
def place(world: World) -> LockCode:
    return world.device.lock_codes.get(ref="2")


def page_of(client: Client, device: Device) -> Any:
    return client.get(reverse("device-detail", args=[device.public_id]))


def test_unmanaged_codes_are_listed_without_their_pins(owner: Client, world: World, place: LockCode) -> None:
    answer = page_of(owner, world.device)

    assert_is_page(answer)
    page = answer.content.decode()
    assert f"“{place.name}”" in page
    assert FOREIGN_PIN not in page
    for name in ("foreign-convert", "foreign-delete", "foreign-reveal"):
        assert reverse(name, args=[place.public_id]) in page
    assert reverse("device-unmanage", args=[world.device.public_id]) in page


def test_staff_sees_codes_and_no_buttons(world: World, place: LockCode) -> None:
    page = page_of(signed_in(world.staff), world.device).content.decode()

    assert f"“{place.name}”" in page
    assert FOREIGN_PIN not in page
    assert "foreign" not in str([name for name in ("unmanaged-codes/",) if name in page])
    assert "unmanaged-codes/" not in page


def test_look_at_a_pin_is_written_down(owner: Client, world: World, place: LockCode) -> None:
    answer = owner.post(reverse("foreign-reveal", args=[place.public_id]))

    assert_is_page(answer)
    assert FOREIGN_PIN in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    event = Event.objects.get(type="pin.revealed")
    assert (event.actor, event.device, event.data["name"]) == (world.owner.email, world.device, place.name)
    assert FOREIGN_PIN not in str(event.data)


def test_code_is_managed_with_the_flag_that_was_ticked(owner: Client, world: World, place: LockCode) -> None:
    address = reverse("foreign-convert", args=[place.public_id])
    asked = owner.get(address)
    assert_is_page(asked)
    assert "nothing is sent to the lock" in text_of(asked)

    answer = owner.post(address, {"allow_external_modification": "on"}, follow=True)

    code = AccessCode.objects.get(public_id=place.public_id)
    assert (code.is_managed, code.allow_external_modification) == (True, True)
    assert "just as it stands" in text_of(answer)


def test_refusal_is_told_in_the_form(owner: Client, world: World, place: LockCode) -> None:
    LockCode.objects.update(pin=None, pin_key=None)

    answer = owner.post(reverse("foreign-convert", args=[place.public_id]))

    assert answer.status_code == 422
    assert "the lock doesn't tell the pin" in text_of(answer).lower().replace("&#x27;", "'")
    assert Event.objects.filter(type="access_code.unmanaged.failed_to_convert_to_managed").count() == 1


def test_code_is_deleted_after_a_question(owner: Client, world: World, place: LockCode) -> None:
    address = reverse("foreign-delete", args=[place.public_id])
    assert "did not make this code" in text_of(owner.get(address))
    assert not AccessCode.objects.filter(is_managed=False).exists()

    page = text_of(owner.post(address, follow=True))

    assert AccessCode.objects.get(is_managed=False).revoked_at == NOW
    assert "is being removed" in page
    assert "Being removed" in page


def test_lock_is_left_and_taken_back_with_the_consequences_in_words(owner: Client, world: World) -> None:
    leave = reverse("device-unmanage", args=[world.device.public_id])
    assert "never writes to it" in text_of(owner.get(leave))

    page = text_of(owner.post(leave, follow=True))
    assert "Keyturn does not manage this lock" in page
    assert not Device.objects.get(pk=world.device.pk).is_managed

    back = reverse("device-manage", args=[world.device.public_id])
    assert "get their codes on this lock again" in text_of(owner.get(back))
    owner.post(back)
    assert Device.objects.get(pk=world.device.pk).is_managed
