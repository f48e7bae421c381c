"""Calls of a key counted for all web processes together, at less than a statement for each call.

A process takes calls in advance from the row of the key: some while there are many left, one where there are few. It
serves those without asking again, so the rate holds however many processes serve the key, and what one of them took and
does not use is little. A key that is used up is refused without a statement until one more call is free.

The row holds one moment, up to which the calls made so far use the rate up (a bucket that is emptied by calls and fills
evenly). Its table is not logged: a count is worth no write to disk, and a crash of the database forgets it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

# Taken at once, at most; and at most this part of what is left.
MOST: Final = 32
PART: Final = 8
# What is free at `now`, of the row that is there; a call that is free but for rounding is free.
# Nobody uses up more than a span: a clock that was set back shuts nobody out for longer.
_USED: Final = "greatest(least(rate.used_until, %(now)s + %(span)s), %(now)s)"
_FREE: Final = f"floor((%(now)s + %(span)s - {_USED}) / %(each)s + 0.000001)"
_TAKEN: Final = f"CASE WHEN {_FREE} < 1 THEN 0 ELSE greatest(1, least({MOST}, floor({_FREE} / {PART}))) END"
_TAKE: Final = f"""
    INSERT INTO access_keyrate AS rate (key_id, used_until, taken)
    VALUES (%(key)s, %(now)s + %(first)s * %(each)s, %(first)s)
    ON CONFLICT (key_id) DO UPDATE
    SET taken = {_TAKEN}, used_until = {_USED} + {_TAKEN} * %(each)s
    RETURNING used_until, taken
"""  # noqa: S608 -- our own words


@dataclass(frozen=True, slots=True)
class Answer:
    """`left`: calls that are free now; `wait`: seconds until one more is."""

    allowed: bool
    left: int
    wait: float


@dataclass(slots=True)
class _Share:
    """What this process took for a key: `calls` of it left, good for one span."""

    rate: tuple[int, float]
    calls: int
    taken_at: float
    used_until: float


@dataclass(slots=True)
class Meter:
    """One for each process."""

    shares: dict[int, _Share] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, key_id: int, *, limit: int, span: float, now: float) -> Answer:
        """`limit` calls in `span` seconds; `now` in seconds, as every process counts them."""
        if limit < 1:
            return Answer(allowed=False, left=0, wait=span)
        with self.lock:
            share = self.shares.get(key_id)
            if share is None or not self._is_good(share, (limit, span), now):
                share = self.shares[key_id] = _take(key_id, limit=limit, span=span, now=now)
            allowed = share.calls > 0
            share.calls -= allowed
            return _answer(share, allowed=allowed, now=now)

    def _is_good(self, share: _Share, rate: tuple[int, float], now: float) -> bool:
        if share.rate != rate or not share.taken_at <= now < share.taken_at + share.rate[1]:
            return False
        return share.calls > 0 or _free(share, now) < 1


def _take(key_id: int, *, limit: int, span: float, now: float) -> _Share:
    first = max(1, min(MOST, limit // PART))
    given = {"key": key_id, "now": now, "span": span, "each": span / limit, "first": first}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, given)
        used_until, taken = cursor.fetchone()
    return _Share((limit, span), int(taken), now, used_until)


def _answer(share: _Share, *, allowed: bool, now: float) -> Answer:
    limit, span = share.rate
    free = _free(share, now)
    more = max(share.used_until, now) + (int(free) + 1) * span / limit - span - now
    return Answer(allowed, min(limit, int(free) + share.calls), max(0.0, more))


def _free(share: _Share, now: float) -> float:
    """As far as this process knows: what others took meanwhile shows with the next statement."""
    limit, span = share.rate
    return (now + span - max(share.used_until, now)) / (span / limit) + 0.000001
