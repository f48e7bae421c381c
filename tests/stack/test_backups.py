"""Guests whose own code does not get onto the lock, from the feed of time to the keypad: a backup opens the door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.backups import report_code_failing, sweep_backups
from access.backups.policy import Answer
from access.backups.pool import in_pool, is_ready
from access.issuing import reveal_pins
from access.models import AccessCode, AccessGrant, Event, LockCode, Problem
from access.stay_pages import evidence_of, records_of
from locks.drivers.virtual.moods import Call, Mood, clear_moods, set_mood
from locks.drivers.virtual.outside import delete_from_outside
from locks.enums import AccountStatus
from locks.models import Account
from properties import booking
from properties.booking import GuestDetails
from properties.models import Stay
from tests.factories import make_stay
from tests.stack.house import HOUR, MINUTE, House, build_house, step

pytestmark = pytest.mark.django_db(transaction=True)

ARRIVAL, DEPARTURE = dt.date(2027, 3, 2), dt.date(2027, 3, 5)
SIZE = 3


def prepared(travel: time_machine.Traveller, *, brand: str = "smartthings", **rules: Any) -> House:
    """A house whose pool is on its lock."""
    house = build_house(travel, brand=brand, **rules)
    workspace = house.unit.property.workspace
    workspace.backup_pool_size = SIZE
    workspace.save()
    for minute in range(60):  # within the hour the sweep comes by, without anybody calling it
        sweep_backups(now=timezone.now() + dt.timedelta(minutes=minute))
    step(house, 3, seconds=30)
    codes = AccessCode.objects.filter(in_pool())
    assert len(codes) == SIZE
    assert all(map(is_ready, codes))
    return house


def book(house: House, *, first: dt.date = ARRIVAL) -> Stay:
    guest = GuestDetails(name="Ruth Ammann")
    return make_stay(
        house.unit, arrival_date=first, departure_date=DEPARTURE, guest=guest, now=timezone.now()
    )


def run(house: House, moment: dt.datetime) -> None:
    house.at(moment)
    sweep_backups(now=timezone.now())


def run_minutes(house: House, minutes: int) -> None:
    begun = timezone.now()
    for minute in range(1, minutes + 1):
        run(house, begun + minute * MINUTE)


def shown_to_guest(stay: Stay) -> dict[str, bool]:
    grant = AccessGrant.objects.get(stay=stay, revoked_at=None)
    return {one.pin: one.is_backup for one in reveal_pins(grant, actor="test", now=timezone.now())}


def backup_pin(stay: Stay) -> str:
    (pin,) = [pin for pin, is_backup in shown_to_guest(stay).items() if is_backup]
    return pin


def open_problems() -> set[str]:
    return set(Problem.objects.filter(cleared_at=None).values_list("code", flat=True))


def test_f101_guest_at_the_door_at_night_before_an_offline_lock_gets_in(
    travel: time_machine.Traveller,
) -> None:
    house = prepared(travel)
    set_mood(house.lock, Mood.OFFLINE)
    run(house, dt.datetime(2027, 3, 2, 19, tzinfo=dt.UTC))
    stay = book(house)  # at eight in the evening, for tonight
    assert not any(shown_to_guest(stay).values())

    run_minutes(house, 3)

    run(house, dt.datetime(2027, 3, 2, 22, tzinfo=dt.UTC))
    assert not house.opens(house.pin_of(stay))
    assert house.opens(backup_pin(stay))
    assert "using_backup_access_code" in open_problems()
    assert Event.objects.filter(type="access_code.backup_access_code_pulled").count() == 1


def test_backup_is_given_thirty_minutes_before_the_arrival_and_not_earlier(
    travel: time_machine.Traveller,
) -> None:
    house = prepared(travel)
    stay = book(house)
    set_mood(house.lock, Mood.OFFLINE)

    run(house, stay.starts_at - 31 * MINUTE)
    assert not any(shown_to_guest(stay).values())
    run(house, stay.starts_at - 28 * MINUTE)
    run(house, stay.starts_at - 27 * MINUTE)
    assert house.opens(backup_pin(stay))


def test_working_code_is_never_replaced_though_its_lock_and_account_are_gone(
    travel: time_machine.Traveller,
) -> None:
    house = prepared(travel, brand="schlage")
    stay = book(house)
    run(house, stay.starts_at - HOUR)
    set_mood(house.lock, Mood.OFFLINE)
    Account.objects.update(status=AccountStatus.DISCONNECTED)
    for hours in range(30):
        run(house, stay.starts_at + hours * HOUR)
        assert house.opens(house.pin_of(stay))
    assert AccessCode.objects.filter(is_backup=True).exclude(pulled_for=None).count() == 0


def test_quiet_stay_on_a_just_in_time_lock_gets_no_backup(travel: time_machine.Traveller) -> None:
    house = prepared(travel)
    stay = book(house)
    run(house, stay.starts_at - 61 * MINUTE)
    run_minutes(house, 70)
    assert house.opens(house.pin_of(stay))
    assert AccessCode.objects.exclude(pulled_for=None).count() == 0


def test_refusing_lock_gives_the_guest_the_backup_and_keeps_trying(travel: time_machine.Traveller) -> None:
    house = prepared(travel, brand="schlage")
    set_mood(house.lock, Mood.REJECTING, reason="busy", only=Call.PUT)
    stay = book(house)
    run(house, stay.starts_at - 35 * MINUTE)
    run_minutes(house, 10)
    pin = backup_pin(stay)
    assert house.opens(pin)

    clear_moods(house.lock)
    run_minutes(house, 45)
    assert house.opens(house.pin_of(stay))
    assert house.opens(pin)
    assert "using_backup_access_code" in open_problems()

    assert stay.ends_at is not None
    run(house, stay.ends_at + MINUTE)
    run_minutes(house, 3)
    assert not house.opens(pin)
    assert not house.opens(house.pin_of(stay))
    assert "using_backup_access_code" not in open_problems()
    pool = AccessCode.objects.filter(in_pool())
    assert len(pool) == SIZE
    assert all(map(is_ready, pool))


def test_policy_switches_it_off(travel: time_machine.Traveller) -> None:
    house = prepared(travel, automatic_backup=False)
    stay = book(house)
    set_mood(house.lock, Mood.OFFLINE)
    run(house, stay.starts_at + HOUR)
    run_minutes(house, 3)
    assert not any(shown_to_guest(stay).values())


def test_report_about_a_code_that_the_lock_holds_needs_a_second_one(travel: time_machine.Traveller) -> None:
    house = prepared(travel, brand="schlage")
    stay = book(house)
    run(house, stay.starts_at + HOUR)
    grant = AccessGrant.objects.get(stay=stay)
    assert house.opens(house.pin_of(stay))

    (first,) = report_code_failing(grant, actor="guest", now=timezone.now())
    assert first.answer is Answer.CHECKING
    assert "guest_reports_failure" in open_problems()
    run_minutes(house, 3)
    assert not any(shown_to_guest(stay).values())

    (second,) = report_code_failing(grant, actor="guest", now=timezone.now())
    assert second.answer is Answer.PULL
    assert second.backup is not None
    assert house.opens(backup_pin(stay))
    assert "guest_reports_failure" not in open_problems()
    evidence = evidence_of(stay, (), records_of(stay), with_contact=True)
    told = [line for line in evidence.lines if line.kind == "pin.reported"]
    assert [(line.who, line.title) for line in told] == [("guest", "Guest says that the code fails")] * 2


def test_report_that_no_reading_can_settle_gives_a_backup_after_a_minute(
    travel: time_machine.Traveller,
) -> None:
    house = prepared(travel, brand="schlage")
    stay = book(house)
    run(house, stay.starts_at + HOUR)
    place = LockCode.objects.get(access_code__grant__stay=stay)
    delete_from_outside(house.lock, int(place.ref))
    set_mood(house.lock, Mood.OFFLINE)
    report_code_failing(AccessGrant.objects.get(stay=stay), actor="guest", now=timezone.now())
    run_minutes(house, 2)
    assert not house.opens(house.pin_of(stay))
    assert house.opens(backup_pin(stay))


def test_extended_stay_at_an_offline_lock_gets_a_backup_before_the_old_end(
    travel: time_machine.Traveller,
) -> None:
    house = prepared(travel, brand="schlage")
    stay = book(house)
    run(house, stay.starts_at + HOUR)
    set_mood(house.lock, Mood.OFFLINE)
    old_end = stay.ends_at
    assert old_end is not None
    booking.override_times(stay, check_out=dt.time(20), actor="test", now=timezone.now())
    run(house, old_end - HOUR)
    assert not any(shown_to_guest(stay).values())
    run(house, old_end - 20 * MINUTE)
    run(house, old_end + HOUR)
    assert house.opens(backup_pin(stay))
