"""devices/*: what is read of managed devices, and what people say about them. Simulations: simulating_devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import available_timezones

from django.db import transaction

from access.backups.pool import can_have_pool, switch_pool
from access.connecting.metadata import MetadataError, merged_metadata
from access.connecting.providers import CATEGORIES, providers_in
from access.foreign import unmanage_device
from access.seam.endpoints.choosing_devices import FILTERS, chosen_devices, find_named_device
from access.seam.errors import invalid, not_found, refused
from access.seam.kinds import Choice, Flag, Id, Many, Record, Text
from access.seam.paging import PAGED, page_of
from access.seam.reading import Nested, may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.devices import show_device, show_devices
from access.seam.shapes.providers import show_provider
from locks.brands import BRANDS
from locks.models import Device
from locks.waking import wake_devices

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()
LIMIT: Final = 500
NAME: Final = Text(100)
_TOLD_ZONE: Final = Nested({"time_zone": may(Text(64)), "time_zone_id": may(Text(64))})


@routes.read("devices/get", {"device_id": may(Id()), "name": may(NAME)}, for_sessions=True)
def get_device(call: Call) -> Answer:
    device = find_named_device(call)
    check_managed(device)
    return {"device": show_device(device, call)}


@routes.read("devices/list", {**FILTERS, **PAGED}, for_sessions=True)
def list_devices(call: Call) -> Answer:
    devices, pagination = page_of(call, chosen_devices(call, managed=True), limit=LIMIT)
    return {"devices": show_devices(devices, call), "pagination": pagination}


@routes.read(
    "devices/list_device_providers", {"provider_category": may(Choice(CATEGORIES))}, for_sessions=True
)
def list_device_providers(call: Call) -> Answer:
    category = call.get("provider_category")
    names = providers_in(category) if category else [brand.provider for brand in BRANDS.values()]
    brands = [brand for brand in BRANDS.values() if brand.provider in names]
    return {"device_providers": [show_provider(brand, call) for brand in brands]}


@routes.change(
    "devices/update",
    {
        "device_id": needs(Id()),
        "name": may(NAME, null=True),
        "is_managed": may(Flag()),
        "custom_metadata": may(Record()),
        "properties": may(Nested({"name": may(NAME, null=True)})),
        "backup_access_code_pool_enabled": may(Flag()),
    },
    "PATCH",
    "PUT",
    for_sessions=True,
)
def update_device(call: Call) -> Answer:
    """All of it or, where a part is refused, nothing."""
    device = find_named_device(call)
    check_managed(device)
    if call.get("backup_access_code_pool_enabled") and not can_have_pool(device):
        raise refused("unsupported_device", "This device cannot have a pool of backup codes.")
    _change(call, device)
    if "backup_access_code_pool_enabled" in call:
        # Last and by itself, since it holds codes before their device; nothing of it is refused any more.
        switch_pool(device, on=call["backup_access_code_pool_enabled"], actor=call.actor, now=call.now)
        wake_devices([device.pk], at=call.now)
    return {}


@transaction.atomic
def _change(call: Call, device: Device) -> None:
    """What holds stays and codes comes before what holds the device alone."""
    if call.get("is_managed") is False:
        unmanage_device(device, actor=call.actor, now=call.now)
    if "custom_metadata" in call:
        change_metadata(device, call["custom_metadata"])
    name = call.get("properties", {}).get("name", call.get("name"))
    if "name" in call or "name" in call.get("properties", {}):
        # A name of nothing is the lock's own again.
        Device.objects.filter(pk=device.pk).update(nickname=(name or "").strip())


@routes.change(
    "devices/report_provider_metadata",
    {
        "devices": needs(
            Many(
                Nested(
                    {
                        "device_id": needs(Id()),
                        "ultraloq_metadata": may(_TOLD_ZONE),
                        "omnitec_metadata": may(_TOLD_ZONE),
                        "schlage_metadata": may(_TOLD_ZONE),
                        "lockly_metadata": may(_TOLD_ZONE),
                    }
                ),
                least=1,
            )
        )
    },
    for_sessions=True,
)
def report_provider_metadata(call: Call) -> Answer:
    """Whoever knows in which time zone a lock is tells what its lock system does not."""
    told = [(one["device_id"], _zone_in(one)) for one in call["devices"]]
    rows = {row.public_id: row for row in call.rows(Device).filter(public_id__in=[one for one, _ in told])}
    missing = next((one for one, _ in told if one not in rows), None)
    if missing is not None:
        raise not_found("device", device_id=missing)
    with transaction.atomic():
        for device_id, zone in told:
            if zone:
                _note_zone(rows[device_id], zone)
        wake_devices([row.pk for row in rows.values()], at=call.now)
    return {}


def check_managed(device: Device) -> None:
    if not device.is_managed:
        raise refused(
            "device_unmanaged",
            "This device is unmanaged. See /devices/unmanaged, or manage it with /devices/unmanaged/update.",
            device_id=str(device.public_id),
        )


def change_metadata(device: Device, given: dict[str, Any]) -> None:
    """Add or change what is given; what is null or empty goes."""
    with transaction.atomic():
        row = Device.objects.select_for_update(no_key=True).get(pk=device.pk)
        try:
            row.custom_metadata = merged_metadata(row.custom_metadata, given)
        except MetadataError as error:
            raise invalid(str(error), "custom_metadata") from error
        row.save(update_fields=["custom_metadata", "updated_at"])


def _zone_in(told: dict[str, Any]) -> str:
    zones = [
        metadata.get("time_zone") or metadata.get("time_zone_id")
        for name, metadata in told.items()
        if name.endswith("_metadata")
    ]
    zone = next((one for one in zones if one), "")
    if zone and zone not in available_timezones():
        raise invalid("Name a time zone as in Europe/Lisbon.", "devices")
    return zone


def _note_zone(device: Device, zone: str) -> None:
    row = Device.objects.select_for_update(no_key=True).get(pk=device.pk)
    row.reported = {**row.reported, "time_zone": zone}
    row.save(update_fields=["reported", "updated_at"])
