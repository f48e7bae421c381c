"""What happened lately, for Today: the newest lines of all histories, those that repeat in a row told once.

Read-only, three queries. Called by access.views.board.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from access.audit import AuditFilter, AuditLine, page_of_audit
from properties.models import Workspace

SHOWN: Final = 12
SINCE: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """`line`: the newest of `times` that were alike and followed each other."""

    line: AuditLine
    times: int


def recent_activity(workspace: Workspace, *, now: dt.datetime) -> tuple[ActivityLine, ...]:
    asked = AuditFilter(since=now - SINCE, everything=True)
    return tuple(islice(collapsed(page_of_audit(workspace, asked, number=1).lines), SHOWN))


def collapsed(lines: Iterable[AuditLine]) -> Iterator[ActivityLine]:
    for _, alike in groupby(lines, key=_kind):
        found = list(alike)
        yield ActivityLine(found[0], len(found))


def _kind(line: AuditLine) -> tuple[object, ...]:
    return line.entry.title, line.entry.actor, line.where, None if line.stay is None else line.stay.pk
