"""What is wrong with a device, from what is known of it. Pure; called by access.running.health and .conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from access.catalogue import REPORTED_BY_DEVICES
from access.enums import EventType
from access.problems import Raised
from locks.batteries import BatteryStatus, Forecast
from locks.drivers.base import UnreadableReason

UNREADABLE_AFTER = 3
# The first bad answer may be the account's, or one that its status explains better: both are asked before the second.
ASKED_AFTER = 2
TAMPERED_FOR = dt.timedelta(days=1)
KEYPAD_LOW = 0.2
CHANGE_BATTERY_WITHIN = 14.0
CHANGE_BATTERY_NOW = 3.0

# Decided by what only a status tells; everything else by any look.
BY_STATUS = frozenset(
    {"low_battery", "accessory_keypad_low_battery", "time_zone_unknown", "time_zone_mismatch"}
)
BY_LOOK = (REPORTED_BY_DEVICES - BY_STATUS) | {
    "device_offline",
    "device_unreadable",
    "device_fault",
    "device_removed",
    "device_tampered",
    "former_code_on_device",
    "max_access_codes_reached",
    "device_has_flaky_connection",
}
# Conditions that say why a lock is offline: then that is said, and not that it is offline as well.
_OFFLINE_SINCE = frozenset(
    {
        "device_disconnected",
        "hub_disconnected",
        "august_lock_missing_bridge",
        "lockly_missing_wifi_bridge",
        "ttlock_lock_not_paired_to_gateway",
        "wyze_device_missing_gateway",
        "hub_required_for_additional_capabilities",
    }
)
_UNREADABLE = frozenset({UnreadableReason.TIMEOUT, UnreadableReason.BAD_ANSWER})
_ACCOUNT_SAYS = frozenset({"bridge_disconnected", "provider_service_unavailable"})
# What tells that a condition came, and that it went.
CONDITION_EVENTS: Mapping[str, tuple[EventType, EventType]] = {
    "third_party_integration_detected": (EventType.DEVICE_THIRD_PARTY, EventType.DEVICE_THIRD_PARTY_GONE),
    "subscription_required": (EventType.DEVICE_SUBSCRIPTION, EventType.DEVICE_SUBSCRIPTION_RESOLVED),
    "salto_ks_privacy_mode": (EventType.DEVICE_PRIVACY_ON, EventType.DEVICE_PRIVACY_OFF),
    "privacy_mode": (EventType.DEVICE_PRIVACY_ON, EventType.DEVICE_PRIVACY_OFF),
    "accessory_keypad_setup_required": (EventType.DEVICE_KEYPAD_OFF, EventType.DEVICE_KEYPAD_ON),
    "august_lock_missing_keypad": (EventType.DEVICE_KEYPAD_OFF, EventType.DEVICE_KEYPAD_ON),
    "device_has_flaky_connection": (EventType.DEVICE_FLAKY, EventType.DEVICE_STABLE),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of a device. `account_conditions`: what is wrong with the whole account, which is not said again
    of each of its devices (F66)."""

    brand: str
    online: bool | None = None
    failures: int = 0
    unreadable: str = ""
    conditions: Collection[str] = ()
    account_conditions: Collection[str] = ()
    held: int = 0
    max_codes: int | None = None
    holds_former_code: bool = False
    is_flaky: bool = False
    is_removed: bool = False
    tampered_at: dt.datetime | None = None


