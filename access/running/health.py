"""Whether a device and its account can be reached, as the looks at them show: columns, events, problems.

Only a readable answer says that an account is connected, and only its own word that it is not: a time-out says
neither. What a device says of itself (battery, conditions) is access.running.conditions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import F, Q, QuerySet

from access.ailments import BY_LOOK, CONDITION_EVENTS, Sight, ailments_of
from access.enums import EventType
from access.events import record_account_event, record_device_event
from access.models import AccessCode, Problem
from access.online import drops_of, is_flaky
from access.pins import REST
from access.problems import Difference, hold_problems, set_problems
from access.running.leases import Lease, fenced
from access.running.loading import Work
from locks.devices import capabilities_of
from locks.drivers.base import Observation, Unreadable, UnreadableReason
from locks.enums import AccountStatus
from locks.models import Account, Device
from properties.compiled import Update, compiled, compiled_update

FIRST_PAUSE = dt.timedelta(seconds=15)
LONGEST_PAUSE = dt.timedelta(minutes=2)
FLAKY = "device_has_flaky_connection"
# Found by reading devices; what the account says of itself is access.running.syncing.
FOUND_BY_READING = {"account_disconnected", "account_unreachable", "provider_service_unavailable"}
_OFFLINE_BY = {
    UnreadableReason.DEVICE_OFFLINE: "device_disconnected",
    UnreadableReason.BRIDGE_OFFLINE: "hub_disconnected",
}


def record_reading(device: Device, observed: Observation, *, now: dt.datetime) -> None:
    """The caller saves what a look changes of the device (access.running.changes)."""
    reason = observed.reason if isinstance(observed, Unreadable) else None
    if reason is None:
        device.last_read_at = now
        set_connected(device.account, connected=True, now=now)
        set_online(device, online=True, now=now)
    elif reason is UnreadableReason.ACCOUNT_DISCONNECTED:
        set_connected(device.account, connected=False, now=now)
    elif reason is UnreadableReason.OUTAGE:
        outage = {"provider_service_unavailable"}
        set_problems(device.account, outage, among=outage, now=now)
    elif reason in _OFFLINE_BY:
        set_online(device, online=False, now=now, error_code=_OFFLINE_BY[reason])
    expected = reason in (None, UnreadableReason.NOT_SUPPORTED)
    device.failures = 0 if expected else device.failures + 1
    device.unreadable_reason = reason or ""


def record_device_problems(
    device: Device, open_now: Iterable[Problem], *, now: dt.datetime, held: int, holds_former: bool
) -> None:
    """Raise and clear what is wrong with the device as it stands after a look. `open_now`: its problems before, and
    its account's; `held`: how many codes it holds; `holds_former`: among them one that had ended."""
    rows = [problem for problem in open_now if problem.device_id == device.pk]
    sight = sight_of(device, rows, now=now, held=held, holds_former=holds_former)
    holding = ailments_of(sight, now=now)
    difference = hold_problems(device, holding, among=BY_LOOK, now=now, open_now=rows)
    tell_of_flakiness(device, difference, now=now)


def is_full(work: Work) -> bool:
    limit = work.capabilities.max_codes
    return limit is not None and len(work.places) >= limit


def sight_of(
    device: Device, problems: Iterable[Problem], *, now: dt.datetime, held: int, holds_former: bool
) -> Sight:
    """`problems`: the open ones of the device."""
    open_now = {problem.code: problem.data for problem in problems}
    return Sight(
        brand=device.brand,
        online=device.online,
        failures=device.failures,
        unreadable=device.unreadable_reason,
        conditions=device.conditions,
        account_conditions=device.account.conditions,
        held=held,
        max_codes=capabilities_of(device).max_codes,
        holds_former_code=holds_former,
        is_flaky=_is_flaky(device, was_flaky=FLAKY in open_now, now=now),
        is_removed=device.removed_at is not None,
        tampered_at=_moment(open_now.get("device_tampered", {}).get("tampered_at")),
    )


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _is_flaky(device: Device, *, was_flaky: bool, now: dt.datetime) -> bool:
    """Only at the moment at which it drops off can a device become flaky."""
    if not was_flaky and (device.online is not False or device.online_changed_at != now):
        return False
    return is_flaky(drops_of(device, now=now), was_flaky=was_flaky, now=now)


def tell_of_flakiness(device: Device, difference: Difference, *, now: dt.datetime) -> None:
    came, went = CONDITION_EVENTS[FLAKY]
    if any(problem.code == FLAKY for problem in difference.opened):
        record_device_event(device, came, now=now)
    if any(problem.code == FLAKY for problem in difference.cleared):
        record_device_event(device, went, now=now)


