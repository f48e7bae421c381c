"""Whether a device takes a new code at all, in what zone it lives, and what it was reported to take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction

from access.codes.shapes import CodeRefused, NewCode, Refusal
from locks.devices import capabilities_of
from locks.enums import AccountStatus
from locks.models import Device

SHORTEST_REPORTED, LONGEST_REPORTED = 4, 20


def check_device(device: Device) -> None:
    """Refuse a device whose codes are not ours to change. `device` comes with its account loaded."""
    if device.removed_at is not None:
        raise CodeRefused(
            Refusal.DEVICE_NOT_FOUND,
            f"{device.name} is no longer in its account at the lock system. Bring it back there first.",
        )
    check_managed(device)


def check_managed(device: Device) -> None:
    if not device.is_managed:
        raise CodeRefused(
            Refusal.DEVICE_UNMANAGED, f"{device.name} is unmanaged. Manage it before you change its codes."
        )


def check_new(device: Device, new: NewCode) -> None:
    """Refuse what this device can never do, whatever the window."""
    check_device(device)
    capabilities = capabilities_of(device)
    if new.is_offline:
        if not capabilities.offline_kinds:
            raise CodeRefused(
                Refusal.UNSUPPORTED_DEVICE,
                f"{device.name} has no offline codes. Create an online code.",
                "is_offline",
            )
        return
    if new.is_one_time_use:
        raise CodeRefused(
            Refusal.INVALID, "Only an offline code can be one that works once.", "is_one_time_use"
        )
    if not capabilities.online_codes:
        raise CodeRefused(
            Refusal.UNSUPPORTED_DEVICE, f"{device.name} takes offline codes only.", "is_offline"
        )
    if not new.attempt_for_offline_device:
        check_online(device)


def check_online(device: Device) -> None:
    lost = device.account.status == AccountStatus.DISCONNECTED
    if lost or device.online is False:
        raise CodeRefused(
            Refusal.DEVICE_OFFLINE,
            f"{device.name} is offline. Try again when it is back, or let Keyturn keep trying.",
            "attempt_for_offline_device",
        )


def check_backup_pool(device: Device, *, is_time_bound: bool) -> None:
    if not is_time_bound:
        raise CodeRefused(
            Refusal.NOT_TIME_BOUND, "Cannot use the backup pool for ongoing codes.", "use_backup_pool"
        )
    if not capabilities_of(device).supports_backup_pool:
        raise CodeRefused(
            Refusal.UNSUPPORTED_DEVICE, f"{device.name} cannot have a backup pool.", "use_backup_pool"
        )


def enable_backup_pool(device: Device) -> None:
    """Once is enough: from now on the device has a pool. The caller wakes it."""
    if device.backup_pool_enabled is not True:
        device.backup_pool_enabled = True
        Device.objects.filter(pk=device.pk).update(backup_pool_enabled=True)


def zone_of_lock(device: Device) -> ZoneInfo:
    """Return the zone by whose hours and days the lock reckons: what somebody told, else its own word, else UTC."""
    told = (device.reported.get("time_zone"), device.time_zone)
    return ZoneInfo(next((zone for zone in told if zone in _known_zones()), "UTC"))


@cache
def _known_zones() -> set[str]:
    return available_timezones()


def zone_of_door(device: Device) -> ZoneInfo:
    """Return the zone in which people speak of the door: that of its house, else the lock's."""
    return device.door.property.zone if hasattr(device, "door") else zone_of_lock(device)


@transaction.atomic
def report_device_constraints(
    device: Device,
    *,
    supported_lengths: Sequence[int] | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
) -> Device:
    """Keep the lengths of PINs that somebody who knows the lock says it takes, over what its lock system says; codes
    that are there are left alone."""
    lengths = _reported(supported_lengths, min_length, max_length)
    device = Device.objects.select_for_update(no_key=True).select_related("account").get(pk=device.pk)
    device.reported = {**device.reported, "pin_lengths": lengths}
    device.save(update_fields=["reported", "updated_at"])
    return device


def _reported(supported: Sequence[int] | None, shortest: int | None, longest: int | None) -> list[int]:
    bounded = shortest is not None or longest is not None
    if (supported is not None) == bounded:
        raise CodeRefused(
            Refusal.INVALID,
            "Give either supported_code_lengths, or min_code_length and max_code_length.",
            "supported_lengths",
        )
    if supported is not None:
        lengths = sorted(set(supported))
    else:
        first, last = shortest or SHORTEST_REPORTED, longest or LONGEST_REPORTED
        lengths = list(range(first, last + 1)) if last <= LONGEST_REPORTED else []
    if not lengths or lengths[0] < SHORTEST_REPORTED or lengths[-1] > LONGEST_REPORTED:
        raise CodeRefused(
            Refusal.INVALID,
            f"Lengths of codes lie between {SHORTEST_REPORTED} and {LONGEST_REPORTED}.",
            "supported_lengths" if supported is not None else "min_length",
        )
    return lengths
