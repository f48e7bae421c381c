"""Change and delete codes that belong to no stay.

A change keeps the row: same id, same place on the lock, history intact. What a code of a stay, of staff or of the
backup pool does is decided where it is declared, so it is refused here with a sentence that says where.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from access.codes.clashes import PinTaken, check_pin, put_pin_and_save, taken_meanwhile
from access.codes.creating import cleaned_name
from access.codes.devices import (
    check_backup_pool,
    check_device,
    check_managed,
    check_online,
    enable_backup_pool,
)
from access.codes.notes import NOT_REVOCABLE
from access.codes.shapes import UNSET, CodeChanges, CodeRefused, Kind, Refusal
from access.codes.windows import Bounds, moved_window, window_for
from access.enums import EventType
from access.events import record_code_event
from access.issuing import revoke_code
from access.models import AccessCode
from locks.devices import capabilities_of
from locks.waking import wake_devices
from properties.models import Workspace

DELETED = "deleted by a person"


@transaction.atomic
def update_code(code: AccessCode, changes: CodeChanges, *, actor: str, now: dt.datetime) -> AccessCode:
    """Make the code different and wake its device; return it as it is now. Raise CodeRefused."""
    return _update_all([code.pk], changes, actor=actor, now=now)[0]


@transaction.atomic
def update_codes(
    workspace: Workspace, common_code_key: str, changes: CodeChanges, *, actor: str, now: dt.datetime
) -> list[AccessCode]:
    """Change name and window of all codes that were made together, or of none."""
    if changes.pin is not UNSET:
        raise CodeRefused(
            Refusal.INVALID, "Codes that were created together keep their code. Create new ones.", "pin"
        )
    rows = AccessCode.objects.in_workspace(workspace).filter(
        common_code_key=common_code_key, revoked_at=None, ended_at=None
    )
    ids = list(rows.values_list("pk", flat=True)) if common_code_key else []
    if not ids:
        raise CodeRefused(Refusal.NOT_FOUND, "No codes have this common code key.", "common_code_key")
    return _update_all(ids, changes, actor=actor, now=now)


@transaction.atomic
def delete_code(code: AccessCode, *, actor: str, now: dt.datetime) -> AccessCode:
    """Take the code back, and the backup that was pulled for it; its row lives on until the lock shows it gone.

    Deleting what is being removed already changes nothing."""
    code = _locked([code.pk])[0]
    if code.revoked_at is not None and code.ended_at is None:
        return code
    check_is_ours(code)
    check_managed(code.device)
    revoke_code(code, reason=DELETED, now=now, actor=actor)
    for backup in _pulled_for(code):
        revoke_code(backup, reason=DELETED, now=now, actor=actor)
    wake_devices([code.device_id], at=now)
    return code


def check_is_ours(code: AccessCode) -> None:
    """Refuse a code that nobody may change or delete by itself."""
    if code.ended_at is not None:
        raise CodeRefused(Refusal.NOT_FOUND, "This code is gone. Create a new one.")
    if code.revoked_at is not None:
        raise CodeRefused(Refusal.NOT_FOUND, "This code is being removed. Create a new one.")
    if code.is_offline:
        raise CodeRefused(Refusal.INVALID, NOT_REVOCABLE)
    if code.grant_id is not None:
        raise CodeRefused(
            Refusal.INVALID,
            "This code belongs to a stay or to somebody's access. Change that, and the code follows.",
        )
    if code.is_backup:
        raise CodeRefused(Refusal.INVALID, "This code belongs to the backup pool, which looks after itself.")


def _locked(ids: list[int]) -> list[AccessCode]:
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related(
        "device__account__workspace", "device__door__property", "grant"
    )
    return list(rows.filter(pk__in=ids).order_by("pk"))


def _pulled_for(code: AccessCode) -> list[AccessCode]:
    ids = AccessCode.objects.filter(pulled_for=code, revoked_at=None, ended_at=None).values_list(
        "pk", flat=True
    )
    return _locked(list(ids))


def _update_all(ids: list[int], changes: CodeChanges, *, actor: str, now: dt.datetime) -> list[AccessCode]:
    codes = [_update(code, changes, actor=actor, now=now) for code in _locked(ids)]
    wake_devices([code.device_id for code in codes], at=now)
    return codes


def _update(code: AccessCode, changes: CodeChanges, *, actor: str, now: dt.datetime) -> AccessCode:
    check_is_ours(code)
    check_device(code.device)
    if not changes.attempt_for_offline_device:
        check_online(code.device)
    before, pin_before = told(code), code.pin_key
    window = _moved(code, changes, now=now)
    if changes.use_backup_pool:
        check_backup_pool(code.device, is_time_bound=window.kind is Kind.TIME_BOUND)
    pin = code.pin if changes.pin is UNSET else changes.pin
    if changes.pin is not UNSET and changes.pin != code.pin:
        check_pin(code.device, changes.pin)
    _set_plain_fields(code, changes)
    moved = (code.starts_at, code.ends_at) != (window.starts_at, window.ends_at)
    code.starts_at, code.ends_at = window.starts_at, window.ends_at
    if told(code) != before or pin != code.pin:
        _begin_anew(code, new_pin=pin != code.pin, now=now)
        _save(code, pin)
        if moved:
            _move_backup(code)
        after = told(code)
        record_code_event(
            code,
            EventType.CODE_CHANGED,
            now=now,
            actor=actor,
            before=before,
            after=after,
            change=_spoken(before, after, new_pin=code.pin_key != pin_before),
        )
    if changes.use_backup_pool:
        enable_backup_pool(code.device)
    return code


def _save(code: AccessCode, pin: str | None) -> None:
    try:
        put_pin_and_save(code, pin)
    except PinTaken:
        raise taken_meanwhile() from None


def _moved(code: AccessCode, changes: CodeChanges, *, now: dt.datetime) -> Bounds:
    """The window after the changes. A start that stays as it was is not held against the brand's rule."""
    current = Bounds(code.starts_at, code.ends_at)
    asked = moved_window(current, changes)
    if asked == current:
        return current
    rounded = window_for(asked, capabilities_of(code.device), now=now)
    return Bounds(
        current.starts_at if asked.starts_at == current.starts_at else rounded.starts_at, rounded.ends_at
    )


