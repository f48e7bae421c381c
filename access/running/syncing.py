"""Ask an account now and then which devices it has, and what is wrong with it as a whole.

Called by access.running.tending with whichever of its devices is looked at first. New devices are added, renamed ones
renamed. One that the list leaves out is asked for by itself: only where that finds nothing either is it gone. What is
wrong with the account is said once, on the account (F66).
"""

from __future__ import annotations

import datetime as dt
import uuid

from asgiref.sync import sync_to_async
from django.db.models import Q, QuerySet

from access.catalogue import REPORTED_BY_ACCOUNTS
from access.enums import EventType
from access.events import record_device_event
from access.problems import Raised, hold_problems
from access.running.calling import Clock, bounded
from access.running.health import set_connected
from access.running.leases import Lease, fenced
from locks.drivers.base import (
    AccountStatusReport,
    Connection,
    Unreadable,
    UnreadableReason,
)
from locks.models import Account, Device
from locks.provisioning import take_over_list
from locks.waking import wake_devices
from properties.compiled import Update, compiled, compiled_update

EVERY = dt.timedelta(minutes=10)
EVERY_IN_TROUBLE = dt.timedelta(minutes=1)
TWICE = "devices_connected_to_other_account"
_OF_THE_ACCOUNT = frozenset(
    {UnreadableReason.BRIDGE_OFFLINE, UnreadableReason.OUTAGE, UnreadableReason.ACCOUNT_DISCONNECTED}
)


async def sync_account(
    lease: Lease, device: Device, connection: Connection, *, clock: Clock, at_once: bool = False
) -> None:
    """`device`: one of the account's, whose own troubles may be the account's. `at_once`: it was not as we thought."""
    account = device.account
    due = at_once or _is_due(device, lease, now=clock())
    if not due or not lease.outlives_call():
        return
    lease.synced_at = clock()
    if not await sync_to_async(_claim)(account, now=lease.synced_at):
        return
    report = await bounded(connection.read_account())
    found = await bounded(connection.list_devices())
    await sync_to_async(_record)(lease, account, report, found, now=clock())


async def confirm_missing(lease: Lease, device: Device, connection: Connection, *, clock: Clock) -> None:
    """Ask a device that its account's list left out: gone is only what the lock system does not know by itself."""
    lease.doubted.discard(device.pk)
    status = await bounded(connection.read_status(device.external_id))
    # A lock that answers, or a system that does not, has not lost it.
    if isinstance(status, Unreadable) and status.reason is UnreadableReason.BAD_ANSWER:
        await sync_to_async(_remove)(lease, device, now=clock())


def _is_due(device: Device, lease: Lease, *, now: dt.datetime) -> bool:
    account = device.account
    last = lease.synced_at or account.synced_at
    trouble = bool(account.conditions) or device.unreadable_reason in _OF_THE_ACCOUNT
    return last is None or now - last >= (EVERY_IN_TROUBLE if trouble else EVERY)


def _claim(account: Account, *, now: dt.datetime) -> bool:
    """Devices of one account come by side by side; one of them asks for all."""
    before = account.synced_at
    account.synced_at = now
    if before is None:
        return bool(Account.objects.filter(pk=account.pk, synced_at=None).update(synced_at=now))
    return bool(_note_asked(account.pk, before, now))


@compiled_update
def _note_asked(account_id: int, before: dt.datetime, now: dt.datetime) -> Update:
    return Account.objects.filter(pk=account_id, synced_at=before), {"synced_at": now}


@compiled
def _present(account_id: int) -> QuerySet[Device, tuple[int, str]]:
    devices = Device.objects.filter(account=account_id, removed_at=None).order_by("pk")
    return devices.values_list("pk", "external_id")


def _record(
    lease: Lease,
    account: Account,
    report: object,
    found: object,
    *,
    now: dt.datetime,
) -> None:
    with fenced(lease):
        if isinstance(report, AccountStatusReport):
            conditions = sorted(report.conditions & REPORTED_BY_ACCOUNTS)
            if conditions != account.conditions:
                account.conditions = conditions
                account.save(update_fields=["conditions"])
        if isinstance(found, tuple):
            set_connected(account, connected=True, now=now)
            take_over_list(account, found, now=now)
            here = {item.external_id for item in found}
            missing = [pk for pk, external_id in _present(account.pk) if external_id not in here]
            lease.doubted.update(missing)
            wake_devices(missing, at=now)
        elif isinstance(found, Unreadable) and found.reason is UnreadableReason.ACCOUNT_DISCONNECTED:
            set_connected(account, connected=False, now=now)
        _hold(account, report, found, now=now)


def _remove(lease: Lease, device: Device, *, now: dt.datetime) -> None:
    with fenced(lease):
        if Device.objects.filter(pk=device.pk, removed_at=None).update(removed_at=now):
            device.removed_at = now
            record_device_event(device, EventType.DEVICE_REMOVED, now=now, device_name=device.name)


def _hold(account: Account, report: object, found: object, *, now: dt.datetime) -> None:
    holding = {code: Raised() for code in account.conditions}
    outages = [answer for answer in (report, found) if isinstance(answer, Unreadable)]
    if any(answer.reason is UnreadableReason.OUTAGE for answer in outages):
        holding["provider_service_unavailable"] = Raised()
    twice = [
        str(public_id) for public_id in _held_by_others(account.pk, account.workspace_id, account.driver)
    ]
    if twice:
        holding[TWICE] = Raised({"device_ids": sorted(twice)})
    # Only what was asked for just now is known to have cleared.
    among = REPORTED_BY_ACCOUNTS if isinstance(report, AccountStatusReport) else frozenset({TWICE})
    hold_problems(account, holding, among=among, now=now)


@compiled
def _held_by_others(account_id: int, workspace_id: int, driver: str) -> QuerySet[Device, uuid.UUID]:
    """An account's devices that another account of the workspace lists as well: two writers to one lock."""
    others = Device.objects.filter(~Q(account=account_id), account__workspace=workspace_id, removed_at=None)
    listed = others.filter(account__driver=driver).values("external_id")
    ours = Device.objects.filter(account=account_id, removed_at=None, external_id__in=listed)
    return ours.values_list("public_id", flat=True)
