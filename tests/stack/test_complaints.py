"""What users of the founding system complained of in its tracker (facts on it, section 14), met by our stack: the
keypad, the lock's count of writes, and what people would have been told decide."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.facts import facts_of
from access.models import AccessCode, AccessGrant, Event, Problem
from access.states import Status
from access.status import status
from locks.brands import BRANDS
from locks.drivers.virtual.logbook import writes
from locks.drivers.virtual.moods import Mood, clear_moods, set_mood
from locks.drivers.virtual.outside import add_foreign_code, set_parts
from locks.models import Device
from properties import booking
from properties.models import Stay
from tests.factories import make_stay, virtual_door
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house, step
from tests.stack.test_trouble import open_problems

pytestmark = pytest.mark.django_db(transaction=True)

ONLINE_BRANDS = [key for key, brand in BRANDS.items() if brand.capabilities.online_codes]
NO_PAST_STARTS = [key for key in ONLINE_BRANDS if BRANDS[key].capabilities.start_in_future]
TODAY = dt.date(2027, 3, 1)


def book(house: House, *, days: int = 0, nights: int = 4) -> Stay:
    first = timezone.now().date() + days * DAY
    return make_stay(house.unit, arrival_date=first, departure_date=first + nights * DAY, now=timezone.now())


def told_of_others() -> list[str]:
    types = Event.objects.filter(type__endswith="external_to_seam").values_list("type", flat=True)
    return list(map(str, types))


@pytest.mark.parametrize("brand", NO_PAST_STARTS)
@pytest.mark.parametrize("hour", [14, 15, 23])
def test_seam_28_61_stay_that_has_begun_opens_within_two_minutes(
    travel: time_machine.Traveller, brand: str, hour: int
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    house.at(dt.datetime.combine(TODAY, dt.time(hour, 59, 50), dt.UTC))
    stay = book(house)

    step(house, 2)

    assert house.opens(house.pin_of(stay))
    assert writes(house.lock) == 1
    step(house, 20, seconds=120)
    assert writes(house.lock) == 1, "a start that was moved is not put right again and again"
    assert told_of_others() == []
    assert not open_problems()


@pytest.mark.parametrize(
    ("brand", "late"), [*((brand, False) for brand in ONLINE_BRANDS), ("igloohome", True), ("schlage", True)]
)
def test_seam_45_code_that_was_just_made_is_nobody_elses_doing(
    travel: time_machine.Traveller, brand: str, late: bool
) -> None:
    house = build_house(travel, brand=brand, time_zone="Europe/Zurich")
    if late:
        set_mood(house.lock, Mood.EVENTUALLY_CONSISTENT, seconds=30)
    stay = make_stay(
        house.unit,
        arrival_date=TODAY + DAY,
        departure_date=TODAY + 5 * DAY,
        check_in_time=dt.time(15, 7),
        now=timezone.now() + dt.timedelta(seconds=17, microseconds=123456),
    )
    for minute in (60, 59, 30, 1, 0, -1, -2, -11, -70):
        house.at(stay.starts_at - minute * MINUTE)

    assert told_of_others() == []
    assert not Problem.objects.filter(code="code_modified_external_to_seam").exists()
    assert house.opens(house.pin_of(stay))


@pytest.mark.parametrize("brand", ["schlage", "nuki", "tedee"])
@pytest.mark.parametrize("start", [dt.date(2027, 3, 26), dt.date(2027, 10, 29)])
def test_seam_96_stay_over_a_change_of_clocks_is_never_flagged(
    travel: time_machine.Traveller, brand: str, start: dt.date
) -> None:
    travel.move_to(dt.datetime.combine(start - 2 * DAY, dt.time(12), dt.UTC), tick=False)
    house = build_house(travel, brand=brand)
    stay = make_stay(house.unit, arrival_date=start, departure_date=start + 5 * DAY, now=timezone.now())
    house.at(stay.starts_at)
    before = writes(house.lock)

    for hours in range(1, 110, 4):
        house.at(stay.starts_at + hours * HOUR)
        assert house.opens(house.pin_of(stay))

    assert writes(house.lock) == before
    assert told_of_others() == []


@pytest.mark.parametrize("start", [dt.date(2027, 3, 26), dt.date(2027, 10, 29)])
def test_f71_seam_96_windows_told_an_hour_off_by_a_lock_without_a_zone_are_left_as_they_are(
    travel: time_machine.Traveller, start: dt.date
) -> None:
    travel.move_to(dt.datetime.combine(start - 2 * DAY, dt.time(12), dt.UTC), tick=False)
    house = build_house(travel, brand="schlage")
    set_parts(house.lock, time_zone="")
    Device.objects.update(time_zone="")
    local = house.unit.property.zone
    stay = make_stay(house.unit, arrival_date=start, departure_date=start + 4 * DAY, now=timezone.now())
    house.at(stay.starts_at)
    pin, before = house.pin_of(stay), writes(house.lock)
    assert house.opens(pin)
    house.at(dt.datetime.combine(start + 2 * DAY, dt.time(4), local))

    set_mood(house.lock, Mood.SHIFTED_READS)
    step(house, 60, seconds=600)

    assert writes(house.lock) == before
    assert told_of_others() == []
    assert not open_problems()
    held = house.lock.codes.get()
    hour_late = dt.datetime.combine(start + 4 * DAY, dt.time(12), local)
    assert held.ends_at == hour_late, "an hour more, in case the lock's clock does not know of the change"
    house.at(dt.datetime.combine(start + 4 * DAY, dt.time(10, 59), local))
    assert house.opens(pin)
    house.at(dt.datetime.combine(start + 4 * DAY, dt.time(11, 1), local))
    assert not house.opens(pin), "and gone at the checkout all the same"


@pytest.mark.parametrize(
    ("mood", "settings"), [(Mood.EVENTUALLY_CONSISTENT, {"seconds": 45}), (Mood.STALE_READS, {})]
)
def test_seam_101_44_change_that_the_lock_shows_late_is_neither_lost_nor_flagged(
    travel: time_machine.Traveller, mood: Mood, settings: dict[str, int]
) -> None:
    house = build_house(travel, brand="schlage", time_zone="UTC")
    stay = book(house)
    house.at(stay.starts_at + HOUR)
    set_mood(house.lock, mood, **settings)
    before = writes(house.lock)

    booking.change_property_rules(house.unit.property, actor="ana", now=timezone.now(), buffer_after=90)
    step(house, 4)
    clear_moods(house.lock)
    step(house, 4)

    assert writes(house.lock) - before == 1
    assert told_of_others() == []
    assert AccessCode.objects.count() == 1
    assert stay.ends_at is not None
    house.at(stay.ends_at + 89 * MINUTE)
    assert house.opens(house.pin_of(stay))
    house.at(stay.ends_at + 91 * MINUTE)
    assert not house.opens(house.pin_of(stay))


def test_seam_79_duplicate_that_the_lock_reports_ends_in_another_pin(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="kwikset", time_zone="UTC")
    stay = book(house, days=1)
    pin = house.pin_of(stay)
    add_foreign_code(house.lock, pin=pin, name="Owner")

    house.at(stay.starts_at - HOUR)
    house.at(stay.starts_at)

    assert house.pin_of(stay) != pin
    assert house.opens(house.pin_of(stay))
    assert house.opens(pin), "the owner's, which this lock does not show us"
    assert writes(house.lock) == 2
    assert AccessGrant.objects.get().automatic_swaps == 1


@pytest.mark.parametrize("brand", ["nuki", "lockly"])
def test_seam_59_outage_over_the_checkout_is_one_incident_and_ends_well(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    house.doors.append(virtual_door(house.unit.property, brand=brand, now=timezone.now()))
    stay = book(house, nights=1)
    assert stay.ends_at is not None
    house.at(stay.starts_at)
    pin = house.pin_of(stay)
    house.at(stay.ends_at - 30 * MINUTE)
    set_mood(house.lock, Mood.OUTAGE)
    written = writes(house.lock)

    step(house, 25, seconds=60)
    assert not Event.objects.filter(type__startswith="access_code.deleted").exists()
    assert house.opens(pin)
    step(house, 40, seconds=60)
    assert Problem.objects.filter(code="provider_service_unavailable", cleared_at=None).count() == 1
    assert writes(house.lock) - written <= 10

    clear_moods(house.lock)
    step(house, 10, seconds=60)
    assert not any(house.opens(pin, door) for door in house.doors)
    code = AccessCode.objects.select_related("device__account").first()
    assert code is not None
    assert status(facts_of(code), now=timezone.now()) is not Status.REMOVING
    assert not open_problems()


def test_seam_105_code_behind_a_bridge_that_is_gone_is_told_of_before_the_arrival(
    travel: time_machine.Traveller,
) -> None:
    house = build_house(travel, brand="igloohome", time_zone="UTC")
    set_mood(house.lock, Mood.BRIDGE_OFFLINE)
    stay = book(house, days=1)

    house.at(stay.starts_at - 20 * MINUTE)
    house.at(stay.starts_at - 15 * MINUTE)
    assert {"arrival_in_danger", "igloohome_bridge_offline"} <= open_problems()

    clear_moods(house.lock)
    step(house, 10, seconds=60)
    house.at(stay.starts_at + 2 * MINUTE)
    assert house.opens(house.pin_of(stay))
    assert not open_problems()


@pytest.mark.parametrize("brand", ["nuki", "wyze", "lockly"])
def test_seam_7_90_command_that_times_out_is_never_made_twice(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand, time_zone="UTC")
    set_mood(house.lock, Mood.APPLIED_BUT_TIMEOUT, calls=2)
    stay = book(house)

    house.at(stay.starts_at)
    step(house, 5)

    assert house.lock.codes.count() == 1
    assert house.opens(house.pin_of(stay))
