"""An unmanaged code becomes ours as it stands; the lock's own log proves that nothing was sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.facts import facts_of
from access.foreign import ManagementRefused, convert_code, unmanage_code
from access.models import AccessCode, Event, LockCode, Problem
from access.states import Status
from access.status import status
from locks.drivers.virtual.moods import Mood, clear_mood, set_mood
from locks.drivers.virtual.outside import delete_from_outside, edit_from_outside
from locks.models import Device
from locks.provisioning import connect_account, sync_account_devices
from tests.access.foreign.strangers import ACTOR, commands, events, place_of, read_again, stranger
from tests.factories import make_stay, make_workspace
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house

pytestmark = pytest.mark.django_db(transaction=True)


def convert(place: LockCode, **options: Any) -> AccessCode:
    return convert_code(place, actor=ACTOR, now=timezone.now(), **options)


def refusal(place: LockCode, **options: Any) -> str:
    with pytest.raises(ManagementRefused) as caught:
        convert(place, **options)
    assert caught.value.message.endswith(".")
    return caught.value.type


@pytest.mark.parametrize(
    ("brand", "pin"),
    [("schlage", "7391"), ("nuki", "739164"), ("lockly", "739164"), ("tedee", "739164"), ("salto_ks", None)],
)
def test_adopted_code_is_found_just_as_it_is(
    travel: time_machine.Traveller, brand: str, pin: str | None
) -> None:
    house = build_house(travel, brand=brand)
    held = stranger(house, pin)
    place, pin = place_of(house, held), str(held.pin)

    code = convert(place)
    for hours in (1, 5, 30):
        house.at(timezone.now() + hours * HOUR)

    code.refresh_from_db()
    assert code.public_id == place.public_id
    assert (code.pin, code.name, code.ref, code.is_managed) == (pin, "Cleaner", place.ref, True)
    assert commands(house.lock) == []
    assert house.opens(pin)
    assert status(facts_of(code), now=timezone.now()) is Status.SET
    assert events(house) == ["access_code.unmanaged.created", "access_code.unmanaged.converted_to_managed"]


def test_adopted_window_is_kept_and_runs_out(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    starts_at = timezone.now() + 10 * DAY
    place = place_of(house, stranger(house, "739164", starts_at=starts_at, ends_at=starts_at + DAY))

    code = convert(place)
    house.at(starts_at - DAY)
    house.at(starts_at + HOUR)
    assert commands(house.lock) == []
    assert house.opens("739164")
    house.at(starts_at + DAY + MINUTE)
    house.at(starts_at + DAY + 2 * MINUTE)

    code.refresh_from_db()
    assert code.ended_at is not None
    assert commands(house.lock) == [f"remove {place.ref}"]
    assert events(house)[-3:] == [
        "access_code.set_on_device", "access_code.removed_from_device", "access_code.deleted",
    ]  # fmt: skip


def test_adopted_code_without_a_name_costs_no_command(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    place = place_of(house, stranger(house, "739164", name=""))

    convert(place)
    house.at(timezone.now() + HOUR)

    assert commands(house.lock) == []


def test_adopted_code_that_is_edited_outside_is_put_right(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    convert(place_of(house, held))
    house.run()

    edit_from_outside(house.lock, held.slot, pin="861475")
    house.at(timezone.now() + 11 * MINUTE)

    assert house.opens("739164")
    assert not house.opens("861475")
    assert "access_code.modified_external_to_seam" in events(house)


def test_adopted_code_that_is_deleted_outside_is_set_again(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    code = convert(place_of(house, held))
    house.run()

    delete_from_outside(house.lock, held.slot)
    house.at(timezone.now() + 11 * MINUTE)
    house.at(timezone.now() + 2 * MINUTE)

    code.refresh_from_db()
    assert house.opens("739164")
    assert code.ended_at is None


def test_changes_of_others_are_left_where_that_is_allowed(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    code = convert(place_of(house, held), allow_external_modification=True)
    house.run()
    assert code.allow_external_modification

    edit_from_outside(house.lock, held.slot, pin="861475")
    house.at(timezone.now() + 11 * MINUTE)

    assert house.opens("861475")
    assert commands(house.lock) == []


@pytest.mark.parametrize("brand", ["igloohome", "smartthings"])
def test_brand_that_does_not_let_go_is_refused(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    place = place_of(house, stranger(house, "739164"))

    assert refusal(place) == "unsupported_device"

    place.refresh_from_db()
    assert place.access_code is None
    assert not AccessCode.objects.exists()
    failed = Event.objects.get(type="access_code.unmanaged.failed_to_convert_to_managed")
    assert failed.actor == ACTOR
    assert failed.data["access_code_id"] == str(place.public_id)


def test_pin_that_is_not_told_is_refused(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="wyze")

    assert refusal(place_of(house, stranger(house))) == "code_unreadable"


def test_code_that_is_switched_off_is_refused(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="lockly")
    held = stranger(house, "739164")
    edit_from_outside(house.lock, held.slot, enabled=False)
    read_again(house)

    assert refusal(place_of(house, held)) == "code_disabled"


@pytest.mark.parametrize(
    ("starts", "ends", "told"),
    [
        (1, None, "unsupported_time_frame"),
        (None, 1, "unsupported_time_frame"),
        (-3, -1, "access_code_expired"),
    ],
)
def test_window_that_we_could_not_keep_is_refused(
    travel: time_machine.Traveller, starts: int | None, ends: int | None, told: str
) -> None:
    house = build_house(travel, brand="nuki")
    now = timezone.now()
    bounds = [None if hours is None else now + hours * HOUR for hours in (starts, ends)]
    held = stranger(house, "739164", starts_at=bounds[0], ends_at=bounds[1])

    assert refusal(place_of(house, held)) == told


def test_pin_of_a_declared_code_is_refused_and_named(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 20), now=timezone.now())
    declared = AccessCode.objects.get(grant__stay=stay)
    held = stranger(house, house.pin_of(stay))
    declared = AccessCode.objects.get(grant__stay=stay, revoked_at=None)
    # The clash rules gave the guest another PIN; take the one that the guest has now.
    edit_from_outside(house.lock, held.slot, pin=declared.pin)
    AccessCode.objects.update(confirmed_at=timezone.now())
    place = place_of(house, held)
    place.pin, place.pin_key = declared.pin, declared.pin_key
    place.save()

    with pytest.raises(ManagementRefused) as caught:
        convert(place)

    assert caught.value.type == "duplicate_access_code"
    assert caught.value.code_id == str(declared.public_id)
    assert str(declared.pin) not in caught.value.message


def test_asked_for_twice_it_is_the_same_code(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    place = place_of(house, stranger(house))

    assert convert(place) == convert(place)
    house.run()

    assert AccessCode.objects.count() == 1
    assert events(house).count("access_code.unmanaged.converted_to_managed") == 1


def test_place_that_is_gone_is_refused(travel: time_machine.Traveller) -> None:
    house = build_house(travel)
    held = stranger(house)
    place = place_of(house, held)
    delete_from_outside(house.lock, held.slot)
    read_again(house)

    assert refusal(place) == "access_code_not_found"


def test_look_that_began_before_loses_nothing(travel: time_machine.Traveller) -> None:
    """A runner's stale look writes the place down as nobody's; asked for meanwhile, the code stays the one it is."""
    house = build_house(travel)
    place = place_of(house, stranger(house))
    code = convert(place)
    LockCode.objects.update(access_code=None)

    assert convert(LockCode.objects.get()) == code
    house.run()

    assert LockCode.objects.get().access_code == code


@pytest.mark.parametrize("mood", [Mood.OFFLINE, Mood.MASKED_READS, Mood.DISCONNECTED])
def test_f87_outage_and_mask_are_not_taken_for_removal(travel: time_machine.Traveller, mood: Mood) -> None:
    house = build_house(travel, brand="nuki")
    code = convert(place_of(house, stranger(house, "739164")))
    other = stranger(house, "864275", name="Owner")
    house.run()

    set_mood(house.lock, mood)
    house.at(timezone.now() + 11 * MINUTE)
    house.at(timezone.now() + 11 * MINUTE)
    clear_mood(house.lock, mood)
    house.at(timezone.now() + 11 * MINUTE)

    code.refresh_from_db()
    assert code.ended_at is None
    assert commands(house.lock) == []
    assert [one for one in events(house) if "removed" in one or "external" in one] == []
    assert place_of(house, other).pin == "864275"


def test_f79_lock_that_is_reset_gets_our_codes_again_and_foreign_ones_are_gone(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="nuki")
    convert(place_of(house, stranger(house, "739164")))
    stranger(house, "864275", name="Owner")
    house.run()

    delete_from_outside(house.lock)
    house.at(timezone.now() + 11 * MINUTE)
    house.at(timezone.now() + 2 * MINUTE)

    assert house.opens("739164")
    assert not house.opens("864275")
    assert events(house).count("access_code.unmanaged.removed") == 1
    assert "access_code.deleted_external_to_seam" in events(house)


def second_workspace(house: House) -> Device:
    """The same lock, in another workspace's account."""
    account = connect_account(
        make_workspace(),
        driver="virtual",
        brand=house.lock.brand,
        name="The neighbour's",
        credentials={"account_key": house.lock.account_key},
        now=timezone.now(),
    )
    sync_account_devices(account, now=timezone.now())
    return Device.objects.get(account=account)