def _set_plain_fields(code: AccessCode, changes: CodeChanges) -> None:
    if changes.name is not UNSET:
        name = cleaned_name(changes.name)
        if name != code.name:
            code.name, code.appearance_name = name, ""
    if changes.allow_external_modification is not UNSET:
        code.allow_external_modification = changes.allow_external_modification
    if changes.prefer_native_scheduling is not UNSET:
        code.prefer_native_scheduling = changes.prefer_native_scheduling


def _begin_anew(code: AccessCode, *, new_pin: bool, now: dt.datetime) -> None:
    """What stood in the way of the old declaration need not stand in the way of this one."""
    code.failures, code.next_try_at, code.stopped, code.message = 0, None, "", ""
    code.outside = ""
    if new_pin or (code.starts_at is not None and code.starts_at > now):
        code.set_at = None


def _move_backup(code: AccessCode) -> None:
    """The backup that was pulled for a code ends with it."""
    for backup in _pulled_for(code):
        backup.ends_at = code.ends_at
        _save(backup, backup.pin)


def _spoken(before: dict[str, Any], after: dict[str, Any], *, new_pin: bool) -> str:
    """Name what is different, for people."""
    names = {"starts_at": "window", "ends_at": "window", "prefer_native_scheduling": "scheduling"}
    fields = [names.get(field, field.replace("_", " ")) for field in before if before[field] != after[field]]
    return ", ".join(dict.fromkeys([*(["another code"] if new_pin else []), *fields]))


def told(code: AccessCode) -> dict[str, Any]:
    """The declaration as an event tells it: everything but the PIN."""
    return {
        "name": code.name,
        "starts_at": code.starts_at and code.starts_at.isoformat(),
        "ends_at": code.ends_at and code.ends_at.isoformat(),
        "allow_external_modification": code.allow_external_modification,
        "prefer_native_scheduling": code.prefer_native_scheduling,
    }
