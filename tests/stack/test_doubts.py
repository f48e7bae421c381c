"""What a cold look at the engine found, at the keypad: a pulled code whose lock takes only windows that begin ahead,
one whose stay moved there and back, a taken PIN that is free again, and refusals of what was wanted a moment ago."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.codes import NewCode, create_code
from access.models import AccessCode, Problem
from access.pins import pin_key_of
from access.planning import plan
from access.running import commanding, leases, loading
from access.running.commanding import Answer, Command, Intent
from access.running.loading import Work
from locks.drivers.base import Empty, Rejected, RejectReason
from locks.drivers.virtual.moods import Call, Mood, clear_moods, set_mood
from locks.drivers.virtual.outside import add_foreign_code, delete_from_outside
from properties import booking
from tests.factories import make_stay
from tests.stack.house import MINUTE, House, build_house, step
from tests.stack.test_backups import backup_pin, book, prepared, run_minutes

pytestmark = pytest.mark.django_db(transaction=True)


def test_backup_goes_on_opening_while_its_lock_learns_when_it_ends(travel: time_machine.Traveller) -> None:
    house = prepared(travel, brand="kwikset")
    set_mood(house.lock, Mood.REJECTING, reason="busy", only=Call.PUT)
    stay = book(house)
    house.at(stay.starts_at + 10 * MINUTE)
    run_minutes(house, 5)
    pin = backup_pin(stay)
    clear_moods(house.lock)

    for _ in range(16):
        step(house, 0.25)
        assert house.opens(pin)
    assert stay.ends_at is not None
    house.at(stay.ends_at)
    step(house, 2)
    assert not house.opens(pin)


def test_backup_of_a_stay_that_was_moved_away_and_back_opens_again(travel: time_machine.Traveller) -> None:
    house = prepared(travel, brand="schlage")
    set_mood(house.lock, Mood.REJECTING, reason="busy", only=Call.PUT)
    stay = book(house)
    house.at(stay.starts_at + 10 * MINUTE)
    run_minutes(house, 5)
    pin = backup_pin(stay)

    for check_in in (dt.time(22), dt.time(12)):
        booking.override_times(stay, check_in=check_in, actor="test", now=timezone.now())
        house.run()
    clear_moods(house.lock)
    step(house, 3)

    assert house.opens(pin)


@pytest.mark.parametrize("brand", ["nuki", "kwikset"])
def test_pin_that_was_taken_is_set_once_the_code_in_the_way_is_gone(
    travel: time_machine.Traveller, brand: str
) -> None:
    """Without a grant no other PIN is chosen by itself; the lock of the second hides what others put there."""
    house = build_house(travel, brand=brand)
    pin = "736482"
    foreign = add_foreign_code(house.lock, pin=pin, name="Plumber")
    device = house.doors[0].device
    create_code(device, NewCode(name="Meter", pin=pin), actor="test", now=timezone.now())
    step(house, 3)
    assert AccessCode.objects.get().write_state != "applied"
    assert Problem.objects.filter(access_code__isnull=False, cleared_at=None).exists()

    delete_from_outside(house.lock, foreign.slot)
    assert not house.opens(pin)
    house.at(timezone.now() + 30 * MINUTE)
    step(house, 1)

    assert house.opens(pin)
    assert AccessCode.objects.get().stopped == ""
    assert not Problem.objects.filter(access_code__isnull=False, cleared_at=None).exists()


def begun(house: House) -> tuple[Work, Command]:
    """The first code of the house, written down as being on its way."""
    device = house.doors[0].device
    (lease,) = leases.claim([device.account_id], owner="test")
    work = loading.load_work(lease, device.pk)
    assert work is not None
    declared, now = work.declared(), timezone.now()
    decided = plan(declared, Empty(now), work.capabilities, now=now, key_of=pin_key_of)
    (command,) = commanding.begin_commands([Intent(work, decided.steps[0], declared[0], now)])
    assert isinstance(command, Command)
    return work, command


def refuse(work: Work, command: Command, reason: RejectReason) -> AccessCode:
    commanding.settle_commands([Answer(work, command, Rejected(reason), timezone.now())])
    return AccessCode.objects.get()


@pytest.mark.parametrize(("waited", "stopped"), [(0, "invalid_window"), (300, "")])
def test_start_that_passed_on_the_way_is_no_reason_to_give_up(
    travel: time_machine.Traveller, waited: int, stopped: str
) -> None:
    house = build_house(travel, brand="kwikset")
    make_stay(
        house.unit, arrival_date=dt.date(2027, 2, 28), departure_date=dt.date(2027, 3, 5), now=timezone.now()
    )
    work, command = begun(house)

    travel.shift(waited)

    assert refuse(work, command, RejectReason.INVALID_WINDOW).stopped == stopped


def test_refusal_of_what_was_changed_meanwhile_stops_nothing(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki")
    stay = make_stay(house.unit, arrival_date=dt.date(2027, 3, 2), now=timezone.now())
    work, command = begun(house)

    booking.override_times(stay, check_out=dt.time(20), actor="test", now=timezone.now())
    code = refuse(work, command, RejectReason.NOT_ALLOWED)

    assert (code.stopped, code.failures, code.next_try_at) == ("", 0, None)