def test_code_of_another_workspace_is_taken_over_only_by_force(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    theirs = convert(place_of(house, held))
    mine = second_workspace(house)
    house.run()
    place = LockCode.objects.get(device=mine, ref=str(held.slot))
    assert refusal(place) == "managed_by_another_workspace"
    theirs.refresh_from_db()
    assert theirs.ended_at is None

    code = convert(place, force=True)
    house.at(timezone.now() + HOUR)

    theirs.refresh_from_db()
    assert code.transferred_at is not None
    assert (theirs.ended_at is not None, theirs.is_managed) == (True, False)
    assert commands(house.lock) == []
    assert house.opens("739164")
    problem = Problem.objects.get(cleared_at=None)
    assert (problem.code, problem.kind, problem.access_code_id) == (
        "management_transferred",
        "warning",
        code.pk,
    )
    assert problem.workspace == mine.account.workspace
    their_place = LockCode.objects.get(device=theirs.device)
    assert (their_place.public_id, their_place.access_code) == (theirs.public_id, None)
    told = Event.objects.filter(access_code=theirs, type="access_code.changed").get()
    assert told.workspace == theirs.device.account.workspace


def test_guest_whose_code_was_taken_by_force_gets_another(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 2), now=timezone.now())
    house.at(stay.starts_at + HOUR)
    pin = house.pin_of(stay)
    mine = second_workspace(house)
    house.run()

    convert(LockCode.objects.get(device=mine), force=True)
    house.run()

    assert house.pin_of(stay) != pin
    assert house.opens(house.pin_of(stay))
    assert house.opens(pin)


