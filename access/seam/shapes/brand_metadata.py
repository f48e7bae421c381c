"""What the founding API tells of a device in the words of its maker: `schlage_metadata` and its like. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from locks.capabilities import Capabilities, UserLevel
from locks.models import Device

NO_KEYPAD: Final = frozenset({"accessory_keypad_setup_required", "august_lock_missing_keypad"})
# Brands whose keypad is a part that is bought beside the lock.
ACCESSORY_KEYPADS: Final = frozenset({"august", "nuki", "tedee", "wyze"})


def metadata_of(device: Device, capabilities: Capabilities, *, zone: str) -> dict[str, dict[str, Any]]:
    """Under the name that programs know for the brand; Yale's is August's, whose back end it shares."""
    tell = _TELL.get(device.brand)
    if tell is None:
        return {}
    name, details = tell
    return {name: details(device, capabilities, zone)}


def has_keypad(device: Device) -> bool:
    return not NO_KEYPAD & set(device.conditions)


Details = Callable[[Device, Capabilities, str], dict[str, Any]]


def _usual(device: Device, _: Capabilities, __: str) -> dict[str, Any]:
    return {"device_id": device.external_id, "device_name": device.name, "model": device.model or None}


def _schlage(device: Device, capabilities: Capabilities, zone: str) -> dict[str, Any]:
    lengths = capabilities.pin_lengths
    known = lengths[0] if capabilities.one_pin_length and len(lengths) == 1 else None
    return {**_usual(device, capabilities, zone), "access_code_length": known}


def _kwikset(device: Device, capabilities: Capabilities, zone: str) -> dict[str, Any]:
    return {**_usual(device, capabilities, zone), "model_number": device.model or None}


def _august(device: Device, _: Capabilities, __: str) -> dict[str, Any]:
    level = device.keypad_battery_level
    return {
        "lock_id": device.external_id,
        "lock_name": device.name,
        "has_keypad": has_keypad(device),
        "keypad_battery_level": None if level is None else f"{level:.2f}",
        "house_id": None,
        "house_name": None,
        "model": device.model or None,
    }


_LOCKED: Final = {True: "locked", False: "unlocked", None: None}


def _salto(device: Device, _: Capabilities, __: str) -> dict[str, Any]:
    return {
        "lock_id": device.external_id,
        "lock_type": device.model or None,
        "customer_reference": device.name,
        "battery_level": None,
        "locked_state": _LOCKED.get(device.locked),
        "model": device.model or None,
        "site_id": None,
        "site_name": device.account.name,
    }


def _nuki(device: Device, capabilities: Capabilities, zone: str) -> dict[str, Any]:
    return {
        **_usual(device, capabilities, zone),
        "keypad_paired": has_keypad(device),
        "keypad_battery_critical": "accessory_keypad_low_battery" in device.conditions,
    }


def _bridged(device: Device, capabilities: Capabilities, zone: str) -> dict[str, Any]:
    return {
        **_usual(device, capabilities, zone),
        "bridge_id": device.gateway or None,
        "bridge_name": device.gateway or None,
    }


def _ttlock(device: Device, _: Capabilities, zone: str) -> dict[str, Any]:
    return {
        "lock_id": None,
        "lock_alias": device.name,
        "has_gateway": bool(device.gateway),
        "timezone_raw_offset_ms": _raw_offset_ms(zone),
        "wireless_keypads": [],
    }


def _raw_offset_ms(zone: str) -> int | None:
    """Without daylight saving time, whatever the season."""
    try:
        moment = dt.datetime(2025, 1, 1, tzinfo=ZoneInfo(zone)) if zone else None
    except (ZoneInfoNotFoundError, ValueError):
        moment = None
    offset = moment.utcoffset() if moment is not None else None
    if moment is None or offset is None:
        return None
    return int((offset - (moment.dst() or dt.timedelta(0))).total_seconds() * 1000)


def _oracode(device: Device, capabilities: Capabilities, zone: str) -> dict[str, Any]:
    return {
        "device_id": device.external_id,
        "door_id": None,
        "door_name": device.name,
        "door_is_wireless": False,
        "iana_timezone": zone or None,
        "site_id": None,
        "site_name": device.account.name,
        "predefined_time_slots": [_slot(level, zone) for level in capabilities.user_levels],
    }


def _slot(level: UserLevel, zone: str) -> dict[str, Any]:
    place = f"[{zone or 'UTC'}]"
    return {
        "name": level.name,
        "prefix": level.prefix,
        "check_in_time": f"{level.check_in_time:%H:%M:%S}{place}",
        "check_out_time": f"{level.check_out_time:%H:%M:%S}{place}",
        "is_24_hour": level.is_24_hour,
        "is_biweekly_mode": level.is_biweekly_mode,
        "is_one_shot": level.is_one_shot,
        "is_master": level.is_master,
        "dormakaba_oracode_user_level_id": level.user_level_id,
        "dormakaba_oracode_user_level_prefix": level.prefix,
    }


_TELL: Final[Mapping[str, tuple[str, Details]]] = {
    "two_n": ("two_n_metadata", _usual),
    "august": ("august_metadata", _august),
    "yale": ("august_metadata", _august),
    "schlage": ("schlage_metadata", _schlage),
    "kwikset": ("kwikset_metadata", _kwikset),
    "nuki": ("nuki_metadata", _nuki),
    "salto_ks": ("salto_ks_metadata", _salto),
    "tedee": ("tedee_metadata", _bridged),
    "ttlock": ("ttlock_metadata", _ttlock),
    "wyze": ("wyze_metadata", _usual),
    "igloohome": ("igloohome_metadata", _bridged),
    "lockly": ("lockly_metadata", _usual),
    "dormakaba_oracode": ("dormakaba_oracode_metadata", _oracode),
    "smartthings": ("smartthings_metadata", _usual),
}
