from __future__ import annotations

import logging

import pytest
from django.test import Client
from django.urls import reverse

from locks.drivers.base import RejectReason
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.moods import Mood, MoodSettings, moods_of
from locks.drivers.virtual.outside import add_foreign_code
from locks.models import Device, Door
from properties.models import Unit
from tests.factories import lock_of, make_device, make_member, make_unit, virtual_door
from tests.pages import HTMX, assert_is_page, signed_in, staff_of, text_of

pytestmark = pytest.mark.django_db

PIN = "48213"


@pytest.fixture
def unit() -> Unit:
    return make_unit()


@pytest.fixture
def owner(unit: Unit) -> Client:
    return signed_in(make_member(unit.property.workspace))


def test_virtual_lock_is_added(owner: Client, unit: Unit) -> None:
    form = owner.get(reverse("device-create"))
    answer = owner.post(reverse("device-create"), {"brand": "schlage", "name": "Front door 12"})

    assert_is_page(form)
    device = Device.objects.in_workspace(unit.property.workspace).get()
    assert answer["Location"] == reverse("device-detail", args=[device.public_id])
    assert (device.brand, device.name) == ("schlage", "Front door 12")


@pytest.mark.parametrize("wrong", [{"brand": "acme"}, {"name": ""}])
def test_bad_lock_is_refused(owner: Client, wrong: dict[str, str]) -> None:
    answer = owner.post(reverse("device-create"), {"brand": "schlage", "name": "Kept", **wrong})

    assert_is_page(answer, status=422)
    assert not Device.objects.exists()


def test_door_joins_a_lock_with_units(owner: Client, unit: Unit) -> None:
    device = make_device(unit.property.workspace)

    owner.post(
        reverse("door-create", args=[unit.property.public_id]),
        {"name": "Front door", "device": device.pk, "units": [unit.pk]},
    )

    door = Door.objects.get()
    assert (door.name, door.device, list(door.units.all()), door.serves_all_units) == (
        "Front door",
        device,
        [unit],
        False,
    )


def test_door_of_nobody_is_refused(owner: Client, unit: Unit) -> None:
    device = make_device(unit.property.workspace)

    answer = owner.post(
        reverse("door-create", args=[unit.property.public_id]), {"name": "Front door", "device": device.pk}
    )

    assert_is_page(answer, status=422)
    assert "Tick the units whose guests use this door" in text_of(answer)
    assert not Door.objects.exists()


def test_door_takes_neither_foreign_locks_nor_taken_ones(owner: Client, unit: Unit) -> None:
    foreign, taken = make_device(), virtual_door(unit).device

    for device in (foreign, taken):
        answer = owner.post(
            reverse("door-create", args=[unit.property.public_id]),
            {"name": "Back door", "device": device.pk, "serves_all_units": "on"},
        )
        assert answer.status_code == 422
    assert Door.objects.count() == 1


def test_door_is_changed_and_removed_after_a_question(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)
    edit, remove = (reverse(name, args=[door.public_id]) for name in ("door-edit", "door-remove"))

    assert_is_page(owner.get(edit))
    owner.post(edit, {"name": "Garden gate", "device": door.device_id, "serves_all_units": "on"})
    door.refresh_from_db()
    assert_is_page(owner.get(remove))
    kept = Door.objects.count()
    owner.post(remove)

    assert (door.name, door.serves_all_units, kept, Door.objects.count()) == ("Garden gate", True, 1, 0)


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(("typed", "verdict"), [(PIN, "The door opened"), ("11112", "The door stays shut")])
def test_keypad_answers_without_repeating_the_code(
    owner: Client,
    unit: Unit,
    caplog: pytest.LogCaptureFixture,
    headers: dict[str, str],
    typed: str,
    verdict: str,
) -> None:
    door = virtual_door(unit)
    add_foreign_code(lock_of(door), pin=PIN)

    with caplog.at_level(logging.DEBUG):
        answer = owner.post(
            reverse("device-keypad", args=[door.device.public_id]), {"pin": typed}, headers=headers
        )

    assert verdict in text_of(answer)
    assert typed not in answer.content.decode()
    assert typed not in caplog.text
    assert ("<html" in answer.content.decode()) is not bool(headers)


def test_keypad_takes_digits_only(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)

    answer = owner.post(reverse("device-keypad", args=[door.device.public_id]), {"pin": "open sesame"})

    assert_is_page(answer, status=422)
    assert "sesame" not in answer.content.decode()


