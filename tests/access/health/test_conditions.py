"""What a device says of itself, what an account lists, and one incident for one cause."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from access.enums import EventType
from access.inheriting import problems_seen_on_code, problems_seen_on_device
from access.models import AccessCode, Event, Problem
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import set_mood, stop_lock_system
from locks.drivers.virtual.outside import set_parts
from locks.drivers.virtual.provisioning import create_virtual_lock
from locks.models import Account, BatteryReading, Device
from locks.provisioning import sync_account_devices
from locks.waking import wake_devices
from tests.access.health.house import TURN, House, make_house

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house(travel: time_machine.Traveller) -> House:
    return make_house(travel, "august")


def set_battery(house: House, level: float) -> None:
    VirtualLock.objects.filter(pk=house.lock.pk).update(battery_level=level)


@pytest.mark.parametrize(
    ("condition", "came", "went"),
    [
        ("third_party_integration_detected", EventType.DEVICE_THIRD_PARTY, EventType.DEVICE_THIRD_PARTY_GONE),
        ("subscription_required", EventType.DEVICE_SUBSCRIPTION, EventType.DEVICE_SUBSCRIPTION_RESOLVED),
        ("salto_ks_privacy_mode", EventType.DEVICE_PRIVACY_ON, EventType.DEVICE_PRIVACY_OFF),
        ("privacy_mode", EventType.DEVICE_PRIVACY_ON, EventType.DEVICE_PRIVACY_OFF),
        ("accessory_keypad_setup_required", EventType.DEVICE_KEYPAD_OFF, EventType.DEVICE_KEYPAD_ON),
    ],
)
def test_condition_that_comes_and_goes_is_told_of_once_each(
    house: House, condition: str, came: EventType, went: EventType
) -> None:
    house.mood("condition", condition=condition)
    house.look(3)
    house.heal()
    house.look(3)

    assert [event for event in house.events() if event in (came, went)] == [came, went]


def test_what_the_lock_tells_is_kept(house: House) -> None:
    set_parts(
        house.lock,
        time_zone="Europe/Zurich",
        gateway="Bridge 7",
        keypad_battery_level=0.6,
        battery_chemistry="lithium",
        door_open=True,
    )
    house.look()

    device = house.device
    assert (device.time_zone, device.gateway, device.keypad_battery_level) == (
        "Europe/Zurich",
        "Bridge 7",
        0.6,
    )
    assert (device.battery_chemistry, device.door_open) == ("lithium", True)


def test_lock_that_is_offline_keeps_what_was_known_of_it(house: House) -> None:
    set_battery(house, 0.7)
    house.look()
    house.mood("offline")
    house.look()

    assert (house.device.online, house.device.battery_level) == (False, 0.7)


def test_battery_is_written_down_on_change_and_at_most_hourly(house: House) -> None:
    before = BatteryReading.objects.count()
    for level in (0.8, 0.79, 0.78):
        set_battery(house, level)
        house.look()
    assert BatteryReading.objects.count() == before

    house.travel.shift(HOUR)
    set_battery(house, 0.7)
    house.look(2)
    assert BatteryReading.objects.count() == before + 1

    set_battery(house, 1.0)
    house.look()
    assert BatteryReading.objects.count() == before + 2


def test_battery_events_tell_of_each_border_once(house: House) -> None:
    for level in (0.5, 0.15, 0.21, 0.15, 0.05, 0.95):
        set_battery(house, level)
        house.look(2)

    told = Event.objects.filter(type__in=[EventType.DEVICE_BATTERY_CHANGED, EventType.DEVICE_LOW_BATTERY])
    statuses = [
        event.data["battery_status"]
        for event in told.order_by("pk")
        if event.type == EventType.DEVICE_BATTERY_CHANGED
    ]
    assert statuses == ["good", "low", "critical", "full"]
    assert [
        e.data["battery_status"] for e in told.order_by("pk") if e.type == EventType.DEVICE_LOW_BATTERY
    ] == [
        "low",
        "critical",
    ]
    assert "low_battery" not in house.problems()


def test_lithium_is_warned_of_before_its_level_looks_low(house: House) -> None:
    """The level is at 70 %, and the cliff is days away."""
    set_parts(house.lock, battery_chemistry="lithium")
    for step in range(12):
        set_battery(house, 0.9 - step * 0.02)
        house.look(after=24 * HOUR)

    problem = Problem.objects.get(code="low_battery", cleared_at=None)
    assert problem.data["battery_status"] == "good"
    assert problem.data["days_left"] < 14


def test_counts_of_a_full_lock_are_told(house: House) -> None:
    VirtualLock.objects.filter(pk=house.lock.pk).update(capacity=1)
    sync_account_devices(house.account, now=house.now)
    house.code()
    house.look(2)

    problem = Problem.objects.get(code="max_access_codes_reached")
    assert problem.data == {"active_access_code_count": 1, "max_active_access_code_count": 1}


def test_zones_of_other_names_and_the_same_clock_agree(house: House) -> None:
    place = house.device.door.property
    place.time_zone = "Europe/Zurich"
    place.save()
    set_parts(house.lock, time_zone="Europe/Berlin")
    house.look()

    assert "time_zone_mismatch" not in house.problems()


# The account


def neighbours(house: House, count: int) -> None:
    for number in range(count):
        create_virtual_lock(
            brand="august", name=f"Neighbour {number}", account_key=house.account.credentials["account_key"]
        )


def look_at_all(house: House, times: int = 1) -> None:
    for _ in range(times):
        ids = list(Device.objects.filter(account=house.device.account_id).values_list("pk", flat=True))
        wake_devices(ids, at=house.now + TURN)
        house.look()


def test_seam_131_new_renamed_and_lost_locks_are_noticed(house: House) -> None:
    neighbours(house, 1)
    house.look()
    added = Device.objects.get(name="Neighbour 0")
    assert added.is_managed
    assert Event.objects.filter(device=added, type=EventType.DEVICE_ADDED).count() == 1

    lock = VirtualLock.objects.get(external_id=added.external_id)
    VirtualLock.objects.filter(pk=lock.pk).update(name="Side door")
    house.look()
    added.refresh_from_db()
    assert added.name == "Side door"
    assert EventType.DEVICE_RENAMED in house.events()

    set_mood(lock, "removed")
    look_at_all(house, 2)
    added.refresh_from_db()
    assert added.removed_at is not None
    assert Event.objects.filter(device=added, type=EventType.DEVICE_REMOVED).count() == 1
    assert added.problems.filter(code="device_removed", cleared_at=None).exists()


def test_new_locks_are_left_alone_where_the_account_says_so(house: House) -> None:
    Account.objects.update(manages_new_devices=False)
    neighbours(house, 1)
    house.look()

    assert not Device.objects.get(name="Neighbour 0").is_managed


def test_f66_outage_of_the_account_is_one_incident(house: House) -> None:
    """Ten locks, and one thing is wrong: it is said once, and seen from each lock and each code."""
    neighbours(house, 4)
    look_at_all(house, 2)
    code = house.code()
    look_at_all(house)

    stop_lock_system(house.account.credentials["account_key"])
    look_at_all(house, 4)

    raised = Problem.objects.filter(cleared_at=None, access_code=None)
    assert [problem.code for problem in raised] == ["provider_service_unavailable"]
    for device in Device.objects.all():
        assert [str(seen.source) for seen in problems_seen_on_device(device)] == ["account"]
    assert "provider_service_unavailable" in {
        seen.problem.code for seen in problems_seen_on_code(AccessCode.objects.get(pk=code.pk))
    }


def test_f66_refused_login_is_one_incident_with_one_event(house: House) -> None:
    neighbours(house, 4)
    look_at_all(house, 2)

    house.mood("disconnected")
    for lock in VirtualLock.objects.all():
        set_mood(lock, "disconnected")
    look_at_all(house, 3)

    assert house.problems() == {"account_disconnected"}
    assert house.events().count(EventType.ACCOUNT_DISCONNECTED) == 1
    assert EventType.DEVICE_DISCONNECTED not in house.events()

    for lock in VirtualLock.objects.all():
        VirtualLock.objects.filter(pk=lock.pk).update(moods={})
    look_at_all(house, 2)
    assert house.problems() == set()
    last = [event for event in house.events() if event.startswith("connected_account")]
    assert last[-2:] == [EventType.ACCOUNT_CONNECTED, EventType.ACCOUNT_SYNCED_AGAIN]


def test_seam_71_connection_that_comes_and_goes_is_called_flaky_once(house: House) -> None:
    for _ in range(6):
        house.mood("offline")
        house.look(after=dt.timedelta(minutes=5))
        house.heal()
        house.look(after=dt.timedelta(minutes=5))

    assert house.events().count(EventType.DEVICE_FLAKY) == 1
    house.look(4, after=HOUR)
    assert house.events().count(EventType.DEVICE_STABLE) == 1


def test_unmanaged_lock_has_events_of_its_own(house: House) -> None:
    from access.running.health import set_online

    Device.objects.update(is_managed=False)
    house.device.refresh_from_db()
    set_online(house.device, online=False, now=house.now)

    told = Event.objects.get(type=EventType.DEVICE_UNMANAGED_DISCONNECTED)
    assert told.data == {"error_code": "device_disconnected"}
