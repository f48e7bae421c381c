"""Offline codes on virtual locks: assigned by the runner, checked by the lock alone. The keypad decides."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from access.codes import CodeRefused, NewCode, Rounding, create_code, delete_code, zone_of_lock
from access.enums import EventType
from access.facts import facts_of
from access.models import AccessCode, Event
from access.states import Status
from access.status import status
from locks.devices import capabilities_of
from tests.factories import virtual_door
from tests.stack.conftest import travel
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)


def declare(house: House, **fields: Any) -> AccessCode:
    device = house.doors[0].device
    code = create_code(device, NewCode(is_offline=True, **fields), actor="tester", now=timezone.now())
    assert code.pin is None
    house.run()
    code.refresh_from_db()
    return code


def pin_of(code: AccessCode) -> str:
    assert code.pin is not None, code.message
    return code.pin


def status_of(code: AccessCode) -> Status:
    code = AccessCode.objects.select_related("device__account").get(pk=code.pk)
    return status(facts_of(code), now=timezone.now())


def assert_opens_only_within(house: House, code: AccessCode) -> None:
    assert code.starts_at is not None
    assert code.ends_at is not None
    for moment, opens in (
        (code.starts_at - MINUTE, False),
        (code.starts_at + MINUTE, True),
        (code.ends_at - MINUTE, True),
        (code.ends_at, False),
    ):
        house.travel.move_to(moment, tick=False)
        assert house.opens(pin_of(code)) is opens, moment


@pytest.mark.parametrize(
    ("brand", "length", "kind"),
    [("igloohome", 20 * HOUR, "hourly"), ("igloohome", 40 * DAY, "daily"), ("lockly", 3 * DAY, "hourly")],
)
def test_offline_code_opens_in_its_window_with_no_connection(
    travel: time_machine.Traveller, brand: str, length: dt.timedelta, kind: str
) -> None:
    house = build_house(travel, brand=brand)
    start = timezone.now() + DAY + 20 * MINUTE
    code = declare(house, starts_at=start, ends_at=start + length, max_time_rounding=Rounding.DAY)

    assert code.offline_kind == kind
    assert_opens_only_within(house, code)


@pytest.mark.parametrize("zone", ["", "Asia/Kolkata"])
def test_window_is_whole_hours_of_the_lock_whether_or_not_it_tells_its_zone(
    travel: time_machine.Traveller, zone: str
) -> None:
    house = build_house(travel, brand="igloohome", time_zone="Asia/Kolkata")
    house.doors = [virtual_door(house.unit.property, brand="igloohome", now=timezone.now(), time_zone=zone)]
    start = dt.datetime(2027, 3, 5, 15, tzinfo=ZoneInfo("Asia/Kolkata"))
    code = declare(house, starts_at=start, ends_at=start + 5 * HOUR)

    assert code.starts_at == (start if zone else start - HOUR / 2)
    assert_opens_only_within(house, code)


def test_oracode_code_opens_from_check_in_to_check_out_of_its_level(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="dormakaba_oracode")
    device = house.doors[0].device
    zone = zone_of_lock(device)
    levels = capabilities_of(device).user_levels
    level = next(level for level in levels if level.is_for_guests and not level.is_24_hour)
    start = dt.datetime.combine(dt.date(2027, 3, 5), level.check_in_time, tzinfo=zone)
    end = dt.datetime.combine(dt.date(2027, 3, 8), level.check_out_time, tzinfo=zone)

    code = declare(house, starts_at=start - 15 * MINUTE, ends_at=end + 15 * MINUTE)

    assert (code.starts_at, code.ends_at) == (start, end)
    assert_opens_only_within(house, code)


@pytest.mark.parametrize("brand", ["igloohome", "lockly"])
def test_one_time_code_opens_once(travel: time_machine.Traveller, brand: str) -> None:
    house = build_house(travel, brand=brand)
    start = timezone.now() + HOUR
    code = declare(house, is_one_time_use=True, starts_at=start)

    travel.move_to(start + HOUR, tick=False)
    assert house.opens(pin_of(code))
    assert not house.opens(pin_of(code))


def test_long_igloohome_code_that_nobody_used_in_time_is_dead(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="igloohome")
    start = timezone.now() + HOUR
    code = declare(house, starts_at=start, ends_at=start + 5 * DAY)

    travel.move_to(start + DAY + MINUTE, tick=False)
    assert not house.opens(pin_of(code))


def test_codes_of_one_slot_all_open_and_differ(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="igloohome")
    start = timezone.now() + HOUR
    codes = [declare(house, starts_at=start, ends_at=start + DAY) for _ in range(3)]
    with pytest.raises(CodeRefused):
        declare(house, starts_at=start, ends_at=start + DAY)

    travel.move_to(start + HOUR, tick=False)
    assert len({pin_of(code) for code in codes}) == 3
    assert all(house.opens(pin_of(code)) for code in codes)


def test_status_and_events_of_an_offline_code(travel: time_machine.Traveller) -> None:
    house = build_house(travel, brand="igloohome")
    start = timezone.now() + 2 * DAY
    code = declare(house, starts_at=start, ends_at=start + DAY)
    assert status_of(code) is Status.UNSET

    house.at(start + MINUTE)
    assert status_of(code) is Status.SET
    with pytest.raises(CodeRefused):
        delete_code(code, actor="tester", now=timezone.now())
    house.at(start + DAY + MINUTE)

    code.refresh_from_db()
    assert code.ended_at is not None
    told = list(Event.objects.filter(access_code=code).order_by("pk").values_list("type", flat=True))
    assert told[0] == EventType.CODE_CREATED
    assert told[-1] == EventType.CODE_DELETED
    assert EventType.CODE_REMOVED not in told
