"""Problems are levels, not events: `set_problems` makes the open ones of a subject equal to those that hold now.

Texts come from access.catalogue. `compare` decides without touching the database, for callers that write many rows
at once; `new_problem` builds one row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from access.catalogue import CATALOGUE
from access.enums import ProblemKind
from access.models import AccessCode, Problem
from locks.models import Account, Device
from properties.compiled import Update, compiled, compiled_update
from properties.models import Stay

Subject = AccessCode | Device | Account | Stay
MESSAGE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Raised:
    """That a problem holds. `message`: a better sentence than the catalogue's, such as the lock's own."""

    data: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    as_warning: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """`changed`: open already, with other data or of another kind than before."""

    opened: list[Problem]
    cleared: list[Problem]
    changed: list[Problem]


def new_problem(
    subject: Subject,
    code: str,
    *,
    now: dt.datetime,
    message: str = "",
    data: Mapping[str, Any] | None = None,
    as_warning: bool = False,
) -> Problem:
    """Build the row of a problem, for callers that write many at once."""
    text = CATALOGUE[code]
    return Problem(
        workspace_id=_workspace_id(subject),
        kind=_kind(code, as_warning=as_warning),
        code=code,
        message=(message or text.sentence)[:MESSAGE_LENGTH],
        data=dict(data or {}),
        raised_at=now,
        **_lookup(subject),
    )


def compare(
    subject: Subject,
    holding: Mapping[str, Raised],
    open_now: Iterable[Problem],
    *,
    among: Collection[str],
    now: dt.datetime,
) -> Difference:
    """What has to be written so that the open problems `among` these become those that are `holding`."""
    known = {problem.code: problem for problem in open_now}
    cleared = [problem for code, problem in known.items() if code in among and code not in holding]
    for problem in cleared:
        problem.cleared_at = now
    changed = [
        known[code] for code, raised in holding.items() if code in known and _follows(known[code], raised)
    ]
    opened = [
        new_problem(
            subject, code, now=now, message=raised.message, data=raised.data, as_warning=raised.as_warning
        )
        for code, raised in sorted(holding.items())
        if code not in known
    ]
    return Difference(opened, cleared, changed)


def set_problems(
    subject: Subject,
    codes: Collection[str],
    *,
    among: Collection[str],
    now: dt.datetime,
    messages: Mapping[str, str] | None = None,
    data: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Open those of `codes` that are not open, clear those of `among` that no longer hold."""
    messages, data = messages or {}, data or {}
    holding = {code: Raised(data.get(code, {}), messages.get(code, "")) for code in codes}
    hold_problems(subject, holding, among=among, now=now)


def hold_problems(
    subject: Subject,
    holding: Mapping[str, Raised],
    *,
    among: Collection[str],
    now: dt.datetime,
    open_now: Iterable[Problem] | None = None,
) -> Difference:
    """As `set_problems`, with all that can be said of each; return what changed. `open_now`: the subject's open
    problems, where the caller has them."""
    rows = open_problems_of(subject) if open_now is None else open_now
    difference = compare(subject, holding, rows, among=among, now=now)
    if difference.cleared:
        ids = [problem.pk for problem in difference.cleared]
        _clear(ids, now)
    for problem in difference.changed:
        problem.save(update_fields=["data", "kind", "message"])
    if difference.opened:
        # Somebody else may have opened the same one a moment ago.
        Problem.objects.bulk_create(difference.opened, ignore_conflicts=True)
    return difference


@compiled_update
def _clear(problem_ids: Sequence[int], now: dt.datetime) -> Update:
    return Problem.objects.filter(pk__in=problem_ids), {"cleared_at": now}


def open_problems_of(subject: Subject) -> list[Problem]:
    if isinstance(subject, Device):
        return _of_device(subject.pk)
    if isinstance(subject, Account):
        return _of_account(subject.pk)
    return list(Problem.objects.filter(**_lookup(subject), cleared_at=None))


@compiled
def _of_device(device_id: int) -> QuerySet[Problem]:
    return Problem.objects.filter(device=device_id, cleared_at=None)


@compiled
def _of_account(account_id: int) -> QuerySet[Problem]:
    return Problem.objects.filter(account=account_id, cleared_at=None)


def _follows(problem: Problem, raised: Raised) -> bool:
    """Bring an open problem up to date; tell whether that changed it."""
    kind = _kind(problem.code, as_warning=raised.as_warning)
    if problem.data == dict(raised.data) and problem.kind == kind:
        return False
    problem.data, problem.kind = dict(raised.data), kind
    problem.message = (raised.message or problem.message)[:MESSAGE_LENGTH]
    return True


def _kind(code: str, *, as_warning: bool) -> ProblemKind:
    text = CATALOGUE[code]
    return ProblemKind.WARNING if as_warning and text.also_warning else text.kind


def _lookup(subject: Subject) -> dict[str, Subject]:
    names = {AccessCode: "access_code", Device: "device", Account: "account", Stay: "stay"}
    return {names[type(subject)]: subject}


def _workspace_id(subject: Subject) -> int:
    if isinstance(subject, AccessCode):
        return subject.device.account.workspace_id
    if isinstance(subject, Device):
        return subject.account.workspace_id
    return subject.workspace_id
