"""When a feed is read next. Pure, but for the dice."""

from __future__ import annotations

import datetime as dt
import random
from typing import Final

MINUTE: Final = dt.timedelta(minutes=1)
# How long whoever took a feed off the list of what is due may need, before it is due again.
CLAIM: Final = 5 * MINUTE
LONGEST_BACKOFF: Final = 60 * MINUTE
NEAR: Final = dt.timedelta(hours=24)

_dice = random.SystemRandom()


def next_fetch_at(now: dt.datetime, *, failures: int, arrival_is_near: bool) -> dt.datetime:
    """10 to 15 minutes; 5 near an arrival; after failures longer each time, up to an hour. With jitter."""
    if failures:
        wait = min(5 * MINUTE * (1 << min(failures - 1, 10)), LONGEST_BACKOFF)
        return now + wait * _dice.uniform(0.8, 1.2)
    if arrival_is_near:
        return now + MINUTE * _dice.uniform(5, 6)
    return now + MINUTE * _dice.uniform(10, 15)