def test_same_place_with_another_pin_proves_nothing(travel: time_machine.Traveller) -> None:
    """Whoever names another's lock without being able to read it must not end that one's codes."""
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    theirs = convert(place_of(house, held))
    mine = second_workspace(house)
    forged = LockCode.objects.create(
        device=mine, ref=str(held.slot), pin="111333", pin_key=42, name="x", first_seen_at=timezone.now()
    )

    convert(forged, force=True)

    theirs.refresh_from_db()
    assert theirs.ended_at is None


def test_code_that_is_let_go_of_stays_with_its_id_and_can_be_taken_back(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="nuki")
    place = place_of(house, stranger(house, "739164"))
    code = convert(place)

    unmanage_code(code, actor=ACTOR, now=timezone.now())
    house.at(timezone.now() + HOUR)

    freed = LockCode.objects.get()
    assert (freed.public_id, freed.access_code) == (code.public_id, None)
    assert house.opens("739164")
    assert not Problem.objects.filter(cleared_at=None).exists()
    again = convert(freed)
    house.at(timezone.now() + HOUR)
    assert again.pk == code.pk
    assert commands(house.lock) == []


def test_code_of_a_stay_is_not_let_go_of_alone(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 2), now=timezone.now())
    house.at(stay.starts_at)

    with pytest.raises(ManagementRefused) as caught:
        unmanage_code(AccessCode.objects.get(), actor=ACTOR, now=timezone.now())

    assert caught.value.type == "access_code_has_holder"


def test_masked_pin_stays_known_and_taken(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    held = stranger(house, "739164")
    set_mood(house.lock, Mood.MASKED_READS)
    read_again(house)
    read_again(house)

    place = place_of(house, held)

    assert place.pin == "739164"
    assert place.pin_key is not None
