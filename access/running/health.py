"""Whether a device and its account can be reached, as the looks at them show: columns, events, problems.

Only a readable answer says that an account is connected, and only its own word that it is not: a time-out says
neither.
"""

from __future__ import annotations

import datetime as dt

from access.enums import EventType
from access.events import record_account_event, record_device_event
from access.models import AccessCode, LockCode, Problem
from access.pins import REST
from access.problems import set_problems
from access.running.leases import Lease, fenced
from locks.drivers.base import DeviceStatus, Observation, Unreadable, UnreadableReason
from locks.enums import AccountStatus
from locks.models import Account, Device

UNREADABLE_AFTER = 3
DEVICE_PROBLEMS = {"device_offline", "device_unreadable", "device_fault", "former_code_on_device"}
ACCOUNT_PROBLEMS = {"account_disconnected", "account_unreachable"}


def record_reading(device: Device, observed: Observation, *, now: dt.datetime) -> None:
    reason = observed.reason if isinstance(observed, Unreadable) else None
    if reason is None:
        device.last_read_at = device.last_seen_at = now
        set_connected(device.account, connected=True, now=now)
    elif reason is UnreadableReason.ACCOUNT_DISCONNECTED:
        set_connected(device.account, connected=False, now=now)
    if reason in (None, UnreadableReason.DEVICE_OFFLINE):
        set_online(device, online=reason is None, now=now)
    expected = reason in (None, UnreadableReason.NOT_SUPPORTED)
    device.failures = 0 if expected else device.failures + 1
    device.unreadable_reason = reason or ""
    device.save(update_fields=["last_read_at", "last_seen_at", "failures", "unreadable_reason", "updated_at"])


def record_device_problems(device: Device, *, now: dt.datetime) -> None:
    """Raise and clear what is wrong with the device as it stands after a look."""
    found = {
        "device_offline": device.online is False,
        "device_unreadable": device.online is not False and device.failures >= UNREADABLE_AFTER,
        "former_code_on_device": _holds_former_code(device, now=now),
    }
    set_problems(device, {code for code, holds in found.items() if holds}, among=DEVICE_PROBLEMS, now=now)


def _holds_former_code(device: Device, *, now: dt.datetime) -> bool:
    """Tell whether a code that had ended, or its PIN, stands on the lock again."""
    former = AccessCode.objects.filter(device=device, ended_at__gt=now - REST, pin_key__isnull=False)
    return LockCode.objects.filter(
        device=device, access_code=None, pin_key__in=former.values("pin_key")
    ).exists()


def record_fault(device_id: int, *, now: dt.datetime, until: dt.datetime) -> None:
    """Something in this device's data defeats us: look away until then, and say so."""
    device = Device.objects.select_related("account").get(pk=device_id)
    Device.objects.filter(pk=device_id, wake_at__lt=until).update(wake_at=until)
    set_problems(device, {"device_fault"}, among={"device_fault"}, now=now)


def set_online(device: Device, *, online: bool, now: dt.datetime) -> None:
    if device.online is online:
        return
    known = device.online is not None
    device.online, device.online_changed_at = online, now
    device.save(update_fields=["online", "online_changed_at", "updated_at"])
    if known or not online:
        event_type = EventType.DEVICE_CONNECTED if online else EventType.DEVICE_DISCONNECTED
        record_device_event(device, event_type, now=now)


def set_connected(account: Account, *, connected: bool, now: dt.datetime) -> None:
    status = AccountStatus.CONNECTED if connected else AccountStatus.DISCONNECTED
    account.status = status
    if connected:
        Problem.objects.filter(account=account, cleared_at=None, code__in=ACCOUNT_PROBLEMS).update(
            cleared_at=now
        )
    # The row decides, not our copy of it: devices of one account find out side by side.
    if not Account.objects.filter(pk=account.pk).exclude(status=status).update(status=status):
        return
    event_type = EventType.ACCOUNT_CONNECTED if connected else EventType.ACCOUNT_DISCONNECTED
    record_account_event(account, event_type, now=now)
    if not connected:
        set_problems(account, {"account_disconnected"}, among=ACCOUNT_PROBLEMS, now=now)


def record_unreachable(lease: Lease, *, now: dt.datetime, until: dt.datetime) -> None:
    """No connection to the account could be opened: say so, once, and leave its devices alone until then."""
    with fenced(lease):
        account = Account.objects.get(pk=lease.account_id)
        set_problems(account, {"account_unreachable"}, among={"account_unreachable"}, now=now)
        Device.objects.filter(account=account, wake_at__lte=now).update(wake_at=until)


def record_status(lease: Lease, device: Device, status: DeviceStatus, *, now: dt.datetime) -> None:
    with fenced(lease):
        set_online(device, online=status.online, now=now)
        device.battery_level, device.locked = status.battery_level, status.locked
        device.last_seen_at = now if status.online else device.last_seen_at
        device.save(update_fields=["battery_level", "locked", "last_seen_at", "updated_at"])
