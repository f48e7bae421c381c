"""What a person may do about a row of trouble with one click, and doing it.

`remedies_for` decides which buttons a row gets, from what is loaded; the functions below it act, each in a transaction
of its own. Called by the views of Today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.urls import reverse

from access.attempts import can
from access.backups.pool import in_pool, is_ready
from access.backups.pulling import USING_BACKUP
from access.enums import AttemptType, CodeState, ProblemCode
from access.issuing import NO_PIN_FITS
from access.models import AccessCode
from access.needs import Need
from locks.devices import capabilities_of
from locks.models import Device
from locks.waking import ask_devices
from properties.enums import StayStatus

RETRY: Final = "retry"
BACKUP: Final = "backup"
NEW_CODE: Final = "new-code"
UNLOCK: Final = "unlock"
HANDLED: Final = "handled"
DEEDS: Final = (RETRY, BACKUP, NEW_CODE, UNLOCK, HANDLED)

AT_THE_DOOR: Final = dt.timedelta(hours=1)
# What the lock has against this very PIN, or what is known of it outside: another one helps.
ANOTHER_PIN_HELPS: Final = frozenset(
    {
        ProblemCode.FAILED_TO_SET,
        ProblemCode.DUPLICATE,
        ProblemCode.ARRIVAL_IN_DANGER,
        "guest_reports_failure",
        CodeState.FAILED,
    }
)
# Nothing about these gets better by asking the lock again.
RETRY_IS_VAIN: Final = frozenset(
    {
        ProblemCode.NOT_SUPPORTED,
        ProblemCode.OFFLINE_GOES_ON,
        "device_removed",
        "low_battery",
        "accessory_keypad_low_battery",
        "empty_backup_access_code_pool",
        "partial_backup_access_code_pool",
    }
)


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button of a row."""

    deed: str
    label: str
    symbol: str
    is_first: bool = False


def remedies_for(need: Need, *, backed: Collection[int], now: dt.datetime) -> tuple[Remedy, ...]:
    """In the order in which they are offered. `backed`: devices on which a backup stands ready."""
    found = []
    if may_retry(need):
        found.append(Remedy(RETRY, "Retry now", "refresh", is_first=True))
    if may_get_backup(need, backed=backed, now=now):
        found.append(Remedy(BACKUP, "Give backup", "backup"))
    if may_get_new_code(need):
        found.append(Remedy(NEW_CODE, "New code", "key"))
    if may_unlock(need, now=now):
        found.append(Remedy(UNLOCK, "Unlock", "unlock"))
    if need.causes:
        found.append(Remedy(HANDLED, "Mark handled", "ok"))
    return tuple(found)


def may_retry(need: Need) -> bool:
    device = need.device
    alive = device is not None and device.is_managed and device.removed_at is None
    return alive and not need.codes & RETRY_IS_VAIN and USING_BACKUP not in need.codes


def may_get_backup(need: Need, *, backed: Collection[int], now: dt.datetime) -> bool:
    code = need.code
    if code is None or need.stay is None or USING_BACKUP in need.codes or code.device_id not in backed:
        return False
    lives = code.revoked_at is None and code.ended_at is None and not code.is_backup and code.is_managed
    return lives and code.starts_at is not None and code.ends_at is not None and code.ends_at > now


def may_get_new_code(need: Need) -> bool:
    code = need.code
    lives = (
        code is not None and code.grant_id is not None and code.revoked_at is None and code.ended_at is None
    )
    helps = bool(need.codes & ANOTHER_PIN_HELPS) and USING_BACKUP not in need.codes
    return lives and need.stay is not None and helps


def may_unlock(need: Need, *, now: dt.datetime) -> bool:
    """Only where a guest stands, or soon will stand, before this door."""
    device, stay = need.device, need.stay
    if device is None or stay is None or device.online is False or not device.is_managed:
        return False
    if stay.status == StayStatus.CANCELLED:
        return False
    near = stay.starts_at <= now + AT_THE_DOOR and (stay.ends_at is None or stay.ends_at > now)
    return near and device.removed_at is None and can(capabilities_of(device), AttemptType.UNLOCK_DOOR)


def devices_with_backup(needs: Iterable[Need]) -> frozenset[int]:
    """On which of the rows' devices a backup stands ready; one query."""
    devices = {need.code.device_id for need in needs if need.code is not None and need.stay is not None}
    pool = AccessCode.objects.filter(in_pool(device__in=devices)).defer("pin")
    return frozenset(code.device_id for code in pool if is_ready(code))


def messages_url(need: Need) -> str | None:
    """Where the guest is written to; nobody writes to whose stay is cancelled."""
    if need.stay is None or need.stay.status == StayStatus.CANCELLED:
        return None
    return f"{reverse('stay-detail', args=[need.stay.public_id])}#messages"


@transaction.atomic
def retry_now(device: Device, code: AccessCode | None, *, now: dt.datetime) -> None:
    """Ask the lock at once, whatever wait the last failures had earned; what stopped until a person acts goes on."""
    if code is not None:
        codes = AccessCode.objects.filter(pk=code.pk, ended_at=None)
        codes.exclude(stopped=NO_PIN_FITS).update(next_try_at=None, stopped="")
    Device.objects.filter(pk=device.pk).update(paused_until=None)
    ask_devices([device.pk], at=now)
