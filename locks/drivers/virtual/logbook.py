"""What reached a virtual lock, as it counted itself: the witness for “no command out” (P1) and the pace of commands
(P7). Read by tests and sandbox pages; written by the database bank.

Every call is written, whether it was applied or not, so that a storm against a dead lock is seen too.
"""

from __future__ import annotations

import datetime as dt
from collections import deque

from locks.drivers.virtual.actions import CODE_WRITES, COMMANDS, Call
from locks.drivers.virtual.models import VirtualLock, VirtualLogEntry

MINUTE = dt.timedelta(minutes=1)


def writes(lock: VirtualLock, *, since: dt.datetime | None = None) -> int:
    """Count the commands that were to change the lock's memory."""
    return _count(lock, sorted(CODE_WRITES), since)


def commands(lock: VirtualLock, *, since: dt.datetime | None = None) -> int:
    """Count everything that makes the lock's radio work: writes, readings of its codes, lock and unlock."""
    return _count(lock, sorted(COMMANDS), since)


def busiest_minute(lock: VirtualLock, *, since: dt.datetime | None = None) -> int:
    """Return the most writes in any sixty seconds."""
    entries = VirtualLogEntry.objects.filter(lock=lock, action__in=CODE_WRITES)
    if since is not None:
        entries = entries.filter(at__gte=since)
    recent: deque[dt.datetime] = deque()
    most = 0
    for at in entries.order_by("at").values_list("at", flat=True):
        recent.append(at)
        while recent[0] <= at - MINUTE:
            recent.popleft()
        most = max(most, len(recent))
    return most


def _count(lock: VirtualLock, actions: list[Call], since: dt.datetime | None) -> int:
    entries = VirtualLogEntry.objects.filter(lock=lock, action__in=actions)
    return entries.filter(at__gte=since).count() if since is not None else entries.count()
