"""What became of what a program asked for a code once: read off the code's evidence whenever it is asked for. Pure.

Called by the Seam-compatible face. Creating and changing succeed when the code stands on the lock as declared: on a
lock that keeps windows as soon as it is stored there, on any other when it opens. An error is what would be told now;
Keyturn goes on trying, and an attempt whose code gets there after all ends well.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.enums import AttemptStatus, CodeAttemptType
from access.planning.shapes import FAILED_AFTER
from access.states import Status
from access.status import CodeFacts, is_scheduled_on_device, status

_REMOVING = frozenset({CodeAttemptType.DELETE, CodeAttemptType.DELETE_UNMANAGED})
NOT_SET = "failed_to_set_on_device"
NOT_REMOVED = "failed_to_remove_from_device"
GONE = "access_code_deleted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error_type` and `message` are empty unless it failed."""

    status: AttemptStatus
    error_type: str = ""
    message: str = ""


PENDING, SUCCESS = Outcome(AttemptStatus.PENDING), Outcome(AttemptStatus.SUCCESS)


def outcome_of(
    kind: CodeAttemptType, facts: CodeFacts | None, *, reached: bool, message: str = "", now: dt.datetime
) -> Outcome:
    """`facts` None: nothing of a code was asked for. `reached`: the code was on its lock at some time. `message`: what
    the lock said last."""
    if facts is None or kind is CodeAttemptType.CONVERT:
        return SUCCESS
    if kind in _REMOVING:
        return _removal(facts, message)
    return _setting(facts, reached=reached, message=message, now=now)


def _removal(facts: CodeFacts, message: str) -> Outcome:
    if facts.ended:
        return SUCCESS
    if facts.declared.failures >= FAILED_AFTER:
        return _failed(
            NOT_REMOVED, message or "The lock did not confirm the removal. Keyturn goes on trying."
        )
    return PENDING


def _setting(facts: CodeFacts, *, reached: bool, message: str, now: dt.datetime) -> Outcome:
    declared = facts.declared
    over = declared.ends_at is not None and declared.ends_at <= now
    if facts.ended or declared.revoked_at is not None or over:
        return SUCCESS if reached else _failed(GONE, "The code ended before it was on the lock.")
    if declared.is_offline:
        return SUCCESS if declared.pin is not None else _unless_given_up(facts, message)
    if is_scheduled_on_device(facts, now=now) or status(facts, now=now) is Status.SET:
        return SUCCESS
    return _unless_given_up(facts, message)


def _unless_given_up(facts: CodeFacts, message: str) -> Outcome:
    if facts.declared.stopped or facts.declared.failures >= FAILED_AFTER:
        return _failed(NOT_SET, message or "The lock did not take the code. Keyturn goes on trying.")
    return PENDING


def _failed(error_type: str, message: str) -> Outcome:
    return Outcome(AttemptStatus.ERROR, error_type, message)
