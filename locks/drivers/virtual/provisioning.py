"""Screw a new virtual lock to a door, and find the virtual lock behind a device (sandbox pages and tests)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locks.brands import BRANDS
from locks.devices import parse_capabilities
from locks.drivers.virtual.models import VirtualLock
from locks.models import Device

FACTORY_PIN_LENGTH = 4  # of brands whose codes all have one length, until somebody changes it in the app


def create_virtual_lock(
    *,
    brand: str,
    name: str,
    account_key: str,
    capacity: int | None = None,
    reports: Mapping[str, Any] | None = None,
) -> VirtualLock:
    """`reports`: what this lock says of itself, in the shape of locks.devices (CapabilitiesError where wrong)."""
    capabilities = BRANDS[brand].capabilities
    factory = {"pin_lengths": [FACTORY_PIN_LENGTH]} if capabilities.one_pin_length else {}
    report = {**factory, **(reports or {})}
    parse_capabilities(report, capabilities)
    return VirtualLock.objects.create(
        brand=brand, name=name, account_key=account_key, capacity=capacity, reports=report
    )


def virtual_lock_of(device: Device) -> VirtualLock:
    """Raise VirtualLock.DoesNotExist where the device is not a virtual lock."""
    if device.account.driver != "virtual":
        raise VirtualLock.DoesNotExist(f"{device} is not a virtual lock.")
    return VirtualLock.objects.get(external_id=device.external_id)
