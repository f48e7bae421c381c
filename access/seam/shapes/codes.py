"""Managed access codes as the founding API shows them: every field of its documents, and of today's package."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from access.backups.pool import in_pool, is_ready
from access.codes import zone_of_lock
from access.codes.revealing import note_looks
from access.facts import facts_of
from access.models import AccessCode
from access.seam.shapes.common import Troubles
from access.seam.shapes.mutations import pending_mutations
from access.status import STATE_TEXT, CodeFacts, code_state, is_scheduled_on_device, may_be_on_lock, status
from access.telling.moments import told_moment
from locks.capabilities import Capabilities, UserLevel
from locks.constraints import takes_our_pin
from locks.names import appearance_name

if TYPE_CHECKING:
    from access.seam.routing import Call

ORACODE: Final = "dormakaba_oracode"


def managed_codes(call: Call) -> QuerySet[AccessCode]:
    """The codes that this API calls managed, stays' own among them; one that is gone is not found any more."""
    return with_relations(call.rows(AccessCode).filter(is_managed=True, ended_at=None))


def with_relations(rows: QuerySet[AccessCode]) -> QuerySet[AccessCode]:
    """All that `show_codes` reads, and no secret more: each is decrypted as it is loaded."""
    related = rows.select_related("device__account", "grant", "pulled_backup")
    return related.defer("device__account__credentials", "grant__pin", "pulled_backup__pin")


def show_code(code: AccessCode, call: Call) -> dict[str, Any]:
    return show_codes([code], call)[0]


def show_codes(codes: Sequence[AccessCode], call: Call) -> list[dict[str, Any]]:
    """`codes` come from `managed_codes` or `with_relations`. Whoever may see PINs is noted to have seen them."""
    if call.caller.may_reveal:
        note_looks(codes, reader=call.caller.reader, actor=call.actor, now=call.now)
    troubles = Troubles(
        codes=(code.pk for code in codes),
        devices=(code.device_id for code in codes),
        accounts=(code.device.account_id for code in codes),
    )
    ready = _devices_with_backups(codes)
    return [_show(code, call, troubles, ready) for code in codes]


def _devices_with_backups(codes: Iterable[AccessCode]) -> set[int]:
    """Devices on which a backup could be pulled now."""
    time_bound = {code.device_id for code in codes if code.ends_at is not None}
    if not time_bound:
        return set()
    pool = AccessCode.objects.filter(in_pool(), device__in=time_bound)
    return {code.device_id for code in pool.only(*_OF_POOL) if is_ready(code)}


_OF_POOL: Final = ("device_id", "seen", "confirmed_at", "pin_key", "written")


def _show(code: AccessCode, call: Call, troubles: Troubles, ready: Collection[int]) -> dict[str, Any]:
    facts, now = facts_of(code), call.now
    may_reveal = call.caller.may_reveal
    backup = _pulled_backup(code)
    is_time_bound = code.starts_at is not None or code.ends_at is not None
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
        "is_backup_access_code_available": _can_pull(code, backup, ready, now=now),
        "pulled_backup_access_code_id": None if backup is None else str(backup.public_id),
        "pending_mutations": pending_mutations(code, facts, with_code=may_reveal, now=now),
        "dormakaba_oracode_metadata": _oracode(code, facts.capabilities),
        **troubles.of_code(code.pk, code.device_id, code.device.account_id),
    }
    if is_time_bound:
        shown["is_scheduled_on_device"] = is_scheduled_on_device(facts, now=now)
    return shown


def _pulled_backup(code: AccessCode) -> AccessCode | None:
    backup: AccessCode | None = getattr(code, "pulled_backup", None)
    return backup if backup is not None and backup.ended_at is None else None


def _can_pull(
    code: AccessCode, backup: AccessCode | None, ready: Collection[int], *, now: dt.datetime
) -> bool:
    lives = code.starts_at is not None and code.ends_at is not None and code.ends_at > now
    mine = not code.is_backup and code.revoked_at is None and backup is None
    return lives and mine and code.device_id in ready


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
