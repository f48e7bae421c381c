"""Pull a backup: a code that stands ready on the lock becomes the guest's, beside the own one that does not work.

Nothing is sent for it: the lock holds the code already and opens by it, even where nobody can reach the lock. On a
lock with windows the planner writes the end over the same place later; until then the code opens as it did.
The pulled code goes with its original: `follow_original` moves its window, access.issuing.revoke_code takes it along.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from access.backups.pool import in_pool, is_ready, tend_pool
from access.enums import EventType
from access.events import record_code_event
from access.models import AccessCode
from access.pins import held_until
from access.problems import set_problems
from locks.devices import capabilities_of
from locks.waking import wake_devices
from properties.compiled import compiled

USING_BACKUP = "using_backup_access_code"
REPORTED = "guest_reports_failure"
NOT_TIME_BOUND = "access_code_not_time_bound"
NOT_FOUND = "backup_access_code_not_found"


class BackupRefused(Exception):
    """No backup can be given; `type` is the founding API's word, `message` a sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.type, self.message = kind, message


@transaction.atomic
def pull_backup(code: AccessCode, *, actor: str, now: dt.datetime) -> AccessCode:
    """Give a backup for this code; asked again, the same one. Raise BackupRefused where there is none."""
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    of_lock = in_pool(device=code.device_id) | Q(pk=code.pk) | Q(pulled_for=code.pk)
    locked = {row.pk: row for row in rows.filter(of_lock).order_by("pk")}
    original = locked.pop(code.pk)
    _check(original, now=now)
    given = _given_before(original)
    if given is not None:
        return given
    ready = [row for row in locked.values() if row.pulled_for_id is None and is_ready(row)]
    if not ready:
        raise BackupRefused(NOT_FOUND, "No backup code is ready on this lock. Let the guest in another way.")
    backup = min(ready, key=lambda row: (row.confirmed_at, row.pk))
    _give(backup, original, now=now)
    record_code_event(
        original, EventType.BACKUP_PULLED, now=now, actor=actor, backup_access_code_id=str(backup.public_id)
    )
    set_problems(original, {USING_BACKUP}, among={USING_BACKUP, REPORTED}, now=now)
    wake_devices([backup.device_id], at=now)
    tend_pool(original.device, now=now)
    return backup


def _check(original: AccessCode, *, now: dt.datetime) -> None:
    if original.starts_at is None or original.ends_at is None:
        raise BackupRefused(NOT_TIME_BOUND, "Backups can only be used for time_bound access codes.")
    over = original.ends_at <= now or original.revoked_at is not None or original.ended_at is not None
    if over or original.is_backup or not original.is_managed:
        raise BackupRefused(NOT_FOUND, "This code gets no backup: it has ended, or is none of ours.")


def _given_before(original: AccessCode) -> AccessCode | None:
    """Return the backup of this code. One that has ended is let go of, so that another can be given."""
    given = AccessCode.objects.select_related("device__account", "grant").filter(pulled_for=original).first()
    if given is None or (given.revoked_at is None and given.ended_at is None):
        return given
    AccessCode.objects.filter(pk=given.pk).update(pulled_for=None)
    return None


def _give(backup: AccessCode, original: AccessCode, *, now: dt.datetime) -> None:
    backup.pulled_for, backup.grant = original, original.grant
    backup.starts_at, backup.ends_at = now, original.ends_at
    backup.pin_held_until = held_until(original.ends_at)
    # Where a start must lie ahead, writing the window would close the door to the guest until then.
    if capabilities_of(backup.device).start_in_future:
        backup.prefer_native_scheduling = False
    backup.save(
        update_fields=[
            *("pulled_for", "grant", "starts_at", "ends_at", "pin_held_until", "prefer_native_scheduling")
        ]
    )


def is_backup_available(code: AccessCode) -> bool:
    """Tell whether a backup could be pulled for this code now, and was not yet."""
    if code.starts_at is None or code.ends_at is None or code.is_backup or code.revoked_at is not None:
        return False
    if live_backup_of(code) is not None:
        return False
    return any(map(is_ready, AccessCode.objects.filter(in_pool(device=code.device_id))))


def live_backup_of(code: AccessCode) -> AccessCode | None:
    backups = AccessCode.objects.filter(pulled_for=code.pk, revoked_at=None, ended_at=None)
    return backups.select_related("device__account", "grant").first()


def follow_original(original: AccessCode, *, start_moved: bool, actor: str, now: dt.datetime) -> None:
    """Give a pulled code the window of its original, which the caller has locked and just changed.

    It opens from its pull on; only where the original was moved to start later than now does it wait with it.
    """
    pulled = _pulled_for.first(original.pk)
    if pulled is None:
        return
    later = start_moved and original.starts_at is not None and original.starts_at > now
    starts_at = original.starts_at if later else pulled.starts_at
    if start_moved and not later and starts_at is not None:
        starts_at = min(starts_at, now)  # it had been moved to start later, and does no more
    window = (starts_at, original.ends_at)
    if window == (pulled.starts_at, pulled.ends_at):
        return
    if starts_at is not None and original.ends_at is not None and original.ends_at <= starts_at:
        return  # the original was cut off before the pull: it is over, and takes the backup along
    pulled.starts_at, pulled.ends_at = window
    pulled.pin_held_until = held_until(original.ends_at)
    pulled.failures, pulled.next_try_at = 0, None
    pulled.save(update_fields=["starts_at", "ends_at", "pin_held_until", "failures", "next_try_at"])
    record_code_event(pulled, EventType.CODE_CHANGED, now=now, actor=actor, change="follows its original")


@compiled
def _pulled_for(code_id: int) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return codes.filter(pulled_for=code_id, ended_at=None).order_by("pk")


def revive_backup(original: AccessCode, *, actor: str, now: dt.datetime) -> None:
    """The original is back before its lock let go of it: so is its backup."""
    for pulled in _pulled_for(original.pk):
        if pulled.revoked_at is None:
            continue
        pulled.revoked_at, pulled.revoke_reason = None, ""
        pulled.failures, pulled.next_try_at = 0, None
        pulled.save(update_fields=["revoked_at", "revoke_reason", "failures", "next_try_at"])
        record_code_event(pulled, EventType.CODE_CHANGED, now=now, actor=actor, change="restored")
