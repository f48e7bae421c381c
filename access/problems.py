"""Problems are levels, not events: `set_problems` makes the open ones of a subject equal to those that hold now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from access.enums import ProblemKind
from access.models import AccessCode, Problem
from access.states import ProblemCode
from locks.models import Account, Device
from properties.models import Stay

Subject = AccessCode | Device | Account | Stay


@dataclass(frozen=True, slots=True)
class ProblemText:
    kind: ProblemKind
    message: str


_ERROR, _WARNING = ProblemKind.ERROR, ProblemKind.WARNING

TEXTS: Mapping[str, ProblemText] = {
    ProblemCode.ARRIVAL_IN_DANGER: ProblemText(
        _ERROR,
        "The code is not confirmed on the lock. Check the lock, or let the guest in another way.",
    ),
    ProblemCode.DELAY_IN_SETTING: ProblemText(
        _WARNING, "The stay has begun and the code is not confirmed on the lock. Keyturn keeps trying."
    ),
    ProblemCode.FAILED_TO_SET: ProblemText(
        _ERROR, "The lock did not take the code. Keyturn keeps trying; check the lock or issue a new code."
    ),
    ProblemCode.DELAY_IN_REMOVING: ProblemText(
        _WARNING, "The code should be gone and is not confirmed gone. Keyturn keeps trying."
    ),
    ProblemCode.FAILED_TO_REMOVE: ProblemText(
        _ERROR,
        "The code could not be removed and may still open the door. Remove it at the lock, or bring it online.",
    ),
    ProblemCode.DUPLICATE: ProblemText(
        _ERROR, "Another code on the lock has the same PIN. Issue a new code, or remove the other one."
    ),
    ProblemCode.NO_SPACE: ProblemText(
        _ERROR, "The lock has no free place for the code. Remove codes that nobody needs."
    ),
    ProblemCode.MODIFIED_OUTSIDE: ProblemText(
        _ERROR, "Someone changed the code at the lock or in its app. Keyturn is putting it right."
    ),
    ProblemCode.NOT_SUPPORTED: ProblemText(
        _ERROR, "This lock takes no codes from a distance. Give the guest another way in."
    ),
    "device_offline": ProblemText(
        _ERROR, "The lock is offline. Codes on it go on working; nothing can be changed until it is back."
    ),
    "device_unreadable": ProblemText(_WARNING, "The lock does not tell which codes it holds."),
    "device_fault": ProblemText(
        _ERROR, "Keyturn stumbles over this lock and looks again each minute; the log says over what."
    ),
    "former_code_on_device": ProblemText(
        _ERROR, "A code that should be gone is on the lock. Remove it at the lock, or in its app."
    ),
    "account_unreachable": ProblemText(
        _ERROR, "The lock system can't be reached. Keyturn tries again each minute."
    ),
    "account_disconnected": ProblemText(
        _ERROR,
        "The lock system refuses our login. Until it is renewed, nothing on its locks can be read or changed.",
    ),
}


def _lookup(subject: Subject) -> dict[str, Subject]:
    names = {AccessCode: "access_code", Device: "device", Account: "account", Stay: "stay"}
    return {names[type(subject)]: subject}


def _workspace_id(subject: Subject) -> int:
    if isinstance(subject, AccessCode):
        return subject.device.account.workspace_id
    if isinstance(subject, Device):
        return subject.account.workspace_id
    return subject.workspace_id


def set_problems(
    subject: Subject,
    codes: set[str],
    *,
    among: set[str],
    now: dt.datetime,
    messages: Mapping[str, str] | None = None,
) -> None:
    """Open those of `codes` that are not open, clear those of `among` that no longer hold."""
    open_rows = Problem.objects.filter(**_lookup(subject), cleared_at=None, code__in=among)
    is_open = set(open_rows.values_list("code", flat=True))
    if is_open - codes:
        open_rows.exclude(code__in=codes).update(cleared_at=now)
    for code in sorted(codes - is_open):
        text = TEXTS[code]
        Problem.objects.create(
            workspace_id=_workspace_id(subject),
            kind=text.kind,
            code=code,
            message=(messages or {}).get(code, text.message)[:300],
            raised_at=now,
            **_lookup(subject),
        )
