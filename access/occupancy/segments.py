"""What a door's code did, does and will do over a stay's window, as a line of segments. Pure.

The past is told from evidence: from when the lock was known to hold the code, and until when. The future is told from
what holds now. A segment is one of five: planned, on the lock, active, removed, missing.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from access.states import CodeState


class Line(enum.StrEnum):
    PLANNED = "planned"
    ON_LOCK = "on-lock"
    ACTIVE = "active"
    REMOVED = "removed"
    MISSING = "missing"


LINE_TEXT: Final = {
    Line.PLANNED: ("Planned", "idle"),
    Line.ON_LOCK: ("On the lock", "ok"),
    Line.ACTIVE: ("Active", "ok"),
    Line.REMOVED: ("Removed", "idle"),
    Line.MISSING: ("Not on the lock", "error"),
}
# States in which the lock is known to hold the code, or to have held it when it was last heard of.
HELD: Final = frozenset(
    {
        CodeState.SCHEDULED,
        CodeState.ACTIVE,
        CodeState.BACKUP,
        CodeState.REMOVING,
        CodeState.REMOVE_FAILED,
        CodeState.REMOVAL_UNKNOWN,
        CodeState.UNKNOWN,
    }
)
WAITING: Final = frozenset({CodeState.PLANNED, CodeState.PROGRAMMING, CodeState.HELD})


Sightings = tuple[tuple[dt.datetime, bool], ...]


@dataclass(frozen=True, slots=True)
class CodeLine:
    """The evidence about the codes of one stay on one door. `opens_at`, `closes_at`: their window; `state`: what holds
    now; `known`: for each code the moments from which the lock was known to hold it, or not; `gone_at`: when all of
    them were gone for good; `declared_at`: since when there was anything to be on the lock."""

    opens_at: dt.datetime
    closes_at: dt.datetime
    state: CodeState
    known: tuple[Sightings, ...] = ()
    gone_at: dt.datetime | None = None
    declared_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    line: Line
    begins_at: dt.datetime
    ends_at: dt.datetime


def segments_of(code: CodeLine, *, now: dt.datetime) -> tuple[Segment, ...]:
    """In order, without gaps, from the window's begin to its end; from the declaration on, where that came later."""
    begins_at = max(code.opens_at, code.declared_at or code.opens_at)
    return tuple(_joined(_pieces(code, begins_at, now=now)))


def _pieces(code: CodeLine, begin: dt.datetime, *, now: dt.datetime) -> Iterator[Segment]:
    moments = {now, code.gone_at, *(at for sightings in code.known for at, _ in sightings)}
    inside = {at for at in moments if at is not None and begin < at < code.closes_at}
    ordered = sorted(inside | {begin, code.closes_at}) if begin < code.closes_at else []
    for begins_at, ends_at in itertools.pairwise(ordered):
        line = _past(code, begins_at) if ends_at <= now else _future(code)
        yield Segment(line, begins_at, ends_at)


def _past(code: CodeLine, at: dt.datetime) -> Line:
    if any(_was_held(sightings, at) for sightings in code.known):
        return Line.ACTIVE
    return Line.REMOVED if code.gone_at is not None and at >= code.gone_at else Line.MISSING


def _was_held(sightings: Sightings, at: dt.datetime) -> bool:
    held = False
    for moment, there in sightings:
        if moment > at:
            break
        held = there
    return held


def _future(code: CodeLine) -> Line:
    if code.gone_at is not None:
        return Line.REMOVED
    if code.state in HELD:
        return Line.ON_LOCK
    return Line.PLANNED if code.state in WAITING else Line.MISSING


def _joined(pieces: Iterator[Segment]) -> Iterator[Segment]:
    last: Segment | None = None
    for piece in pieces:
        if last is not None and last.line is piece.line:
            last = Segment(last.line, last.begins_at, piece.ends_at)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
