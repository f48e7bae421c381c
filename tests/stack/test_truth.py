"""Only evidence counts: what was issued stays issued, what was sent is not yet there, what cannot be seen is not gone.
The keypad and the lock's own count of commands decide."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.declaring import declare_stay
from access.models import AccessCode, AccessGrant, Event
from access.overview import access_of_stay
from access.states import CodeState, Seen
from locks.drivers.virtual.logbook import commands, writes
from locks.drivers.virtual.moods import Mood, clear_moods, set_mood
from properties.booking import GuestDetails
from properties.calendars.syncing import sync_feed
from properties.models import Stay
from tests.factories import lock_of, make_feed, make_stay, make_unit, virtual_door
from tests.properties.calendars.conftest import CalendarServer, reply
from tests.properties.calendars.samples import calendar, event
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house, step
from tests.stack.test_trouble import open_problems

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, LAST = dt.date(2027, 3, 3), dt.date(2027, 3, 9)


def book(house: House, name: str = "Anna Keller") -> Stay:
    guest = GuestDetails(name=name)
    return make_stay(house.unit, arrival_date=FIRST, departure_date=LAST, guest=guest, now=timezone.now())


def test_f06_pin_that_was_issued_survives_everything_that_cannot_be_read(
    travel: time_machine.Traveller, server: CalendarServer
) -> None:
    house = build_house(travel, brand="nuki", time_zone="UTC")
    feed = make_feed(house.unit, url=server.url("/calendar.ics"))
    booking = event("b-1@example.org", "20270303", "20270309", "Anna Keller")
    server.answers["/calendar.ics"] = reply(calendar("generic", booking))
    sync_feed(feed.pk)
    stay = Stay.objects.get()
    pin = house.pin_of(stay)

    server.answers["/calendar.ics"] = reply(b"", 500)
    set_mood(house.lock, Mood.OFFLINE)
    for _ in range(5):
        travel.shift(15 * MINUTE)
        sync_feed(feed.pk)
        declare_stay(stay.pk, now=timezone.now())
        house.run()
    assert house.pin_of(stay) == pin

    clear_moods(house.lock)
    house.at(stay.starts_at)
    assert house.opens(pin)
    assert AccessCode.objects.count() == 1


def test_f90_event_without_words_has_one_pin_from_read_to_read_and_one_without_id_none(
    travel: time_machine.Traveller, server: CalendarServer
) -> None:
    house = build_house(travel, brand="nuki", time_zone="UTC")
    feed = make_feed(house.unit, url=server.url("/calendar.ics"))
    bare = ["BEGIN:VEVENT", "DTSTART:20270303", "DTEND:20270309", "SUMMARY:Anna Keller"]
    nameless = ["BEGIN:VEVENT", "DTSTART:20270313", "DTEND:20270319", "SUMMARY:Ben Ost", "END:VEVENT"]
    pins = set()
    for _ in range(6):
        server.answers["/calendar.ics"] = reply(
            calendar("generic", [*bare, "UID:b-1@example.org", "END:VEVENT"], nameless)
        )
        sync_feed(feed.pk)
        travel.shift(15 * MINUTE)
        house.run()
        pins.add(house.pin_of(Stay.objects.get()))

    assert len(pins) == 1
    house.at(Stay.objects.get().starts_at)
    assert house.opens(pins.pop())
    skipped = feed.fetches.order_by("-pk")[0].skipped
    assert "id" in str(skipped), "said, not guessed"


def test_f09_booking_without_name_phone_or_mail_has_a_code(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki", time_zone="UTC")
    stay = book(house, name="")

    house.at(stay.starts_at)

    assert house.opens(house.pin_of(stay))


def test_f09_booking_that_can_have_no_pin_is_told_of_long_before_the_arrival(
    travel: time_machine.Traveller,
) -> None:
    unit = make_unit()
    rules = {"pin_lengths": [2], "pin_rules": ["no_zeros", "at_least_three_unique_digits"]}
    house = House(travel, unit, [virtual_door(unit.property, "nuki", now=timezone.now(), reports=rules)])
    stay = book(house)

    house.at(stay.starts_at - DAY)

    assert AccessGrant.objects.get().pin_note
    access = access_of_stay(stay, now=timezone.now())
    assert access.state is CodeState.FAILED
    assert "failed_to_set_on_device" in open_problems()
    assert writes(house.lock) == 0


def test_f47_code_is_not_called_set_before_a_reading_showed_it(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="nuki", time_zone="UTC")
    stay = book(house)
    set_mood(house.lock, Mood.LOST_WRITE, calls=1)
    house.run()
    before = commands(house.lock)
    assert writes(house.lock) == 1
    assert AccessCode.objects.get().confirmed_at is None
    assert access_of_stay(stay, now=timezone.now()).state is CodeState.PROGRAMMING

    step(house, 5)

    assert writes(house.lock) == 2
    assert commands(house.lock) - before <= 6, "a few readings, and one more write"
    assert AccessCode.objects.get().confirmed_at is not None
    house.at(stay.starts_at)
    assert house.opens(house.pin_of(stay))


def test_f55_door_that_lost_its_write_is_not_believed_and_comes_after(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="lockly", time_zone="UTC")
    side = virtual_door(house.unit.property, brand="lockly", now=timezone.now())
    house.doors.append(side)
    stay = book(house)
    set_mood(lock_of(side), Mood.LOST_WRITE)

    house.at(stay.starts_at)
    codes = {code.device_id: code for code in AccessCode.objects.all()}
    assert codes[house.doors[0].device_id].seen == Seen.PRESENT
    assert codes[side.device_id].seen != Seen.PRESENT
    assert not house.opens(house.pin_of(stay), side)

    clear_moods(lock_of(side))
    step(house, 5)
    assert house.opens(house.pin_of(stay), side)
    assert writes(house.lock) == 1


@pytest.mark.parametrize("mood", [Mood.OUTAGE, Mood.DISCONNECTED, Mood.OFFLINE, Mood.BRIDGE_OFFLINE])
def test_f62_lock_that_is_not_there_yet_when_we_begin_is_waited_for(
    travel: time_machine.Traveller, mood: Mood
) -> None:
    house = build_house(travel, brand="lockly", time_zone="UTC")
    set_mood(house.lock, mood)
    stay = book(house)
    house.at(stay.starts_at - 30 * MINUTE)
    step(house, 20, seconds=120)
    assert writes(house.lock) == 0
    assert not AccessCode.objects.get().stopped

    clear_moods(house.lock)
    step(house, 10, seconds=60)

    assert house.opens(house.pin_of(stay))
    assert writes(house.lock) <= 2


def test_f68_seam_106_guest_gets_one_pin_within_the_digits_of_every_keypad(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="nuki", time_zone="UTC")
    for digits in ("cannot_contain_089", "cannot_contain_0789"):
        reports = {"pin_rules": [digits], "pin_lengths": [6]}
        house.doors.append(virtual_door(house.unit.property, "ttlock", now=timezone.now(), reports=reports))
    for _ in range(5):
        stay = book(House(travel, make_unit(house.unit.property), house.doors))
        house.at(stay.starts_at)

        pin = house.pin_of(stay)
        assert set(pin) <= set("123456")
        assert all(house.opens(pin, door) for door in house.doors)


@pytest.mark.parametrize("brand", ["schlage", "wyze"])
def test_f69_seam_117_guests_of_one_name_both_get_in_where_names_must_differ(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    others = [House(travel, make_unit(house.unit.property), house.doors) for _ in range(3)]
    stays = [book(home, "Bartholomew Featherstonehaugh") for home in (house, *others)]

    house.at(stays[0].starts_at)

    assert all(house.opens(house.pin_of(stay)) for stay in stays)
    assert writes(house.lock) == len(stays), "no name was tried and refused"


@pytest.mark.parametrize("brand", ["kwikset", "nuki", "schlage", "wyze", "igloohome"])
def test_f70_name_that_the_lock_cuts_costs_nothing_and_hides_nothing(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    stay = book(house, "Bartholomew Featherstonehaugh \U0001f469\u200d\U0001f680 of Upper Slaughter")
    house.at(stay.starts_at - HOUR)
    house.at(stay.starts_at)
    before = writes(house.lock)

    for hour in range(1, 13):
        house.at(stay.starts_at + hour * HOUR)
    assert writes(house.lock) == before
    assert not open_problems()
    assert not Event.objects.filter(type__endswith="external_to_seam").exists()

    assert stay.ends_at is not None
    house.at(stay.ends_at + MINUTE)
    assert house.lock.codes.count() == 0


@pytest.mark.parametrize("brand", ["wyze", "smartthings"])
def test_f77_pin_that_cannot_be_verified_is_not_a_refusal(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    stay = book(house)
    house.at(stay.starts_at - HOUR)
    house.at(stay.starts_at)
    before = writes(house.lock)

    step(house, 30, seconds=300)

    assert writes(house.lock) == before
    assert access_of_stay(stay, now=timezone.now()).state is CodeState.ACTIVE
    assert AccessCode.objects.get().failures == 0
    assert not open_problems()


@pytest.mark.parametrize("brand", ["lockly", "nuki"])
@pytest.mark.parametrize("hours", [1, 30])
def test_f97_what_was_missed_while_nothing_ran_is_caught_up_with(
    travel: time_machine.Traveller, brand: str, hours: int
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    leaving = book(house)
    assert leaving.ends_at is not None
    house.at(leaving.starts_at)
    pin = house.pin_of(leaving)
    arriving = make_stay(house.unit, arrival_date=LAST, departure_date=LAST + 4 * DAY, now=timezone.now())

    house.at(leaving.ends_at + hours * HOUR)

    assert not house.opens(pin)
    assert not AccessCode.objects.filter(grant__stay=leaving, ended_at=None).exists()
    house.at(max(arriving.starts_at, timezone.now()))
    assert house.opens(house.pin_of(arriving))
    assert not open_problems()
