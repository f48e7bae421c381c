"""The queue of a virtual bridge: commands wait in it until the bridge, by its own clock, has carried each to its lock.

Only brands whose bridges tell of a queue have one. A command that comes while it is full is refused; the others are
answered at once, as their lock systems do, and go on taking up their place until the bridge is done with them. Pure; a
bank keeps the queue, which all locks behind one bridge share.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class QueueRule:
    """`job`: how long the bridge takes for one command, over Bluetooth, one after the other."""

    places: int
    job: dt.timedelta


# facts 1.3 tells the places; how fast it drains is UNKNOWN, and our decision.
QUEUES: Mapping[str, QueueRule] = MappingProxyType({"igloohome": QueueRule(20, dt.timedelta(seconds=2))})


@dataclass(slots=True)
class Bridge:
    """`done_at`: when the bridge will be done with each command that waits, in order."""

    rule: QueueRule
    done_at: list[dt.datetime] = field(default_factory=list)

    def waiting(self, now: dt.datetime) -> int:
        self.done_at = [at for at in self.done_at if at > now]
        return len(self.done_at)

    def take(self, now: dt.datetime) -> bool:
        """Put a command at the end of the queue; tell whether there was room."""
        if self.waiting(now) >= self.rule.places:
            return False
        self._add(now, self.rule.job)
        return True

    def crowd(self, jobs: int, *, each: dt.timedelta, now: dt.datetime) -> None:
        """Another program gives the bridge so many commands, as far as there is room."""
        for _ in range(min(jobs, self.rule.places - self.waiting(now))):
            self._add(now, each)

    def _add(self, now: dt.datetime, lasts: dt.timedelta) -> None:
        free_at = self.done_at[-1] if self.done_at else now
        self.done_at.append(max(free_at, now) + lasts)


def bridge_of(brand: str, gateway: str) -> Bridge | None:
    """A new bridge with nothing to do; None where the lock hangs on none, or on one without a queue."""
    rule = QUEUES.get(brand)
    return Bridge(rule) if rule is not None and gateway else None
