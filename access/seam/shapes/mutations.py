"""What of a code's declaration is still on its way to the lock (`pending_mutations`). Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from access.facts import shape_from_json
from access.models import AccessCode
from access.planning import JIT_LEAD, NATIVE_LEAD, Phase, phase, runs_natively
from access.status import CodeFacts, may_be_on_lock, stands
from access.telling.moments import told_moment


def pending_mutations(
    code: AccessCode, facts: CodeFacts, *, with_code: bool, now: dt.datetime
) -> list[dict[str, Any]]:
    declared = facts.declared
    if phase(declared, facts.capabilities, now=now) is Phase.GONE:
        since = min(at for at in (code.revoked_at, code.ends_at) if at is not None)
        return [_deleting(since)] if may_be_on_lock(declared) else []
    if code.is_offline:
        return [_creating(code)] if code.pin is None else []
    if not may_be_on_lock(declared):
        return [_deferring(code, facts)] if _waits(facts, now=now) else [_creating(code)]
    if stands(facts, now=now):
        return []
    return _updating(code, with_code=with_code)


def _waits(facts: CodeFacts, *, now: dt.datetime) -> bool:
    return (
        facts.declared.written is None and phase(facts.declared, facts.capabilities, now=now) is Phase.WAITING
    )


def _deleting(since: dt.datetime) -> dict[str, Any]:
    return _mutation("deleting", "The code is being taken off the lock.", since)


def _creating(code: AccessCode) -> dict[str, Any]:
    return _mutation("creating", "The code is being put on the lock.", code.created_at)


def _deferring(code: AccessCode, facts: CodeFacts) -> dict[str, Any]:
    lead = NATIVE_LEAD if runs_natively(facts.declared, facts.capabilities) else JIT_LEAD
    scheduled = code.starts_at - lead if code.starts_at is not None else None
    told = _mutation(
        "deferring_creation", "The code is put on the lock nearer to its start.", code.created_at
    )
    return {**told, "scheduled_at": told_moment(scheduled)}


def _updating(code: AccessCode, *, with_code: bool) -> list[dict[str, Any]]:
    """What the lock was last told against what is declared. A PIN that was replaced is not kept anywhere."""
    written, since = shape_from_json(code.written), code.written_at or code.created_at
    if written is None:
        return [_creating(code)]
    told = []
    if written.pin_key != code.pin_key:
        both = {"from": {"code": None}, "to": {"code": code.pin if with_code else None}}
        told.append({**_mutation("updating_code", "The code on the lock is being changed.", since), **both})
    name = code.appearance_name or code.name
    if name and written.name != name:
        both = {"from": {"name": written.name}, "to": {"name": name}}
        told.append({**_mutation("updating_name", "The name on the lock is being changed.", since), **both})
    if _is_moved(code, written.starts_at, written.ends_at):
        both = {
            "from": _window(written.starts_at, written.ends_at),
            "to": _window(code.starts_at, code.ends_at),
        }
        told.append(
            {**_mutation("updating_time_frame", "The window on the lock is being changed.", since), **both}
        )
    return told


def _is_moved(code: AccessCode, starts_at: dt.datetime | None, ends_at: dt.datetime | None) -> bool:
    """A lock that keeps no windows was told none."""
    kept = starts_at is not None or ends_at is not None
    return kept and (starts_at, ends_at) != (code.starts_at, code.ends_at)


def _window(starts_at: dt.datetime | None, ends_at: dt.datetime | None) -> dict[str, str | None]:
    return {"starts_at": told_moment(starts_at), "ends_at": told_moment(ends_at)}


def _mutation(name: str, message: str, since: dt.datetime) -> dict[str, Any]:
    return {"created_at": told_moment(since), "message": message, "mutation_code": name}
