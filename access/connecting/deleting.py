"""Let go of a connected account: gone for people and programs, while its row and its history stay.

Codes end in Keyturn alone: nothing is sent to a lock, since nobody may speak to it any more; what stands there stands.
Doors that its locks were are doors no longer, so that stays say that they have none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now

from access.enums import AttemptStatus, AttemptType, EventType
from access.events import code_event, device_event
from access.models import AccessCode, ActionAttempt, Event, LockCode, Problem
from locks.doors import remove_door
from locks.enums import AccountStatus
from locks.models import Account, Device, Door

REASON: Final = "its account was deleted"
GONE: Final = "device_not_found"
UNKNOWN: Final = "unknown_outcome"
RESERVED: Final = dt.timedelta(seconds=20)
_UNSENT: Final = "The account of this lock was deleted, and nothing was sent to it."
_PERHAPS: Final = "The account of this lock was deleted before it answered; whether it was done is not known."
_FAILED: Final[Mapping[str, EventType]] = {
    AttemptType.LOCK_DOOR: EventType.ATTEMPT_LOCK_FAILED,
    AttemptType.UNLOCK_DOOR: EventType.ATTEMPT_UNLOCK_FAILED,
}


def delete_account(account: Account, *, actor: str, now: dt.datetime) -> None:
    """Without effect where it is deleted already."""
    _take_from_runners(account)
    _delete(account, actor=actor, now=now)


def _take_from_runners(account: Account) -> None:
    """A runner that holds the account finds its lease lost, and nobody gets it for so long as the rest may take."""
    until = ExpressionWrapper(Now() + RESERVED, output_field=DateTimeField())
    Account.objects.filter(pk=account.pk).update(
        lease_owner="deleting", lease_token=F("lease_token") + 1, lease_until=until
    )


@transaction.atomic
def _delete(account: Account, *, actor: str, now: dt.datetime) -> None:
    """Holds properties, stays, codes, devices and the account, in this order."""
    doors = Door.objects.filter(device__account=account).select_related("property", "device")
    for door in doors.order_by("property_id", "pk"):
        remove_door(door, actor=actor, now=now)
    codes = _hold_codes(account)
    devices = _hold_devices(account)
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.deleted_at is not None:
        return
    events = [
        code_event(code, EventType.CODE_DELETED, now=now, actor=actor, reason=REASON)
        for code in _end_codes(codes, now=now)
    ]
    events += _end_attempts(devices, now=now)
    listed = [device for device in devices if device.removed_at is None]
    events += [
        device_event(device, EventType.DEVICE_DELETED, now=now, actor=actor, device_name=device.name)
        for device in listed
    ]
    _end_devices(devices, now=now)
    events.append(_end_account(account, actor=actor, now=now))
    Event.objects.bulk_create(events)


def _hold_codes(account: Account) -> list[AccessCode]:
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return list(rows.filter(device__account=account, ended_at=None).order_by("pk"))


def _hold_devices(account: Account) -> list[Device]:
    rows = Device.objects.select_for_update(of=("self",), no_key=True).select_related("account")
    return list(rows.filter(account=account).order_by("pk"))


def _end_codes(codes: list[AccessCode], *, now: dt.datetime) -> list[AccessCode]:
    """Return those that programs know: codes of others that were only to be removed are none of theirs."""
    for code in codes:
        code.ended_at = now
        code.revoked_at = code.revoked_at or now
        code.revoke_reason = code.revoke_reason or REASON
        code.next_try_at, code.stopped = None, ""
    fields = ["ended_at", "revoked_at", "revoke_reason", "next_try_at", "stopped"]
    AccessCode.objects.bulk_update(codes, fields, batch_size=500)
    Problem.objects.filter(access_code__in=codes, cleared_at=None).update(cleared_at=now)
    return [code for code in codes if code.is_managed]


def _end_devices(devices: list[Device], *, now: dt.datetime) -> None:
    ids = [device.pk for device in devices]
    Device.objects.filter(pk__in=ids, removed_at=None).update(removed_at=now)
    Device.objects.filter(pk__in=ids).update(
        is_managed=False, wake_at=None, deadline_at=None, declared_seq=F("declared_seq") + 1
    )
    LockCode.objects.filter(device__in=ids).delete()
    Problem.objects.filter(device__in=ids, cleared_at=None).update(cleared_at=now)


def _end_attempts(devices: list[Device], *, now: dt.datetime) -> list[Event]:
    """Nobody will hear any more how those that were sent went."""
    by_id = {device.pk: device for device in devices}
    attempts = list(
        ActionAttempt.objects.filter(device__in=by_id, status=AttemptStatus.PENDING).order_by("pk")
    )
    for attempt in attempts:
        attempt.status, attempt.finished_at = AttemptStatus.ERROR, now
        attempt.error_type, attempt.message = GONE, _UNSENT
        if attempt.sent_at is not None:
            attempt.error_type, attempt.message = UNKNOWN, _PERHAPS
    ActionAttempt.objects.bulk_update(attempts, ["status", "finished_at", "error_type", "message"])
    return [
        device_event(
            by_id[attempt.device_id], _FAILED[attempt.type], now=now, actor=attempt.requested_by,
            action_attempt_id=str(attempt.public_id), action_type=attempt.type, status=attempt.status,
            message=attempt.message,
        )
        for attempt in attempts
        if attempt.type in _FAILED
    ]  # fmt: skip


def _end_account(account: Account, *, actor: str, now: dt.datetime) -> Event:
    """The credentials go: nobody needs them any more."""
    account.deleted_at, account.status = now, AccountStatus.DISCONNECTED
    account.credentials, account.conditions = {}, []
    account.lease_owner, account.lease_until = "", None
    account.save(
        update_fields=[
            *("deleted_at", "status", "credentials", "conditions"),
            *("lease_owner", "lease_until"),
        ]
    )
    account.client_sessions.clear()
    Problem.objects.filter(account=account, cleared_at=None).update(cleared_at=now)
    return Event(
        workspace_id=account.workspace_id,
        type=EventType.ACCOUNT_DELETED,
        occurred_at=now,
        actor=actor,
        account=account,
    )
