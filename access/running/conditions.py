"""What a device says of itself: battery, bolt, zone, conditions. Columns, battery readings, events and problems.

`record_status` is called by access.running.reconciling with every status that was read. What a lock does not tell
leaves what is known as it is: while it is offline, it tells nothing of its bolt and battery.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from access.ailments import BY_LOOK, BY_STATUS, CONDITION_EVENTS, ailments_of, ailments_of_status
from access.catalogue import REPORTED_BY_DEVICES
from access.enums import EventType
from access.events import record_device_event
from access.models import Event
from access.problems import hold_problems, open_problems_of
from access.running.health import holding_former_codes, set_online, sight_of, tell_of_flakiness
from access.running.leases import fenced
from access.running.loading import Work
from locks.batteries import NEW_BATTERY, BatteryStatus, Forecast, status_of
from locks.devices import capabilities_of
from locks.drivers.base import DeviceStatus
from locks.enums import Chemistry
from locks.forecasting import forecast_of
from locks.models import BatteryReading, Device
from properties.compiled import compiled
from properties.models import Property

READING_EVERY = dt.timedelta(hours=1)
NO_CHANGE = 0.005
LOW = (BatteryStatus.LOW, BatteryStatus.CRITICAL)
# Conditions on a code's page rather than on the device's, but told by the device.
TOLD = REPORTED_BY_DEVICES | {"august_lock_missing_keypad"}
_ZONE_LENGTH = 64
_GATEWAY_LENGTH = 100


def record_status(work: Work, status: DeviceStatus, *, now: dt.datetime) -> None:
    device = work.device
    with fenced(work.lease):
        set_online(device, online=status.online, now=now, error_code=_why_offline(status))
        level, conditions = device.battery_level, set(device.conditions)
        changed = _follow(device, status, now=now)
        if changed:
            device.save(update_fields=[*changed, "updated_at"])
        _note_readings(device, changed, now=now)
        _tell_of_conditions(device, conditions, now=now)
        if "battery_level" in changed:
            _tell_of_battery(device, level, now=now)
        _hold(work, changed, now=now)


def is_as_known(device: Device, status: DeviceStatus, *, now: dt.datetime) -> bool:
    """Tell whether a status says nothing new, so that nothing has to be written but when the lock was heard."""
    if device.online is not status.online or any(
        getattr(device, name) != value for name, value in _told(status).items()
    ):
        return False
    if status.online:
        device.last_seen_at = now
    return True


def _why_offline(status: DeviceStatus) -> str:
    return "hub_disconnected" if "hub_disconnected" in status.conditions else "device_disconnected"


def _follow(device: Device, status: DeviceStatus, *, now: dt.datetime) -> list[str]:
    """Put what was told on the row; return the names of what changed."""
    told = _told(status)
    if status.online:
        told["last_seen_at"] = now
    changed = [name for name, value in told.items() if getattr(device, name) != value]
    for name in changed:
        setattr(device, name, told[name])
    return changed


def _told(status: DeviceStatus) -> dict[str, Any]:
    told: dict[str, Any] = {"conditions": sorted(status.conditions & TOLD)}
    if status.online:
        told["has_direct_power"] = status.has_direct_power
    optional = {
        "battery_level": status.battery_level,
        "keypad_battery_level": status.keypad_battery_level,
        "locked": status.locked,
        "door_open": status.door_open,
        "auto_lock": status.auto_lock,
        "auto_lock_seconds": status.auto_lock_seconds,
        "time_zone": status.time_zone[:_ZONE_LENGTH] or None,
        "gateway": status.gateway[:_GATEWAY_LENGTH] or None,
        "battery_chemistry": status.battery_chemistry if status.battery_chemistry in Chemistry else None,
    }
    return told | {name: value for name, value in optional.items() if value is not None}


def _note_readings(device: Device, changed: Iterable[str], *, now: dt.datetime) -> None:
    for name, of_keypad in (("battery_level", False), ("keypad_battery_level", True)):
        level = getattr(device, name)
        if name in changed and level is not None:
            _note_reading(device, level, of_keypad=of_keypad, now=now)


def _note_reading(device: Device, level: float, *, of_keypad: bool, now: dt.datetime) -> None:
    """One row for each change, at most hourly; a new battery always."""
    last = _last_reading.first(device.pk, of_keypad)
    if last is not None:
        renewed = level - last.level > NEW_BATTERY
        if abs(level - last.level) < NO_CHANGE or (now - last.at < READING_EVERY and not renewed):
            return
    BatteryReading.objects.create(device=device, at=now, level=level, of_keypad=of_keypad)


@compiled
def _last_reading(device_id: int, of_keypad: bool) -> QuerySet[BatteryReading]:
    readings = BatteryReading.objects.filter(device=device_id, of_keypad=of_keypad)
    return readings.order_by("-at")[:1]


def _tell_of_conditions(device: Device, before: set[str], *, now: dt.datetime) -> None:
    after = set(device.conditions)
    for code, (came, went) in CONDITION_EVENTS.items():
        if code == "device_has_flaky_connection":
            continue  # told where the problem opens: it is found by looking, too
        if code in after - before:
            record_device_event(device, came, now=now)
        elif code in before - after:
            record_device_event(device, went, now=now)


def _tell_of_battery(device: Device, before: float | None, *, now: dt.datetime) -> None:
    """The first reading is no change; a battery that is low is told of all the same."""
    if device.battery_level is None:
        return
    was = None if before is None else _called_until_now(device, before)
    status = status_of(device.battery_level, device.battery_chemistry, before=was)
    data: dict[str, Any] = {"battery_level": round(device.battery_level, 2), "battery_status": status.value}
    if was is not None and status is not was:
        record_device_event(device, EventType.DEVICE_BATTERY_CHANGED, now=now, **data)
    if status in LOW and status is not was and was is not BatteryStatus.CRITICAL:
        record_device_event(device, EventType.DEVICE_LOW_BATTERY, now=now, **data)


def _called_until_now(device: Device, before: float) -> BatteryStatus:
    """What its status was last told to be; the level alone does not tell, near a border."""
    data = _told_batteries.first(device.pk)
    name = data.get("battery_status") if data else None
    return BatteryStatus(name) if name in set(BatteryStatus) else status_of(before, device.battery_chemistry)


@compiled
def _told_batteries(device_id: int) -> QuerySet[Event, dict[str, Any]]:
    told = Event.objects.filter(device=device_id, type=EventType.DEVICE_BATTERY_CHANGED)
    return told.order_by("-occurred_at").values_list("data", flat=True)[:1]


def _hold(work: Work, changed: Iterable[str], *, now: dt.datetime) -> None:
    device, held = work.device, len(work.places)
    open_now = open_problems_of(device)
    is_former = device.pk in holding_former_codes([work], now=now)
    sight = sight_of(device, open_now, now=now, held=held, holds_former=is_former)
    holding = ailments_of(sight, now=now)
    among = BY_LOOK | BY_STATUS
    fresh = {"battery_level", "battery_chemistry", "has_direct_power"} & set(changed)
    battery = None
    if fresh or any(problem.code == "low_battery" for problem in open_now):
        battery = _battery_of(device, now=now)
    holding |= ailments_of_status(
        conditions=device.conditions,
        battery=battery,
        keypad_level=device.keypad_battery_level,
        zones=_zones_of(device),
        now=now,
    )
    difference = hold_problems(device, holding, among=among, now=now, open_now=open_now)
    tell_of_flakiness(device, difference, now=now)


def _battery_of(device: Device, *, now: dt.datetime) -> tuple[float, BatteryStatus, Forecast] | None:
    if device.battery_level is None or device.has_direct_power:
        return None
    status = _called_until_now(device, device.battery_level)
    return device.battery_level, status, forecast_of(device, now=now)


def _zones_of(device: Device) -> tuple[str, str]:
    """A zone matters only to a lock that keeps windows by its own clock."""
    capabilities = capabilities_of(device)
    if not device.time_zone or not (capabilities.native_scheduling or capabilities.offline_kinds):
        return "", ""
    return device.time_zone, _zones.first(device.pk) or ""


@compiled
def _zones(device_id: int) -> QuerySet[Property, str]:
    places = Property.objects.filter(doors__device=device_id).order_by("pk")
    return places.values_list("time_zone", flat=True)