def test_lock_is_told_how_to_misbehave(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)
    address = reverse("device-moods", args=[door.device.public_id])

    owner.post(address, {"mood": [Mood.OFFLINE, Mood.FULL]})
    both = set(moods_of(lock_of(door)))
    owner.post(address, {"mood": [Mood.FULL]})

    assert (both, set(moods_of(lock_of(door)))) == ({Mood.OFFLINE, Mood.FULL}, {Mood.FULL})
    assert_is_page(owner.get(reverse("device-keypad", args=[door.device.public_id])))


def test_staff_may_press_the_keypad_but_not_change_moods(unit: Unit) -> None:
    door = virtual_door(unit)
    staff = staff_of(unit.property.workspace)

    pressed = staff.post(reverse("device-keypad", args=[door.device.public_id]), {"pin": "1234"})
    moods = staff.post(reverse("device-moods", args=[door.device.public_id]), {"mood": [Mood.FULL]})

    assert (pressed.status_code, moods.status_code) == (200, 403)
    assert "Make the lock misbehave" not in text_of(pressed)


def test_conditions_are_ticked_one_by_one(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)
    address = reverse("device-moods", args=[door.device.public_id])

    owner.post(
        address, {"condition": ["power_saving_mode", "privacy_mode"], "account_condition": ["setup_required"]}
    )
    owner.post(address, {"condition": ["privacy_mode", "no such thing"]})

    assert moods_of(lock_of(door)) == {Mood.CONDITION: MoodSettings(conditions=frozenset({"privacy_mode"}))}
    page = owner.get(reverse("device-keypad", args=[door.device.public_id]))
    assert 'value="privacy_mode" checked' in page.content.decode()


def test_one_mood_is_set_with_its_settings(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)
    address = reverse("device-mood", args=[door.device.public_id])

    wrong = owner.post(address, {"mood": "full", "seconds": "3"})
    owner.post(address, {"mood": "rejecting", "reason": "full", "calls": "2"})

    assert_is_page(wrong, status=422)
    assert "has no setting “seconds”" in text_of(wrong)
    assert moods_of(lock_of(door)) == {Mood.REJECTING: MoodSettings(reason=RejectReason.FULL, calls=2)}
    assert_is_page(owner.get(address))


def test_batteries_and_place_of_a_lock_are_changed(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)
    address = reverse("device-parts", args=[door.device.public_id])

    owner.post(address, {"battery_level": "12.5", "battery_chemistry": "nimh", "time_zone": "Europe/Zurich"})

    lock = lock_of(door)
    assert lock.battery_level == 0.125
    assert (lock.parts["battery_chemistry"], lock.parts["time_zone"]) == ("nimh", "Europe/Zurich")
    assert_is_page(owner.get(address))
    assert_is_page(owner.post(address, {"battery_level": "400"}), status=422)


def test_other_hands_change_a_lock_past_keyturn(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)
    address = reverse("device-hands", args=[door.device.public_id])

    empty = owner.post(address, {"deed": "edit"})
    owner.post(address, {"deed": "add", "name": "Old cleaner", "pin": "7391"})
    added = lock_of(door).codes.get()
    owner.post(address, {"deed": "edit", "place": added.slot, "pin": "7392"})
    opened = keypad(lock_of(door), "7392").opened
    owner.post(address, {"deed": "lock"})

    assert_is_page(empty, status=422)
    assert "Choose the code" in text_of(empty)
    assert (added.name, added.foreign, opened, lock_of(door).locked) == ("Old cleaner", True, True, True)
    assert f"{added.slot}: Old cleaner" in text_of(owner.get(address))
    owner.post(address, {"deed": "delete", "place": added.slot})
    assert not lock_of(door).codes.exists()
    again = owner.post(address, {"deed": "tamper"})
    assert again.headers["Location"] == reverse("device-detail", args=[door.device.public_id])


def test_a_lock_refuses_other_hands_as_it_refuses_keyturn(owner: Client, unit: Unit) -> None:
    door = virtual_door(unit)
    address = reverse("device-hands", args=[door.device.public_id])
    owner.post(address, {"deed": "add", "name": "One", "pin": "7391"})

    answer = owner.post(address, {"deed": "add", "name": "Two", "pin": "7391"})

    assert_is_page(answer, status=422)
    assert lock_of(door).codes.count() == 1
