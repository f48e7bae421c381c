"""Devices as the founding API shows them: managed ones in full, unmanaged ones in its reduced shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from access.backups.pool import can_have_pool, has_pool
from access.connecting.providers import categories_of
from access.seam.shapes.brand_metadata import ACCESSORY_KEYPADS, has_keypad, metadata_of
from access.seam.shapes.common import Troubles
from access.seam.shapes.device_flags import capabilities_supported, constraints_of, flags_of
from access.seam.shapes.time_frames import offline_time_frames
from access.telling.moments import told_moment
from locks.batteries import status_of
from locks.brands import Brand, brand_of
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.enums import AccountStatus
from locks.models import Device
from locks.sandbox import simulations_of

if TYPE_CHECKING:
    from access.seam.routing import Call

MANUFACTURERS: Final = {"salto_ks": "salto"}
# Keys of `properties` that unmanaged devices show too.
_REDUCED: Final = (
    "online", "name", "appearance", "battery", "battery_level", "manufacturer", "image_url", "image_alt_text",
    "model", "accessory_keypad", "online_access_codes_enabled", "offline_access_codes_enabled",
)  # fmt: skip


def with_relations(rows: QuerySet[Device]) -> QuerySet[Device]:
    """All that showing reads, and no credentials."""
    related = rows.select_related("account__workspace", "door__property")
    return related.defer("account__credentials")


def show_device(device: Device, call: Call) -> dict[str, Any]:
    return show_devices([device], call)[0]


def show_devices(devices: Sequence[Device], call: Call) -> list[dict[str, Any]]:
    """`devices` come from `with_relations`. One query more, however many there are."""
    troubles = Troubles(
        devices=(device.pk for device in devices), accounts=(device.account_id for device in devices)
    )
    return [_show(device, call, troubles) for device in devices]


def is_reachable(device: Device) -> bool:
    """One that was listed and not yet asked is taken for online until it shows otherwise."""
    listed = device.removed_at is None and device.account.status == AccountStatus.CONNECTED
    return listed and device.online is not False


def zone_named(device: Device) -> str:
    """The zone that a person told, else the lock's own, else that of its house."""
    door = getattr(device, "door", None)
    house = door.property.time_zone if door is not None else ""
    return str(device.reported.get("time_zone") or device.time_zone or house)


def _show(device: Device, call: Call, troubles: Troubles) -> dict[str, Any]:
    brand, capabilities = brand_of(device.brand), capabilities_of(device)
    properties = _properties(device, brand, capabilities)
    shown = {
        "device_id": str(device.public_id),
        "device_type": brand.device_type,
        "connected_account_id": str(device.account.public_id),
        "workspace_id": str(call.workspace.public_id),
        "capabilities_supported": capabilities_supported(
            capabilities, has_battery=not device.has_direct_power
        ),
        **flags_of(capabilities, device.conditions, simulations_of(device)),
        "created_at": told_moment(device.created_at),
        "is_managed": device.is_managed,
        "custom_metadata": device.custom_metadata,
        "location": _location(device),
        **troubles.of_device(device.pk, device.account_id),
    }
    if device.is_managed:
        return {**shown, **_names(device, brand), "properties": properties}
    return {**shown, "properties": {key: properties[key] for key in _REDUCED if key in properties}}


def _names(device: Device, brand: Brand) -> dict[str, Any]:
    """What managed devices tell besides."""
    return {
        "display_name": device.nickname or device.name,
        "nickname": device.nickname or None,
        "space_ids": [],
        "device_manufacturer": {
            "display_name": brand.display_name,
            "image_url": None,
            "manufacturer": manufacturer_of(brand),
        },
        "device_provider": {
            "device_provider_name": brand.provider,
            "display_name": brand.display_name,
            "image_url": None,
            "provider_category": categories_of(brand)[-1],
        },
    }