def ailments_of(sight: Sight, *, now: dt.datetime) -> dict[str, Raised]:
    """All problems `BY_LOOK` that hold."""
    holding = {code: Raised() for code in sight.conditions if code in BY_LOOK}
    holding |= {code: Raised() for code in _of_reading(sight)}
    if sight.online is False and not sight.is_removed and not _OFFLINE_SINCE & holding.keys():
        bridge = sight.unreadable == UnreadableReason.BRIDGE_OFFLINE and sight.account_conditions
        if not bridge:
            holding["device_offline"] = Raised()
    if sight.max_codes is not None and sight.held >= sight.max_codes:
        counts = {"active_access_code_count": sight.held, "max_active_access_code_count": sight.max_codes}
        holding["max_access_codes_reached"] = Raised(
            counts, f"The lock holds {sight.held} of {sight.max_codes} codes. Remove codes that nobody needs."
        )
    if sight.tampered_at is not None and now - sight.tampered_at < TAMPERED_FOR:
        holding["device_tampered"] = Raised({"tampered_at": sight.tampered_at.isoformat()})
    flags = {
        "former_code_on_device": sight.holds_former_code,
        "device_has_flaky_connection": sight.is_flaky,
        "device_removed": sight.is_removed,
    }
    return holding | {code: Raised() for code, holds in flags.items() if holds}


def _of_reading(sight: Sight) -> set[str]:
    """What an answer that could not be read says."""
    if sight.is_removed or _ACCOUNT_SAYS & set(sight.account_conditions):
        return set()
    match sight.unreadable:
        case UnreadableReason.BRIDGE_OFFLINE if sight.failures >= ASKED_AFTER:
            return set() if _OFFLINE_SINCE & set(sight.conditions) else {"hub_disconnected"}
        case UnreadableReason.NOT_AUTHORIZED if sight.failures >= ASKED_AFTER:
            told = {"missing_device_credentials", "august_lock_not_authorized", "insufficient_permissions"}
            if told & set(sight.conditions):
                return set()
            august = sight.brand in {"august", "yale"}
            return {"august_lock_not_authorized" if august else "insufficient_permissions"}
    lasting = (
        sight.online is not False and sight.failures >= UNREADABLE_AFTER and sight.unreadable in _UNREADABLE
    )
    return {"device_unreadable"} if lasting else set()


def ailments_of_status(
    *,
    conditions: Collection[str],
    battery: tuple[float, BatteryStatus, Forecast] | None,
    keypad_level: float | None,
    zones: tuple[str, str],
    now: dt.datetime,
) -> dict[str, Raised]:
    """All problems `BY_STATUS` that hold. `zones`: the device's and its property's, where known and of any matter."""
    holding = {code: Raised() for code in conditions if code in BY_STATUS}
    if battery is not None:
        holding |= _of_battery(*battery)
    if keypad_level is not None and keypad_level < KEYPAD_LOW:
        holding["accessory_keypad_low_battery"] = Raised({"battery_level": round(keypad_level, 2)})
    device_zone, property_zone = zones
    if device_zone and _zone(device_zone) is None:
        holding["time_zone_unknown"] = Raised({"time_zone": device_zone})
    elif device_zone and property_zone and not zones_agree(device_zone, property_zone, now=now):
        holding["time_zone_mismatch"] = Raised(
            {"time_zone": device_zone, "property_time_zone": property_zone}
        )
    return holding


def _of_battery(level: float, status: BatteryStatus, expected: Forecast) -> dict[str, Raised]:
    days = expected.days_left
    low = status in (BatteryStatus.LOW, BatteryStatus.CRITICAL)
    if not low and (days is None or days >= CHANGE_BATTERY_WITHIN):
        return {}
    urgent = status is BatteryStatus.CRITICAL or (days is not None and days < CHANGE_BATTERY_NOW)
    data = {
        "battery_level": round(level, 2),
        "battery_status": status.value,
        "days_left": None if days is None else round(days),
    }
    left = "" if days is None else f", about {days:.0f} days left"
    return {"low_battery": Raised(data, f"The battery is at {level:.0%}{left}. Change it.", not urgent)}


def zones_agree(one: str, other: str, *, now: dt.datetime) -> bool:
    """Tell whether two zones show the same clock through the coming year, whatever they are called."""
    first, second = _zone(one), _zone(other)
    if first is None or second is None:
        return first is second
    days = (now + dt.timedelta(days=day) for day in range(0, 366, 7))
    return all(day.astimezone(first).utcoffset() == day.astimezone(second).utcoffset() for day in days)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
