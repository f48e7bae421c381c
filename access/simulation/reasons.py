"""What a lock's commands were for: each must have a reason, and no minute may have too many. Pure."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Sequence

from access.simulation.wiring import SimulatedLock

MINUTE = dt.timedelta(minutes=1)
LONG_AFTER_FAULT = dt.timedelta(days=1)


def first_causeless(lock: SimulatedLock, needed: Sequence[dt.datetime]) -> dt.datetime | None:
    """The first write that nothing explains: no change of what should be there, no fault and no hands for a day."""
    lately = sorted(needed)
    faults = sorted([*lock.faults, *lock.edits, *lock.destroyed])
    for at in lock.writes:
        asked = any(at - 15 * MINUTE <= moment <= at + 6 * MINUTE for moment in lately)
        disturbed = any(at - LONG_AFTER_FAULT <= moment <= at for moment in faults)
        if not asked and not disturbed:
            return at
    return None


def busiest_minute(writes: Iterable[dt.datetime]) -> int:
    recent: deque[dt.datetime] = deque()
    most = 0
    for at in writes:
        recent.append(at)
        while recent[0] <= at - MINUTE:
            recent.popleft()
        most = max(most, len(recent))
    return most
