"""Where virtual locks are kept: the one interface of the database bank and the memory bank.

A bank hands a lock's state to one call at a time and keeps what became of it. driver.py asks through it; what is
answered is decided in serving.py, alike for both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from locks.drivers.virtual.actions import Call
from locks.drivers.virtual.mood_rules import Mood
from locks.drivers.virtual.state import LockState
from locks.drivers.virtual.telling import Lines

T = TypeVar("T")

Serve = Callable[[LockState, dt.datetime], T]


class Bank(Protocol):
    async def ask(self, account_key: str, device: str, call: Call, serve: Serve[T], missing: T) -> T:
        """Serve one call on one lock, after the delay that its mood asks for; `missing` where there is no such lock."""
        ...

    async def ask_account(self, account_key: str, serve: Callable[[Sequence[LockState]], T]) -> T:
        """Serve one call on all locks of an account, in the order in which they were added."""
        ...

    async def lines_after(self, device: str, after: int) -> Lines:
        """Return what the lock's own log keeps after a line, the last 100 at most."""
        ...


def is_listed(state: LockState | None) -> bool:
    return state is not None and Mood.REMOVED not in state.moods
