"""Screw a new virtual lock to a door, and find the virtual lock behind a device (sandbox pages and tests)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locks.brands import BRANDS
from locks.devices import CapabilitiesError
from locks.drivers.virtual.fitting import reports_of, usual_gateway, usual_zone
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.state import capabilities_reported
from locks.models import Device


def create_virtual_lock(
    *,
    brand: str,
    name: str,
    account_key: str,
    capacity: int | None = None,
    reports: Mapping[str, Any] | None = None,
    **parts: Any,
) -> VirtualLock:
    """`reports`: what this lock says of itself, in the shape of locks.devices (CapabilitiesError where wrong).

    `parts`: how it is fitted, such as `time_zone`, `gateway` or `battery_chemistry`.
    """
    report = reports_of(brand, reports)
    capabilities_reported(brand, report, capacity)
    neighbours = VirtualLock.objects.filter(account_key=account_key).values_list("parts", flat=True)
    gateways = [str(other.get("gateway", "")) for other in neighbours]
    usual = {"gateway": usual_gateway(brand, gateways), "time_zone": usual_zone(brand)}
    room = BRANDS[brand].capabilities.max_locks_per_gateway
    if room is not None and gateways.count(str(parts.get("gateway") or usual["gateway"])) >= room:
        raise CapabilitiesError(f"A bridge of this brand takes {room} locks. Choose another bridge.")
    return VirtualLock.objects.create(
        brand=brand,
        name=name,
        account_key=account_key,
        capacity=capacity,
        reports=report,
        parts={key: value for key, value in {**usual, **parts}.items() if value not in (None, "")},
    )


def virtual_lock_of(device: Device) -> VirtualLock:
    """Raise VirtualLock.DoesNotExist where the device is not a virtual lock."""
    if device.account.driver != "virtual":
        raise VirtualLock.DoesNotExist(f"{device} is not a virtual lock.")
    return VirtualLock.objects.get(external_id=device.external_id)
