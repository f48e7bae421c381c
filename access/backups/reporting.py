"""A guest says that the code fails: what is done about it, door by door. The rule is in access.backups.policy.

A report is an open problem on the code, so that the manager sees it, the next minute's sweep finds it, and a second
report is known for one. Where the property gives no backups by itself, it is written down and a person decides.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from access.backups.cases import case_of, lead_before
from access.backups.policy import REPORT_KEPT, Answer, answer_report
from access.backups.pulling import REPORTED, BackupRefused, live_backup_of, pull_backup
from access.enums import EventType
from access.events import record_code_event
from access.models import AccessCode, AccessGrant, Problem
from access.problems import set_problems
from locks.models import Device
from locks.waking import wake_devices


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """What became of the report at one door. `backup`: given now or before; `sentence` says what to do."""

    code: AccessCode
    answer: Answer
    sentence: str
    backup: AccessCode | None = None


SENTENCES = {
    Answer.TOO_EARLY: "The code is not meant to open yet.",
    Answer.CHECKING: "The lock holds the code; it is read anew. Try again with care, and report it again if it fails.",
    Answer.PULL: "A backup code opens this door. Show the code to read it.",
    Answer.OVER: "The stay is over.",
}
BY_HAND = "This property gives no backup codes by itself. Give one by hand, or let the guest in another way."


def report_code_failing(
    grant: AccessGrant, *, actor: str, now: dt.datetime, device: Device | None = None
) -> tuple[ReportAnswer, ...]:
    """Look into the guest's report, at one door or at all of the grant; return what became of it at each."""
    codes = grant.codes.filter(revoked_at=None, ended_at=None, is_backup=False, is_offline=False)
    if device is not None:
        codes = codes.filter(device=device)
    codes = codes.select_related("device__account", "device__door", "grant__stay__unit__property")
    return tuple(_look_into(code, actor=actor, now=now) for code in codes.order_by("device__name", "pk"))


@transaction.atomic
def _look_into(code: AccessCode, *, actor: str, now: dt.datetime) -> ReportAnswer:
    record_code_event(code, EventType.PIN_REPORTED, now=now, actor=actor)
    return _answer(code, actor=actor, now=now)


def _answer(code: AccessCode, *, actor: str, now: dt.datetime) -> ReportAnswer:
    given = live_backup_of(code)
    if given is not None:
        return ReportAnswer(code, Answer.PULL, SENTENCES[Answer.PULL], given)
    answer = answer_report(
        case_of(code, now=now), reported_at=reported_at(code, now=now), lead=lead_before(code), now=now
    )
    if answer not in (Answer.PULL, Answer.CHECKING):
        return ReportAnswer(code, answer, SENTENCES[answer])
    set_problems(code, {REPORTED}, among={REPORTED}, now=now)
    if answer is Answer.CHECKING:
        wake_devices([code.device_id], at=now)
        return ReportAnswer(code, answer, SENTENCES[answer])
    if not gives_backups(code):
        return ReportAnswer(code, answer, BY_HAND)
    try:
        backup = pull_backup(code, actor=actor, now=now)
    except BackupRefused as refused:
        return ReportAnswer(code, answer, refused.message)
    return ReportAnswer(code, answer, SENTENCES[answer], backup)


def reported_at(code: AccessCode, *, now: dt.datetime) -> dt.datetime | None:
    reports = Problem.objects.filter(access_code=code, code=REPORTED, cleared_at=None)
    return reports.filter(raised_at__gt=now - REPORT_KEPT).values_list("raised_at", flat=True).first()


def gives_backups(code: AccessCode) -> bool:
    """Tell whether the property lets backups be given without a person; a code without a stay asks a person."""
    stay = code.grant.stay if code.grant is not None else None
    return stay is not None and stay.unit.property.automatic_backup
