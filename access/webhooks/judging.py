"""When a delivery is tried again, when an endpoint is left alone for a while, when it is switched off. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

# After the first attempt, which is made at once (facts 9.6).
RETRIES: Final = (
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=10),
)
MAX_ATTEMPTS: Final = 1 + len(RETRIES)
# From so many failures in a row on, an endpoint is asked with one event at a time, and ever more seldom.
FAILING_FROM: Final = 5
SHORTEST_PAUSE: Final = dt.timedelta(seconds=5)
LONGEST_PAUSE: Final = dt.timedelta(minutes=5)
DISABLE_AFTER: Final = dt.timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint fares: failures in a row, since when, and until when it is left alone."""

    failures: int = 0
    failing_since: dt.datetime | None = None
    paused_until: dt.datetime | None = None

    @property
    def is_failing(self) -> bool:
        return self.failures >= FAILING_FROM

    def is_paused(self, now: dt.datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def is_over(self, now: dt.datetime) -> bool:
        """Nothing got through for days, and the last attempt failed as well: time to switch it off."""
        return (
            self.is_failing and self.failing_since is not None and now - self.failing_since >= DISABLE_AFTER
        )


HEALTHY: Final = Health()


def after_failure(health: Health, *, now: dt.datetime) -> Health:
    since = health.failing_since or now
    failures = health.failures + 1
    pause = min(max((now - since) / 2, SHORTEST_PAUSE), LONGEST_PAUSE)
    return Health(failures, since, now + pause if failures >= FAILING_FROM else None)


def next_try(attempts: int, *, now: dt.datetime) -> dt.datetime | None:
    """When to try again what failed `attempts` times; None: never by itself."""
    return now + RETRIES[attempts - 1] if 0 < attempts < MAX_ATTEMPTS else None
