"""Warnings of today's founding API that are read off a code and its errors, and are no problems of ours. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from access.models import AccessCode
from access.states import ProblemCode
from access.status import CodeFacts, may_be_on_lock
from access.telling.moments import told_moment

FAILED: Final = ProblemCode.FAILED_TO_SET.value
_SAYS_NO_REASON: Final = frozenset({FAILED, ProblemCode.ARRIVAL_IN_DANGER.value})


def hints_of(code: AccessCode, facts: CodeFacts, errors: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """`errors`: the code's own and those that it inherits."""
    told = []
    if facts.declared.margin and may_be_on_lock(facts.declared):
        adjusted = (
            "The lock tells no time zone and clocks change around this window, so the lock was given an hour more at "
            "either side of it."
        )
        told.append(_warning("time_frame_adjusted_for_unknown_time_zone", adjusted, code.written_at))
    failed_since = next((one["created_at"] for one in errors if one["error_code"] == FAILED), None)
    unexplained = not code.refusal and {one["error_code"] for one in errors} <= _SAYS_NO_REASON
    if failed_since is not None and unexplained:
        told.append(
            {
                "warning_code": "unknown_issue_with_access_code",
                "message": "The lock gives no reason for which the code is not on it.",
                "created_at": failed_since,
            }
        )
    return told


def _warning(name: str, message: str, since: dt.datetime | None) -> dict[str, Any]:
    return {"warning_code": name, "message": message, "created_at": told_moment(since)}
