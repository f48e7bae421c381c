"""A lock is left to others and taken back, with the keypad as the judge of what stays on it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.foreign import (
    ManagementRefused,
    convert_code,
    delete_foreign_code,
    manage_device,
    unmanage_device,
)
from access.foreign.consequences import of_managing, of_unmanaging
from access.issuing import put_pin
from access.models import AccessCode, Event, LockCode, Problem
from access.overview import access_of_stay
from access.states import CodeState
from locks.drivers.virtual.moods import Mood, clear_mood, set_mood
from locks.drivers.virtual.outside import delete_from_outside, edit_from_outside
from locks.models import Device
from locks.provisioning import sync_account_devices
from properties import booking
from properties.enums import CancelReason
from properties.models import Stay, Workspace
from tests.access.foreign.strangers import ACTOR, commands, events, place_of, read_again, stranger
from tests.factories import make_account, make_stay, make_virtual_lock
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house

pytestmark = pytest.mark.django_db(transaction=True)


def leave(house: House) -> None:
    unmanage_device(house.doors[0].device, actor=ACTOR, now=timezone.now())
    house.run()


def take_back(house: House) -> None:
    manage_device(house.doors[0].device, actor=ACTOR, now=timezone.now())
    house.run()


def book(house: House, *, day: int = 2) -> Stay:
    return make_stay(house.unit, arrival_date=dt.date(2027, 3, day), now=timezone.now())


@pytest.mark.parametrize("brand", ["nuki", "lockly"])
def test_codes_stay_on_a_lock_that_is_left_and_are_unmanaged(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    stay, later = book(house), book(house, day=25)
    house.at(stay.starts_at + HOUR)
    pin, code = house.pin_of(stay), AccessCode.objects.get(grant__stay=stay)
    before = commands(house.lock)

    leave(house)
    house.at(timezone.now() + HOUR)

    place = LockCode.objects.get()
    assert house.opens(pin)
    assert (place.public_id, place.access_code) == (code.public_id, None)
    assert commands(house.lock) == before
    assert not AccessCode.objects.filter(ended_at=None).exists()
    assert not Problem.objects.filter(cleared_at=None).exists()
    for one in (stay, later):
        door = access_of_stay(one, now=timezone.now()).doors[0]
        assert (door.state, door.reason) == (CodeState.HELD, "Keyturn does not manage this lock.")
    told = events(house, but=("stay.", "lock."))
    assert "device.converted_to_unmanaged" in told
    assert told.count("access_code.deleted") == 1


def test_native_code_runs_out_by_itself_and_the_lock_is_read_but_never_written(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    pin, before = house.pin_of(stay), commands(house.lock)
    leave(house)
    assert stay.ends_at is not None

    house.at(stay.ends_at - MINUTE)
    assert house.opens(pin)
    house.at(stay.ends_at + HOUR)
    assert not house.opens(pin)

    edit_from_outside(house.lock, house.lock.codes.get().slot, pin="864275")
    stranger(house, "597135", name="Owner")
    set_mood(house.lock, Mood.OFFLINE)
    house.at(timezone.now() + HOUR)
    clear_mood(house.lock, Mood.OFFLINE)
    house.at(timezone.now() + HOUR)

    assert commands(house.lock) == before
    assert LockCode.objects.filter(access_code=None).count() == 2
    assert Device.objects.get().online


def test_what_was_to_be_removed_is_still_removed(travel: time_machine.Traveller) -> None:
    """A revoked code, one that had run out, and the pool's: nobody else would take them off."""
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    pin, device = house.pin_of(stay), house.doors[0].device
    backup = AccessCode(device=device, name="Backup", is_backup=True)
    put_pin(backup, "597135")
    backup.save()
    Workspace.objects.update(backup_pool_size=1)
    read_again(house)
    assert house.opens("597135")
    set_mood(house.lock, Mood.OFFLINE)
    booking.cancel_stay(stay, reason=CancelReason.PERSON, actor="test", now=timezone.now())

    leave(house)
    clear_mood(house.lock, Mood.OFFLINE)
    for _ in range(4):
        house.at(timezone.now() + 3 * MINUTE)

    assert not house.opens(pin)
    assert not house.opens("597135")
    assert not AccessCode.objects.filter(ended_at=None).exists()


