"""Connect an account and bring in the devices that it lists. Called by pages, the API, the demo and tasks.

Speaks to lock systems through the driver contract only. It never removes a device: one that an account lists no
longer may be in repair, and its codes outlive it. Reading codes and health is the reconciler's work, and so is asking
for the list again now and then (access.running.syncing).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction

from locks.brands import BRANDS, brand_of
from locks.devices import CapabilitiesError, capabilities_to_json
from locks.drivers.base import FoundDevice, Unreadable
from locks.drivers.registry import UnknownDriver, get_driver
from locks.enums import AccountStatus
from locks.models import Account, Device
from locks.signals import devices_listed
from locks.waking import wake_devices
from properties.models import Workspace

VIRTUAL = "virtual"
MAX_NAME = 100


class ProvisioningError(ValueError):
    """An account or lock cannot be had; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """`unreadable` set: the account could not be asked, and nothing was changed."""

    created: int = 0
    updated: int = 0
    unreadable: Unreadable | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list of an account's devices changed. `returned`: gone until now; `missing`: not in the list."""

    added: tuple[Device, ...]
    changed: tuple[Device, ...]
    renamed: tuple[Device, ...]
    returned: tuple[Device, ...]
    missing: tuple[Device, ...]


def connect_account(
    workspace: Workspace,
    *,
    driver: str,
    brand: str,
    name: str,
    credentials: Mapping[str, Any],
    now: dt.datetime,
) -> Account:
    """Return the account with these credentials, connected. The same login again is the same account, reconnected."""
    try:
        get_driver(driver)
    except UnknownDriver as error:
        raise ProvisioningError(str(error.args[0])) from error
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        account = _account_with(workspace, driver, credentials)
        if account is None:
            return Account.objects.create(
                workspace=workspace, driver=driver, brand=brand, name=name, credentials=dict(credentials)
            )
        account.status = AccountStatus.CONNECTED
        account.save(update_fields=["status"])
        wake_devices(account.devices.values_list("pk", flat=True), at=now)
    return account


def _account_with(workspace: Workspace, driver: str, credentials: Mapping[str, Any]) -> Account | None:
    """Compare in Python: credentials are encrypted, so that the database cannot."""
    accounts = Account.objects.in_workspace(workspace).filter(driver=driver).order_by("pk")
    return next((account for account in accounts if account.credentials == dict(credentials)), None)


def sync_account_devices(account: Account, *, now: dt.datetime) -> SyncResult:
    """Ask the account for its devices; add those that are new, and take over what it says of the others."""
    found = async_to_sync(_list_devices)(account)
    if isinstance(found, Unreadable):
        return SyncResult(unreadable=found)
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        listed = take_over_list(account, found, now=now)
    return SyncResult(created=len(listed.added), updated=len(listed.changed))


def take_over_list(account: Account, found: Sequence[FoundDevice], *, now: dt.datetime) -> Listed:
    """Make our devices those of the list, in the caller's transaction. One that is missing is only named."""
    known = {device.external_id: device for device in account.devices.all()}
    names = {external_id: device.name for external_id, device in known.items()}
    gone = {external_id for external_id, device in known.items() if device.removed_at is not None}
    here = {item.external_id for item in found}
    added = [_add(account, item) for item in found if item.external_id not in known]
    changed = [
        known[item.external_id] for item in found if item.external_id in known and _update(known, item)
    ]
    listed = Listed(
        added=tuple(added),
        changed=tuple(changed),
        renamed=tuple(device for device in changed if device.name != names[device.external_id]),
        returned=tuple(device for device in changed if device.external_id in gone),
        missing=tuple(device for key, device in known.items() if key not in here and key not in gone),
    )
    account.synced_at = now
    account.save(update_fields=["synced_at"])
    wake_devices([device.pk for device in (*added, *changed)], at=now)
    devices_listed.send(Account, account=account, listed=listed, now=now)
    return listed


async def _list_devices(account: Account) -> tuple[FoundDevice, ...] | Unreadable:
    async with get_driver(account.driver).connect(account.credentials) as connection:
        return await connection.list_devices()


def _add(account: Account, found: FoundDevice) -> Device:
    managed = account.manages_new_devices
    return Device.objects.create(
        account=account, external_id=found.external_id, is_managed=managed, **_told(found)
    )


def _update(known: Mapping[str, Device], found: FoundDevice) -> bool:
    device = known[found.external_id]
    told = {**_told(found), "removed_at": None}
    different = {field: value for field, value in told.items() if getattr(device, field) != value}
    for field, value in different.items():
        setattr(device, field, value)
    if different:
        device.save(update_fields=[*different, "updated_at"])
    return bool(different)


def _told(found: FoundDevice) -> dict[str, Any]:
    base = brand_of(found.brand).capabilities
    report = {} if found.capabilities is None else capabilities_to_json(found.capabilities, base=base)
    # What the list leaves out may have been told with the device's status.
    fitted = {"gateway": found.gateway[:MAX_NAME], "time_zone": found.time_zone}
    return {
        "brand": found.brand,
        "name": found.name[:MAX_NAME],
        "model": found.model[:MAX_NAME],
        "capabilities": report,
        **{field: value for field, value in fitted.items() if value},
    }


def add_virtual_lock(
    workspace: Workspace,
    *,
    brand: str,
    name: str,
    now: dt.datetime,
    reports: Mapping[str, Any] | None = None,
    **parts: Any,
) -> Device:
    """Make a virtual lock and bring it in like any other: through an account of its brand, and that account's list.

    `parts`: how it is fitted, such as its `time_zone`; see locks.drivers.virtual.provisioning.
    """
    from locks.drivers.virtual.provisioning import create_virtual_lock

    name = name.strip()[:MAX_NAME]
    if brand not in BRANDS:
        raise ProvisioningError(f"“{brand}” is not a brand; choose one of: {', '.join(sorted(BRANDS))}.")
    if not name:
        raise ProvisioningError("Give the lock a name.")
    title = f"Virtual {BRANDS[brand].display_name}"
    key = f"{workspace.public_id}:{brand}"
    try:
        lock = create_virtual_lock(brand=brand, name=name, account_key=key, reports=reports, **parts)
    except CapabilitiesError as error:
        raise ProvisioningError(str(error)) from error
    account = connect_account(
        workspace, driver=VIRTUAL, brand=brand, name=title, credentials={"account_key": key}, now=now
    )
    sync_account_devices(account, now=now)
    return Device.objects.select_related("account").get(account=account, external_id=str(lock.external_id))
