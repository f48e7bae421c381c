"""From a lock's own log to what happened at the door, each thing once. Pure; called by access.running.listening.

Locks tell one turn of the bolt in several entries, the later ones often saying less (F94): entries of one kind within
two seconds that do not contradict each other are one, and the most telling one counts. A code is credited only where
somebody typed it and the lock says which (F92, F93).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from locks.drivers.base import LogEntry, LogKind, LogMethod

SAME_TURN = dt.timedelta(seconds=2)
# A clock may be wrong by a little; what lies far ahead happened now.
_TURNS = frozenset({LogKind.LOCKED, LogKind.UNLOCKED, LogKind.DENIED})


@dataclass(frozen=True, slots=True)
class Told:
    """Something that is already written down. `ref`: whose code; `key`: the entry that told of it."""

    at: dt.datetime
    kind: LogKind
    method: LogMethod | None
    key: str = ""
    has_code: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What we asked of the lock ourselves, and when it may have happened."""

    kind: LogKind
    since: dt.datetime
    until: dt.datetime
    attempt_id: str
    told: bool

    def covers(self, entry: LogEntry) -> bool:
        near = self.since - SAME_TURN <= entry.at <= self.until + SAME_TURN
        return near and entry.kind is self.kind and entry.method in (LogMethod.REMOTE, LogMethod.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing to be told of. `ref`: the place of the code that opened; None: no code, or unknown which.

    `attempt_id`: what we asked for and had no answer to.
    """

    at: dt.datetime
    kind: LogKind
    method: LogMethod
    key: str
    ref: str | None = None
    attempt_id: str = ""


def happenings_of(
    entries: Iterable[LogEntry],
    *,
    told: Collection[Told] = (),
    asked: Sequence[Asked] = (),
    begins_at: dt.datetime,
    now: dt.datetime,
) -> list[Happening]:
    """Oldest first. `begins_at`: what happened before is not ours to tell (F98: starting up makes nothing happen)."""
    known = {one.key for one in told if one.key}
    fresh = [entry for entry in entries if entry.key not in known and entry.at >= begins_at]
    found: list[Happening] = []
    for entry in _merged(fresh):
        at = min(entry.at, now)
        ours = next((one for one in asked if one.covers(entry)), None)
        if ours is not None and ours.told:
            continue
        if ours is None and any(_says_no_more(entry, one) for one in told):
            continue
        typed = entry.method is LogMethod.KEYCODE
        found.append(
            Happening(
                at,
                entry.kind,
                entry.method,
                entry.key,
                ref=entry.ref if typed else None,
                attempt_id=ours.attempt_id if ours is not None else "",
            )
        )
    return found


def _merged(entries: Iterable[LogEntry]) -> list[LogEntry]:
    merged: list[LogEntry] = []
    for entry in sorted(entries, key=lambda entry: entry.at):
        at = next((i for i in range(len(merged) - 1, -1, -1) if _same_turn(merged[i], entry)), None)
        if at is None:
            merged.append(entry)
        elif _telling(entry) > _telling(merged[at]):
            merged[at] = entry
    return merged


def _same_turn(one: LogEntry, other: LogEntry) -> bool:
    if one.kind is not other.kind or one.kind not in _TURNS or abs(other.at - one.at) > SAME_TURN:
        return False
    methods = {one.method, other.method} - {LogMethod.UNKNOWN}
    refs = {one.ref, other.ref} - {None}
    # A wrong PIN typed twice is two; only what names no more than the other is its echo.
    distinct = one.kind is LogKind.DENIED and _telling(one) == _telling(other)
    return len(methods) <= 1 and len(refs) <= 1 and not distinct


def _telling(entry: LogEntry) -> int:
    return (entry.ref is not None) * 2 + (entry.method is not LogMethod.UNKNOWN)


def _says_no_more(entry: LogEntry, told: Told) -> bool:
    """Tell whether an entry is but the echo of what an earlier reading told."""
    if entry.kind not in _TURNS or entry.kind is LogKind.DENIED or entry.kind is not told.kind:
        return False
    echo = entry.method in (LogMethod.UNKNOWN, told.method) and entry.ref is None
    return echo and abs(entry.at - told.at) <= SAME_TURN