def manufacturer_of(brand: Brand) -> str:
    return MANUFACTURERS.get(brand.key, brand.key)


def _location(device: Device) -> dict[str, Any] | None:
    door, zone = getattr(device, "door", None), zone_named(device)
    if door is None and not zone:
        return None
    name = door.property.name if door is not None else None
    return {"location_name": name, "timezone": zone or None, "time_zone": zone or None}


def _properties(device: Device, brand: Brand, capabilities: Capabilities) -> dict[str, Any]:
    return {
        "online": is_reachable(device),
        "name": device.nickname or device.name,
        "appearance": {"name": device.name},
        "manufacturer": manufacturer_of(brand),
        "image_url": None,
        "image_alt_text": f"{brand.display_name} lock",
        "has_direct_power": device.has_direct_power,
        **_state(device),
        "model": _model(device, brand, capabilities),
        **_keypad(device),
        "online_access_codes_enabled": capabilities.online_codes,
        "offline_access_codes_enabled": bool(capabilities.offline_kinds),
        "supports_offline_access_codes": bool(capabilities.offline_kinds),
        **_codes(device, capabilities),
        **_offline(device, capabilities),
        "has_native_entry_events": capabilities.keeps_log,
        **metadata_of(device, capabilities, zone=zone_named(device)),
    }


def _state(device: Device) -> dict[str, Any]:
    """Bolt, door and battery are left out while nobody can know them."""
    if not is_reachable(device):
        return {}
    told: dict[str, Any] = {"locked": device.locked, "door_open": device.door_open}
    if device.battery_level is not None and not device.has_direct_power:
        level = round(device.battery_level, 2)
        status = status_of(device.battery_level, device.battery_chemistry)
        told |= {"battery_level": level, "battery": {"level": level, "status": status.value}}
    if device.auto_lock is not None:
        told |= {
            "auto_lock_enabled": device.auto_lock,
            "auto_lock_delay_seconds": device.auto_lock_seconds,
        }
    if device.keypad_battery_level is not None:
        told["keypad_battery"] = {"level": round(device.keypad_battery_level, 2)}
    return {name: value for name, value in told.items() if value is not None}


def _model(device: Device, brand: Brand, capabilities: Capabilities) -> dict[str, Any]:
    accessory = device.brand in ACCESSORY_KEYPADS
    return {
        "display_name": device.model or f"{brand.display_name} lock",
        "manufacturer_display_name": brand.display_name,
        "has_built_in_keypad": not accessory,
        "can_connect_accessory_keypad": accessory,
        "accessory_keypad_supported": accessory,
        "online_access_codes_supported": capabilities.online_codes,
        "offline_access_codes_supported": bool(capabilities.offline_kinds),
    }


def _keypad(device: Device) -> dict[str, Any]:
    if device.brand not in ACCESSORY_KEYPADS:
        return {}
    keypad: dict[str, Any] = {"is_connected": has_keypad(device)}
    if device.keypad_battery_level is not None and is_reachable(device):
        keypad["battery"] = {"level": round(device.keypad_battery_level, 2)}
    return {"accessory_keypad": keypad}


def _codes(device: Device, capabilities: Capabilities) -> dict[str, Any]:
    told: dict[str, Any] = {
        "supports_backup_access_code_pool": capabilities.supports_backup_pool and capabilities.online_codes
    }
    if can_have_pool(device):
        told["backup_access_code_pool_enabled"] = has_pool(device)
    if capabilities.online_codes:
        told |= {
            "supported_code_lengths": list(capabilities.pin_lengths),
            "code_constraints": constraints_of(capabilities),
        }
        if capabilities.max_codes is not None:
            told["max_active_codes_supported"] = capabilities.max_codes
    return told


def _offline(device: Device, capabilities: Capabilities) -> dict[str, Any]:
    options = offline_time_frames(capabilities, zone=zone_named(device))
    return {"offline_time_frame_options": options} if options else {}
