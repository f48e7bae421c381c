"""A virtual lock's log as its brand tells it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from locks.drivers.base import LockLog, LogEntry, LogKind, LogMethod
from locks.drivers.virtual.actions import KEYPAD_OPENED
from locks.drivers.virtual.state import LogLine

KEPT = 100
# What the lock keeps, oldest first: the number of each line, and the line.
Lines = Sequence[tuple[int, LogLine]]


@dataclass(frozen=True, slots=True)
class LogTeller:
    """`names_codes`: whether the brand tells which code opened."""

    names_codes: bool

    def log_of(self, lines: Lines, cursor: str) -> LockLog:
        entries = tuple(self._entry(number, line) for number, line in lines)
        return LockLog(entries, entries[-1].key if entries else cursor)

    def _entry(self, number: int, line: LogLine) -> LogEntry:
        if line.action != KEYPAD_OPENED:
            return LogEntry(str(number), line.at, LogKind(line.action), LogMethod(line.detail))
        ref = str(line.slot) if self.names_codes and line.slot is not None else None
        return LogEntry(str(number), line.at, LogKind.UNLOCKED, LogMethod.KEYCODE, ref)


def line_before(cursor: str) -> int:
    """The line that a cursor names; one that is none of ours reads from the beginning."""
    return int(cursor) if cursor.isascii() and cursor.isdecimal() else 0
