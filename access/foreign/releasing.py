"""A managed code becomes an unmanaged one: it stays on the lock as it stands, with the same id, and is ours no more.

The row ends as history (`is_managed` False, `ended_at` set); the place that holds the code takes over its id.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from access.enums import EventType
from access.events import record_code_event
from access.foreign.refusals import ManagementRefused
from access.models import AccessCode, LockCode, Problem
from access.states import Seen, WriteState
from locks.models import Device
from locks.waking import wake_devices


@transaction.atomic
def unmanage_code(code: AccessCode, *, actor: str, now: dt.datetime) -> None:
    """Let go of one code that stands on its lock. A stay's or a holder's own code would only be declared anew."""
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    code = rows.get(pk=code.pk)
    if code.ended_at is not None:
        if not code.is_managed:
            return
        raise ManagementRefused("access_code_not_found", "This code has ended.")
    problem = _problem(code)
    if problem is not None:
        raise problem
    release_code(code, reason="asked for by a person", actor=actor, now=now)
    wake_devices([code.device_id], at=now)


def _problem(code: AccessCode) -> ManagementRefused | None:
    if not code.is_managed or code.revoked_at is not None:
        return ManagementRefused("access_code_being_removed", "This code is just being removed.")
    if code.is_backup and code.pulled_for_id is None:
        return ManagementRefused("access_code_is_backup", "Codes of the backup pool are Keyturn's own.")
    if code.is_offline:
        return ManagementRefused(
            "offline_access_code", "An offline code is not kept on the lock; it runs out by itself."
        )
    if code.grant is not None and code.grant.revoked_at is None:
        return ManagementRefused(
            "access_code_has_holder",
            "This code belongs to a stay or a staff access, which would get another one at once. Change that, or "
            "stop managing the lock.",
        )
    if not stands_on_lock(code):
        return ManagementRefused(
            "access_code_not_on_device",
            "This code is not on the lock, so nothing would stay there. Delete it.",
        )
    return None


def stands_on_lock(code: AccessCode) -> bool:
    """Tell whether the lock holds the code, or may hold it."""
    return code.written is not None and code.seen != Seen.ABSENT


def release_code(code: AccessCode, *, reason: str, actor: str, now: dt.datetime) -> None:
    """`code` is locked, with device, account and grant loaded. Holds the device, then the place."""
    Device.objects.select_for_update(no_key=True).get(pk=code.device_id)
    code.is_managed = False
    code.revoked_at = code.ended_at = now
    code.revoke_reason = reason[:40]
    code.next_try_at, code.stopped, code.outside = None, "", ""
    code.save(
        update_fields=[
            *("is_managed", "revoked_at", "ended_at", "revoke_reason"),
            *("next_try_at", "stopped", "outside"),
        ]
    )
    _hand_over_place(code, now=now)
    Problem.objects.filter(access_code=code, cleared_at=None).update(cleared_at=now)
    record_code_event(
        code, EventType.CODE_CHANGED, now=now, actor=actor, change="no longer managed", reason=reason
    )


def _hand_over_place(code: AccessCode, *, now: dt.datetime) -> None:
    """The id goes to the place that holds the code; one that the lock confirmed and was not read since gets its row."""
    place = LockCode.objects.select_for_update().filter(access_code=code).first()
    confirmed = code.ref and code.write_state == WriteState.APPLIED
    if place is None and confirmed and not code.device.lock_codes.filter(ref=code.ref).exists():
        place = LockCode(
            device=code.device,
            ref=code.ref,
            pin=code.pin,
            pin_key=code.pin_key,
            name=code.appearance_name or code.name,
            first_seen_at=now,
        )
    if place is None:
        return
    place.access_code = None
    if not LockCode.objects.filter(public_id=code.public_id).exclude(pk=place.pk).exists():
        place.public_id = code.public_id
    place.save()
