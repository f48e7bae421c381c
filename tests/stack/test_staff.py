"""People who are not guests, from their record to the keypad: a code that works in exactly their hours."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from access.issuing import issue_new_pin
from access.models import AccessCode, AccessGrant, StaffAccess
from access.staffing import add_exception, end_staff_access, save_staff_access, sweep_staff
from locks.brands import BRANDS
from locks.doors import change_door, remove_door
from tests.access.staffing.holders import TUESDAY, make_details, make_staff, pin_of, resident
from tests.factories import make_device, virtual_door
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house

pytestmark = pytest.mark.django_db(transaction=True)

NATIVE_AND_NOT = ["nuki", "smartthings"]
OUR_PINS = [
    key
    for key, brand in BRANDS.items()
    if brand.capabilities.online_codes and not brand.capabilities.assigns_pin
]
ZURICH = ZoneInfo("Europe/Zurich")


def local(day: dt.date, hour: int, minute: int = 0, *, zone: ZoneInfo = ZURICH) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), zone).astimezone(dt.UTC)


def live_through(house: House, until: dt.datetime) -> None:
    """Go from one moment that matters to the next; what a worker would do between them is only reading."""
    while timezone.now() < until:
        later = [moment for moment in moments_that_matter() if moment > timezone.now()]
        house.travel.move_to(min([until, *later]), tick=False)
        sweep_staff(now=timezone.now())
        house.run()


def moments_that_matter() -> list[dt.datetime]:
    moments = list(StaffAccess.objects.exclude(declare_at=None).values_list("declare_at", flat=True))
    for code in AccessCode.objects.filter(ended_at=None):
        if code.starts_at is not None:
            moments += [code.starts_at - lead for lead in (3 * DAY, HOUR, dt.timedelta(seconds=30), 0 * DAY)]
        if code.ends_at is not None:
            moments += [code.ends_at, code.ends_at + 2 * MINUTE]
    return [moment for moment in moments if moment is not None]


def opens_at(house: House, pin: str, *moments: dt.datetime) -> list[bool]:
    found = []
    for moment in moments:
        live_through(house, moment)
        found.append(house.opens(pin))
    return found


@pytest.mark.parametrize("brand", OUR_PINS)
def test_cleaner_with_tuesdays_ten_to_twelve_opens_in_exactly_those_hours(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    staff = make_staff(house.doors[0])
    pin = pin_of(staff)

    for week in range(2):
        day = TUESDAY + week * 7 * DAY
        moments = [local(day, 9, 59), local(day, 10), local(day, 11, 59), local(day, 12, 1)]
        assert opens_at(house, pin, *moments) == [False, True, True, False], day
        assert opens_at(house, pin, local(day + 2 * DAY, 10, 30)) == [False]

    staff.refresh_from_db()
    assert pin_of(staff) == pin
    assert house.lock.codes.count() <= 1


@pytest.mark.parametrize("brand", [*NATIVE_AND_NOT, "wyze"])
@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Zurich", dt.date(2027, 3, 28)),
        ("Europe/Zurich", dt.date(2027, 10, 31)),
        ("America/New_York", dt.date(2027, 3, 14)),
    ],
)
def test_daily_window_keeps_the_clock_of_the_house_when_it_changes(
    travel: time_machine.Traveller, brand: str, zone: str, change: dt.date
) -> None:
    house, there = build_house(travel, brand=brand, time_zone=zone), ZoneInfo(zone)
    house.at(local(change - 2 * DAY, 8, zone=there))
    pin = pin_of(make_staff(house.doors[0], rule="FREQ=DAILY", first_day=change - DAY))

    for day in (change - DAY, change, change + DAY):
        moments = [(9, 59), (10, 0), (11, 59), (12, 1)]
        assert opens_at(house, pin, *(local(day, *at, zone=there) for at in moments)) == [
            False,
            True,
            True,
            False,
        ]
        if not BRANDS[brand].capabilities.holds_same_pin_in_disjoint_windows:
            assert house.lock.codes.count() <= 1, "the next code waits until the first is gone"


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_f89_night_shift_opens_over_midnight(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    staff = make_staff(house.doors[0], start_time=dt.time(22), end_time=dt.time(6), last_day=TUESDAY)
    pin, next_day = pin_of(staff), TUESDAY + DAY

    moments = [local(TUESDAY, 5), local(TUESDAY, 21, 59), local(TUESDAY, 22), local(next_day, 0, 1)]
    assert opens_at(house, pin, *moments) == [False, False, True, True]
    assert opens_at(house, pin, local(next_day, 5, 59), local(next_day, 6, 1)) == [True, False]
    live_through(house, local(next_day, 12))
    assert house.lock.codes.count() == 0
    assert not AccessCode.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
@pytest.mark.parametrize("end", [dt.time(0), dt.time(23, 59)])
def test_days_that_meet_open_without_a_gap_and_cost_no_command(
    travel: time_machine.Traveller, brand: str, end: dt.time
) -> None:
    house = build_house(travel, brand=brand)
    whole_days = make_staff(house.doors[0], rule="FREQ=DAILY", start_time=dt.time(0), end_time=end)
    pin = pin_of(whole_days)
    live_through(house, local(TUESDAY, 0, 1))
    commands = AccessCode.objects.get().attempts

    for number in range(1, 12):
        assert opens_at(house, pin, local(TUESDAY + number * DAY, 0)) == [True]

    assert AccessCode.objects.get().attempts == commands


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_resident_opens_at_all_hours_until_the_last_day(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    staff = resident(house.doors[0], last_day=TUESDAY + 30 * DAY)
    pin = pin_of(staff)
    moments = [local(TUESDAY, 0, 1), local(TUESDAY, 3), local(TUESDAY + 30 * DAY, 23, 59)]
    assert opens_at(house, pin, *moments) == [True, True, True]
    assert opens_at(house, pin, local(TUESDAY + 31 * DAY, 0, 1)) == [False]


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_f22_access_that_is_ended_is_off_every_lock_at_once(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    house.doors.append(virtual_door(house.unit.property, brand=brand, now=timezone.now()))
    staff = resident(*house.doors)
    pin = pin_of(staff)
    live_through(house, local(TUESDAY, 8))
    assert all(house.opens(pin, door) for door in house.doors)

    end_staff_access(staff, actor="ana@example.org", now=timezone.now())
    assert AccessCode.objects.filter(ended_at=None, revoked_at__isnull=False).count() == 2
    house.run()

    assert not any(house.opens(pin, door) for door in house.doors)


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
@pytest.mark.parametrize("gone", ["record", "door", "lock of the door", "unmanaged"])
def test_f22_tombstone_outlives_what_was_deleted_until_the_lock_confirms(
    travel: time_machine.Traveller, brand: str, gone: str
) -> None:
    house = build_house(travel, brand=brand)
    staff = resident(house.doors[0])
    pin, lock = pin_of(staff), house.lock
    live_through(house, local(TUESDAY, 8))
    assert house.opens(pin)
    lock.online = False
    lock.save()

    door = house.doors[0]
    if gone == "record":
        staff.delete()
    elif gone == "door":
        remove_door(door, actor="ana@example.org", now=timezone.now())
    elif gone == "unmanaged":
        door.device.is_managed = False
        door.device.save(update_fields=["is_managed"])
        door.device.is_managed = True
    else:
        other = make_device(door.property.workspace, brand=brand)
        change_door(door, device=other, actor="ana@example.org", now=timezone.now())
    house.run()
    tombstone = AccessCode.objects.get(device=door.device)
    assert tombstone.revoked_at is not None
    assert tombstone.ended_at is None

    if gone == "unmanaged":
        return
    lock.online = True
    lock.save()
    travel.shift(20 * MINUTE)
    house.run()
    assert AccessCode.objects.get(pk=tombstone.pk).ended_at is not None
    assert lock.codes.count() == 0


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_other_hours_move_the_code_and_keep_the_pin(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    door = house.doors[0]
    staff = make_staff(door)
    pin = pin_of(staff)
    assert opens_at(house, pin, local(TUESDAY, 11)) == [True]

    def change(**fields: object) -> None:
        details = make_details(door, **fields)
        save_staff_access(staff.workspace, details, staff=staff, actor="ana@example.org", now=timezone.now())
        house.run()

    change(end_time=dt.time(14))
    assert opens_at(house, pin, local(TUESDAY, 13, 59), local(TUESDAY, 14, 1)) == [True, False]
    change(start_time=dt.time(14, 30), end_time=dt.time(16))
    assert opens_at(house, pin, local(TUESDAY, 14, 31)) == [True]
    change(rule="FREQ=WEEKLY;BYDAY=WE")
    assert opens_at(house, pin, local(TUESDAY, 14, 40)) == [False]
    assert opens_at(house, pin, local(TUESDAY + DAY, 10), local(TUESDAY + DAY, 12, 1)) == [True, False]
    staff.refresh_from_db()
    assert pin_of(staff) == pin


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_exception_takes_one_day_away_and_back(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    staff = make_staff(house.doors[0])
    pin = pin_of(staff)
    live_through(house, local(TUESDAY, 9))

    add_exception(staff, TUESDAY, actor="ana@example.org", now=timezone.now())
    house.run()
    assert opens_at(house, pin, local(TUESDAY, 10, 30)) == [False]
    details = make_details(house.doors[0])
    save_staff_access(staff.workspace, details, staff=staff, actor="ana@example.org", now=timezone.now())
    house.run()
    live_through(house, local(TUESDAY, 10, 35))

    assert house.opens(pin)
    assert opens_at(house, pin, local(TUESDAY, 12, 1), local(TUESDAY + 7 * DAY, 10)) == [False, True]


@pytest.mark.parametrize("brand", NATIVE_AND_NOT)
def test_new_pin_of_a_holder_replaces_the_old_in_every_window(
    travel: time_machine.Traveller, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    staff = make_staff(house.doors[0], rule="FREQ=DAILY")
    old = pin_of(staff)
    live_through(house, local(TUESDAY, 11))
    assert house.opens(old)

    issue_new_pin(AccessGrant.objects.get(), actor="ana@example.org", now=timezone.now())
    live_through(house, local(TUESDAY, 11, 5))

    staff = StaffAccess.objects.get()
    new = pin_of(staff)
    assert new != old
    assert (house.opens(old), house.opens(new)) == (False, True)
    assert opens_at(house, new, local(TUESDAY + DAY, 9, 59), local(TUESDAY + DAY, 10)) == [False, True]
    assert not house.opens(old)
