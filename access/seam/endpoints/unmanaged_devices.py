"""devices/unmanaged/*: locks that are left to others, and taking them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from access.foreign import manage_device
from access.seam.endpoints.choosing_devices import FILTERS, chosen_devices, find_named_device
from access.seam.endpoints.devices import NAME, change_metadata
from access.seam.errors import invalid, refused
from access.seam.kinds import Flag, Id, Record
from access.seam.paging import PAGED, page_of
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.devices import show_device, show_devices
from locks.models import Device

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()
LIMIT: Final = 22_900


@routes.read("devices/unmanaged/get", {"device_id": may(Id()), "name": may(NAME)}, for_sessions=True)
def get_device(call: Call) -> Answer:
    device = find_named_device(call)
    _check_unmanaged(device)
    return {"device": show_device(device, call)}


@routes.read("devices/unmanaged/list", {**FILTERS, **PAGED}, for_sessions=True)
def list_devices(call: Call) -> Answer:
    devices, pagination = page_of(call, chosen_devices(call, managed=False), limit=LIMIT)
    return {"devices": show_devices(devices, call), "pagination": pagination}


@routes.change(
    "devices/unmanaged/update",
    {"device_id": needs(Id()), "is_managed": may(Flag()), "custom_metadata": may(Record())},
    "PATCH",
    "PUT",
    for_sessions=True,
)
@transaction.atomic
def update_device(call: Call) -> Answer:
    """Codes that stand on the lock stay unmanaged, each to be converted by itself."""
    device = find_named_device(call)
    _check_unmanaged(device)
    if "is_managed" not in call and "custom_metadata" not in call:
        raise invalid("Required", "is_managed")
    if call.get("is_managed") is False:
        raise invalid(
            "This device is unmanaged already; to leave one to others use /devices/update.", "is_managed"
        )
    if call.get("is_managed"):
        manage_device(device, actor=call.actor, now=call.now)
    if "custom_metadata" in call:
        change_metadata(device, call["custom_metadata"])
    return {}


def _check_unmanaged(device: Device) -> None:
    if device.is_managed:
        raise refused(
            "device_managed", "This device is managed. See /devices.", device_id=str(device.public_id)
        )