def test_new_stays_get_no_code_there(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    leave(house)

    stay = book(house)
    house.at(stay.starts_at + HOUR)

    assert not AccessCode.objects.exists()
    assert commands(house.lock) == []


def test_guests_code_is_used_again_where_it_still_stands(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    pin, before = house.pin_of(stay), commands(house.lock)
    code = AccessCode.objects.get()
    leave(house)

    take_back(house)
    house.at(timezone.now() + HOUR)

    code.refresh_from_db()
    assert (code.ended_at, code.is_managed, code.revoked_at) == (None, True, None)
    assert house.pin_of(stay) == pin
    assert house.opens(pin)
    assert commands(house.lock) == before
    assert access_of_stay(stay, now=timezone.now()).state is CodeState.ACTIVE
    assert stay.ends_at is not None
    house.at(stay.ends_at + MINUTE)
    house.at(stay.ends_at + 3 * MINUTE)
    assert not house.lock.codes.exists()


def test_stay_that_moved_meanwhile_has_its_window_put_right(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    pin = house.pin_of(stay)
    leave(house)
    details = booking.details_of(stay)
    moved = details.__class__(
        **{
            **{name: getattr(details, name) for name in details.__dataclass_fields__},
            "departure_date": dt.date(2027, 3, 9),
        }
    )
    stay = booking.save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=moved,
        actor="t",
        now=timezone.now(),
    ).stay

    take_back(house)
    house.at(timezone.now() + MINUTE)

    assert stay.ends_at is not None
    house.at(stay.ends_at - MINUTE)
    assert house.opens(pin)
    assert house.lock.codes.count() == 1


def test_code_that_was_deleted_meanwhile_is_declared_anew_with_the_same_pin(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    pin = house.pin_of(stay)
    leave(house)
    delete_from_outside(house.lock)
    house.at(timezone.now() + 2 * HOUR)

    take_back(house)
    house.at(timezone.now() + 2 * MINUTE)

    assert house.pin_of(stay) == pin
    assert house.opens(pin)


def test_code_that_others_edited_meanwhile_stays_theirs(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    pin = house.pin_of(stay)
    leave(house)
    edit_from_outside(house.lock, house.lock.codes.get().slot, pin="864275")
    house.at(timezone.now() + HOUR)

    take_back(house)
    house.at(timezone.now() + 2 * MINUTE)

    assert house.opens("864275")
    assert house.opens(pin)
    assert LockCode.objects.filter(access_code=None, pin_key__isnull=False).count() == 1


def test_code_of_a_cancelled_stay_is_not_managed_again(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    pin, before = house.pin_of(stay), commands(house.lock)
    leave(house)
    booking.cancel_stay(stay, reason=CancelReason.PERSON, actor="test", now=timezone.now())

    take_back(house)
    house.at(timezone.now() + HOUR)

    assert house.opens(pin)
    assert commands(house.lock) == before
    assert LockCode.objects.get().access_code is None


def test_both_are_done_once(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    device = house.doors[0].device
    for act in (unmanage_device, unmanage_device, manage_device, manage_device):
        act(device, actor=ACTOR, now=timezone.now())

    told = Event.objects.filter(device=device, type__contains="converted_to").values_list("type", flat=True)
    assert sorted(told) == ["device.converted_to_unmanaged", "device.unmanaged.converted_to_managed"]


def test_codes_of_an_unmanaged_lock_are_left_alone(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    place = place_of(house, stranger(house))
    leave(house)

    for act in (convert_code, delete_foreign_code):
        with pytest.raises(ManagementRefused) as caught:
            act(place, actor=ACTOR, now=timezone.now())
        assert caught.value.type == "device_unmanaged"


def test_consequences_are_said_with_numbers(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="lockly")
    stay = book(house)
    book(house, day=25)
    house.at(stay.starts_at + HOUR)
    device = house.doors[0].device

    said = " ".join(of_unmanaging(device, now=timezone.now()))
    assert "1 code on it now stays there" in said
    assert "remove it yourself" in said
    assert "1 code still to come to this lock ends here" in said
    leave(house)
    assert "1 unmanaged code on the lock stays as before" in " ".join(of_managing(device))


@pytest.mark.parametrize("managed", [True, False])
def test_seam_14_new_devices_begin_as_their_account_says(
    travel: time_machine.Traveller, managed: bool
) -> None:
    account = make_account(manages_new_devices=managed)
    make_virtual_lock(account_key=account.credentials["account_key"])

    sync_account_devices(account, now=timezone.now())

    assert Device.objects.get(account=account).is_managed is managed


def test_pool_problems_end_with_the_pool(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    device = house.doors[0].device
    Problem.objects.create(
        workspace=device.account.workspace, kind="error", code="empty_backup_access_code_pool",
        message="x", device=device, raised_at=timezone.now() - DAY,
    )  # fmt: skip

    leave(house)

    assert not Problem.objects.filter(cleared_at=None).exists()
