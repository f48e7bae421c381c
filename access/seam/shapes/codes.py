"""Managed access codes as the founding API shows them: every field of its documents, and of today's package."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from access.backups.pool import is_ready
from access.codes import zone_of_lock
from access.codes.revealing import note_looks
from access.facts import facts_of
from access.models import AccessCode
from access.seam.shapes.common import Troubles
from access.seam.shapes.hints import hints_of
from access.seam.shapes.mutations import pending_mutations
from access.status import STATE_TEXT, CodeFacts, code_state, is_scheduled_on_device, may_be_on_lock, status
from access.telling.moments import told_moment
from locks.capabilities import Capabilities, UserLevel
from locks.constraints import takes_our_pin
from locks.names import appearance_name
from properties.compiled import compiled

if TYPE_CHECKING:
    from access.seam.routing import Call

ORACODE: Final = "dormakaba_oracode"


def managed_codes(call: Call) -> QuerySet[AccessCode]:
    """The codes that this API calls managed, stays' own among them; one that is gone is not found any more."""
    return _managed(call.rows(AccessCode))


@compiled
def managed_code(workspace: int, access_code_id: uuid.UUID) -> QuerySet[AccessCode]:
    """The same of one, for callers from whom nothing in the workspace is hidden."""
    return _managed(AccessCode.objects.in_workspace(workspace)).filter(public_id=access_code_id)


def _managed(rows: QuerySet[AccessCode]) -> QuerySet[AccessCode]:
    return with_relations(rows.filter(is_managed=True, ended_at=None))


def with_relations(rows: QuerySet[AccessCode]) -> QuerySet[AccessCode]:
    """All that `show_codes` reads, and no secret more: each is decrypted as it is loaded."""
    return rows.select_related("device__account").defer("device__account__credentials")


def show_code(code: AccessCode, call: Call, *, is_noted: bool = False) -> dict[str, Any]:
    return show_codes([code], call, are_noted=is_noted)[0]


def show_codes(codes: Sequence[AccessCode], call: Call, *, are_noted: bool = False) -> list[dict[str, Any]]:
    """`codes` come from `managed_codes` or `with_relations`. Whoever may see PINs is noted to have seen them, unless
    that was done before."""
    if call.caller.may_reveal and not are_noted:
        note_looks(codes, reader=call.caller.reader, actor=call.actor, now=call.now)
    troubles = Troubles(
        codes=(code.pk for code in codes),
        devices=(code.device_id for code in codes),
        accounts=(code.device.account_id for code in codes),
    )
    backups = _backups_on({code.device_id for code in codes if code.ends_at is not None})
    return [_show(code, call, troubles, backups) for code in codes]


@dataclass(frozen=True, slots=True)
class _Backups:
    """`ready`: devices on which one could be pulled now; `pulled`: ids of those that were, by their originals."""

    ready: Collection[int]
    pulled: Mapping[int, uuid.UUID]


def _backups_on(devices: Collection[int]) -> _Backups:
    """Only codes with an end can have a backup."""
    if not devices:
        return _Backups(frozenset(), {})
    rows = _backups(list(devices))
    waiting = [row for row in rows if row.pulled_for_id is None and row.revoked_at is None]
    return _Backups(
        {row.device_id for row in waiting if is_ready(row)},
        {row.pulled_for_id: row.public_id for row in rows if row.pulled_for_id is not None},
    )


@compiled
def _backups(devices: list[int]) -> QuerySet[AccessCode]:
    """With what is looked at above and by `is_ready`."""
    rows = AccessCode.objects.filter(device__in=devices, is_backup=True, ended_at=None)
    return rows.only(
        "device_id", "public_id", "pulled_for_id", "revoked_at", "seen", "confirmed_at", "pin_key", "written"
    )


def _show(code: AccessCode, call: Call, troubles: Troubles, backups: _Backups) -> dict[str, Any]:
    facts, now = facts_of(code), call.now
    may_reveal = call.caller.may_reveal
    backup = backups.pulled.get(code.pk)
    is_time_bound = code.starts_at is not None or code.ends_at is not None
    wrong = troubles.of_code(code.pk, code.device_id, code.device.account_id)
    shown = {
        "access_code_id": str(code.public_id),
        "device_id": str(code.device.public_id),
        "workspace_id": str(call.workspace.public_id),
        "name": code.name or None,
        "appearance": _appearance(code, facts),
        "code": code.pin if may_reveal else None,
        "common_code_key": code.common_code_key or None,
        "type": "time_bound" if is_time_bound else "ongoing",
        "status": status(facts, now=now).value,
        "display_status": STATE_TEXT[code_state(facts, now=now)].label,
        "starts_at": told_moment(code.starts_at),
        "ends_at": told_moment(code.ends_at),
        "created_at": told_moment(code.created_at),
        "is_managed": True,
        "is_external_modification_allowed": code.allow_external_modification,
        "is_offline_access_code": code.is_offline,
        "is_one_time_use": code.is_one_time_use,
        "is_waiting_for_code_assignment": code.pin is None and _is_assigned(code, facts.capabilities),
        "is_backup": code.is_backup,
        "is_backup_access_code_available": backup is None and _can_pull(code, backups, now=now),
        "pulled_backup_access_code_id": None if backup is None else str(backup),
        "pending_mutations": pending_mutations(code, facts, with_code=may_reveal, now=now),
        "dormakaba_oracode_metadata": _oracode(code, facts.capabilities),
        "errors": wrong["errors"],
        "warnings": [*wrong["warnings"], *hints_of(code, facts, wrong["errors"])],
    }
    if is_time_bound:
        shown["is_scheduled_on_device"] = is_scheduled_on_device(facts, now=now)
    return shown


def _can_pull(code: AccessCode, backups: _Backups, *, now: dt.datetime) -> bool:
    lives = code.starts_at is not None and code.ends_at is not None and code.ends_at > now
    return lives and not code.is_backup and code.revoked_at is None and code.device_id in backups.ready


def _appearance(code: AccessCode, facts: CodeFacts) -> dict[str, str] | None:
    """The name as it stands on the lock; null until the code may be there."""
    if not may_be_on_lock(facts.declared):
        return None
    name = code.appearance_name or appearance_name(code.name, facts.capabilities.name_rule).name
    if not facts.capabilities.name_rule.split_first_last:
        return {"name": name}
    first, _, last = name.partition(" ")
    return {"name": name, "first_name": first, "last_name": last}


def _is_assigned(code: AccessCode, capabilities: Capabilities) -> bool:
    return code.is_offline or not takes_our_pin(capabilities)


def _oracode(code: AccessCode, capabilities: Capabilities) -> dict[str, Any] | None:
    if code.device.brand != ORACODE:
        return None
    level = next((one for one in capabilities.user_levels if _is_level_of(code, one)), None)
    return {
        "stay_id": None,
        "user_level_id": level.user_level_id if level is not None else None,
        "user_level_name": level.name if level is not None else None,
        "site_name": code.device.account.name,
        "is_cancellable": False,
        "is_early_checkin_able": False,
        "is_extendable": False,
        "is_overridable": False,
    }


def _is_level_of(code: AccessCode, level: UserLevel) -> bool:
    """Tell whether the window of an offline code is one of this user level."""
    if code.starts_at is None or code.ends_at is None or not level.is_for_guests:
        return False
    if level.is_24_hour:
        return code.offline_kind == "hourly"
    zone = zone_of_lock(code.device)
    bounds = (code.starts_at.astimezone(zone).time(), code.ends_at.astimezone(zone).time())
    return code.offline_kind == "daily" and bounds == (level.check_in_time, level.check_out_time)
