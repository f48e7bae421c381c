"""Errors and warnings in the founding API's shape (facts 10). Pure, over loaded rows.

Read by events (the arrays of those that tell of trouble), by the Seam-compatible face for the objects themselves, and
by whoever else tells a program what is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from access.catalogue import LATER_NAMES, LATER_WARNINGS, Concerns
from access.enums import ProblemKind
from access.models import Problem
from access.telling.moments import told_moment

# What the rows' data may say beside the sentence; nothing else of it leaves the house.
_EXTRAS: Mapping[str, Collection[str]] = {
    "duplicate_code_on_device": ("managed_access_code_id", "unmanaged_access_code_id"),
    "duplicate_code_attempt_prevented": ("managed_access_code_id", "unmanaged_access_code_id"),
    "max_access_codes_reached": ("active_access_code_count", "max_active_access_code_count"),
    "devices_connected_to_other_account": ("device_ids",),
    "accessory_keypad_low_battery": ("battery_level",),
    "low_battery": ("battery_level", "battery_status", "days_left"),
    "time_zone_mismatch": ("time_zone", "property_time_zone"),
    "time_zone_unknown": ("time_zone",),
    "device_tampered": ("tampered_at",),
}
_OF_BRIDGES = frozenset({"bridge_disconnected"})
_SALTO_LIMIT = "salto_ks_subscription_limit_exceeded"
_OUTSIDE = "code_modified_external_to_seam"
_FLAGS: Mapping[Concerns, str] = {
    Concerns.CODE: "is_access_code_error",
    Concerns.DEVICE: "is_device_error",
    Concerns.ACCOUNT: "is_connected_account_error",
}


def source_of(problem: Problem) -> Concerns:
    """What a problem was raised on: the lowest thing that it names."""
    if problem.access_code_id is not None:
        return Concerns.CODE
    if problem.device_id is not None:
        return Concerns.DEVICE
    return Concerns.ACCOUNT if problem.account_id is not None else Concerns.STAY


def seam_problem(problem: Problem) -> dict[str, Any]:
    """One entry of `errors` or `warnings`, marked by what it was raised on, also where it is inherited.

    `newer_error_code`, `newer_warning_code`: what today's founding API calls it, where that differs.
    """
    kind = "error" if problem.kind == ProblemKind.ERROR else "warning"
    told: dict[str, Any] = {
        f"{kind}_code": problem.code,
        "message": problem.message,
        "created_at": told_moment(problem.raised_at),
    }
    newer = _newer(problem)
    if newer != problem.code:
        told[f"newer_{kind}_code"] = newer
    if kind == "error":
        told |= _flags(problem)
    return told | _extras(problem)


def _newer(problem: Problem) -> str:
    newer = LATER_NAMES.get(problem.code, (problem.code, problem.code))[1]
    if problem.kind == ProblemKind.WARNING:
        return LATER_WARNINGS.get(problem.code, newer)
    # The lock holds an earlier state of the code.
    return "failed_to_update" if newer == "failed_to_issue" and problem.data.get("updating") else newer


def _flags(problem: Problem) -> dict[str, bool]:
    flags = {}
    source = source_of(problem)
    if source in _FLAGS:
        flags[_FLAGS[source]] = True
    if problem.code in _OF_BRIDGES:
        flags["is_bridge_error"] = True
    return flags


def _extras(problem: Problem) -> dict[str, Any]:
    told = {name: problem.data[name] for name in _EXTRAS.get(problem.code, ()) if name in problem.data}
    if problem.code == _SALTO_LIMIT:
        told["salto_ks_metadata"] = {"sites": problem.data.get("sites", [])}
    if problem.code == _OUTSIDE:
        told["change_type"] = problem.data.get("change") or "modified"
        told["modified_fields"] = [_field(one) for one in problem.data.get("fields", ())]
    return told


def _field(edit: Mapping[str, str | None]) -> dict[str, str | None]:
    def moment(name: str) -> str | None:
        kept = edit.get(name)
        return None if kept is None else told_moment(dt.datetime.fromisoformat(kept))

    return {"field": edit["field"], "from": moment("from"), "to": moment("to")}


def errors_and_warnings(problems: Iterable[Problem]) -> dict[str, list[dict[str, Any]]]:
    """The `errors` and `warnings` of one object: its own first, then what it inherits, each oldest first."""
    order = list(Concerns)
    rows = sorted(problems, key=lambda one: (order.index(source_of(one)), one.raised_at, one.code))
    return {
        "errors": [seam_problem(row) for row in rows if row.kind == ProblemKind.ERROR],
        "warnings": [seam_problem(row) for row in rows if row.kind == ProblemKind.WARNING],
    }


def six_arrays(problems: Iterable[Problem], *, of: Collection[Concerns]) -> dict[str, list[dict[str, Any]]]:
    """`access_code_errors`, `device_warnings` and so on, for events that tell of trouble."""
    rows = list(problems)
    names = {Concerns.CODE: "access_code", Concerns.DEVICE: "device", Concerns.ACCOUNT: "connected_account"}
    told: dict[str, list[dict[str, Any]]] = {}
    for source in of:
        both = errors_and_warnings(row for row in rows if source_of(row) is source)
        told |= {f"{names[source]}_{kind}": entries for kind, entries in both.items()}
    return told
