"""Action attempts: those sent to locks, and those whose outcome is read off a code."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from access.enums import AttemptStatus, CodeAttemptType
from access.facts import facts_of
from access.models import AccessCode, ActionAttempt, CodeAttempt
from access.telling.attempts import outcome_of

_KEEPS_CODE: Final = frozenset({CodeAttemptType.CREATE, CodeAttemptType.UPDATE, CodeAttemptType.CONVERT})


def show_attempt(attempt: ActionAttempt | CodeAttempt, *, now: dt.datetime) -> dict[str, Any]:
    if isinstance(attempt, ActionAttempt):
        return show_lock_attempt(attempt)
    return show_code_attempt(attempt, now=now)


def show_lock_attempt(attempt: ActionAttempt) -> dict[str, Any]:
    result = (attempt.result or {}) if attempt.status == AttemptStatus.SUCCESS else None
    return _shown(attempt, attempt.status, result, attempt.error_type, attempt.message)


def show_code_attempt(attempt: CodeAttempt, *, now: dt.datetime) -> dict[str, Any]:
    """`attempt` comes with its code's device and account."""
    code, kind = attempt.access_code, CodeAttemptType(attempt.type)
    outcome = outcome_of(
        kind,
        None if code is None else facts_of(code),
        reached=code is not None and (code.set_at is not None or code.confirmed_at is not None),
        message="" if code is None else code.message,
        now=now,
    )
    result = _result(kind, code) if outcome.status is AttemptStatus.SUCCESS else None
    return _shown(attempt, outcome.status.value, result, outcome.error_type, outcome.message)


def _result(kind: CodeAttemptType, code: AccessCode | None) -> dict[str, Any]:
    if code is None or kind not in _KEEPS_CODE:
        return {}
    ids = {"access_code_id": str(code.public_id), "device_id": str(code.device.public_id)}
    return {"access_code": ids}


def _shown(
    attempt: ActionAttempt | CodeAttempt,
    status: str,
    result: dict[str, Any] | None,
    error_type: str,
    message: str,
) -> dict[str, Any]:
    failed = status == AttemptStatus.ERROR
    return {
        "action_attempt_id": str(attempt.public_id),
        "action_type": attempt.type,
        "status": str(status),
        "result": result,
        "error": {"type": error_type or "unknown_error", "message": message} if failed else None,
    }