def holding_former_codes(works: Sequence[Work], *, now: dt.datetime) -> set[int]:
    """Return the devices on which a code that had ended, or its PIN, stands again; no query where all is ours."""
    keys = {
        (work.device.pk, place.pin_key)
        for work in works
        for place in work.places.values()
        if place.access_code_id is None and place.pin_key is not None
    }
    if not keys:
        return set()
    devices, pins = sorted({device_id for device_id, _ in keys}), sorted({key for _, key in keys})
    former = _former_codes(devices, pins, now - REST)
    return {device_id for device_id, key in former if (device_id, key) in keys}


@compiled
def _former_codes(
    device_ids: Sequence[int], pin_keys: Sequence[int], since: dt.datetime
) -> QuerySet[AccessCode, tuple[int, int | None]]:
    codes = AccessCode.objects.filter(device__in=device_ids, pin_key__in=pin_keys, is_managed=True)
    return codes.filter(ended_at__gt=since).values_list("device_id", "pin_key")


def record_fault(device_id: int, *, now: dt.datetime, until: dt.datetime) -> None:
    """Something in this device's data defeats us: look away until then, and say so."""
    device = Device.objects.select_related("account").get(pk=device_id)
    Device.objects.filter(pk=device_id, wake_at__lt=until).update(wake_at=until)
    set_problems(device, {"device_fault"}, among={"device_fault"}, now=now)


def set_online(
    device: Device, *, online: bool, now: dt.datetime, error_code: str = "device_disconnected"
) -> None:
    if device.online is online:
        return
    known = device.online is not None
    device.online, device.online_changed_at = online, now
    device.save(update_fields=["online", "online_changed_at", "updated_at"])
    if online and known:
        kinds = (EventType.DEVICE_CONNECTED, EventType.DEVICE_UNMANAGED_CONNECTED)
        record_device_event(device, kinds[not device.is_managed], now=now)
    if not online:
        kinds = (EventType.DEVICE_DISCONNECTED, EventType.DEVICE_UNMANAGED_DISCONNECTED)
        record_device_event(device, kinds[not device.is_managed], now=now, error_code=error_code)


def set_connected(account: Account, *, connected: bool, now: dt.datetime) -> None:
    status = AccountStatus.CONNECTED if connected else AccountStatus.DISCONNECTED
    account.status = status
    if connected:
        found = FOUND_BY_READING - set(account.conditions)
        _clear(account.pk, sorted(found), now)
        _close_breaker(account)
    else:
        _open_breaker(account, now=now)
    # The row decides, not our copy of it: devices of one account find out side by side.
    if not _set_status(account.pk, status.value):
        return
    event_type = EventType.ACCOUNT_CONNECTED if connected else EventType.ACCOUNT_DISCONNECTED
    record_account_event(account, event_type, now=now)
    if not connected:
        set_problems(account, {"account_disconnected"}, among={"account_unreachable"}, now=now)


def record_unreachable(lease: Lease, *, now: dt.datetime) -> None:
    """No connection to the account could be opened: say so, once, and leave it alone for a while."""
    with fenced(lease):
        account = Account.objects.get(pk=lease.account_id)
        set_problems(account, {"account_unreachable"}, among={"account_unreachable"}, now=now)
        _open_breaker(account, now=now)


def _open_breaker(account: Account, *, now: dt.datetime) -> None:
    """Rest for longer each time. Devices that find out side by side count once."""
    pause = min(FIRST_PAUSE * 2 ** min(account.failures, 8), LONGEST_PAUSE)
    _pause(account.pk, now, now + pause)


@compiled_update
def _clear(account_id: int, codes: Sequence[str], now: dt.datetime) -> Update:
    return Problem.objects.filter(account=account_id, cleared_at=None, code__in=codes), {"cleared_at": now}


@compiled_update
def _set_status(account_id: int, status: str) -> Update:
    return Account.objects.filter(pk=account_id).exclude(status=status), {"status": status}


@compiled_update
def _pause(account_id: int, now: dt.datetime, until: dt.datetime) -> Update:
    awake = Q(paused_until=None) | Q(paused_until__lte=now)
    values = {"failures": F("failures") + 1, "paused_until": until}
    return Account.objects.filter(awake, pk=account_id), values


def _close_breaker(account: Account) -> None:
    if account.failures:
        account.failures, account.paused_until = 0, None
        Account.objects.filter(pk=account.pk).update(failures=0, paused_until=None)
