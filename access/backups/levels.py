"""How many backup codes a lock should hold, and what is wrong with its pool (pure).

Guests come first: the pool takes a quarter of a lock's places at most, and leaves some free beyond those in use.
"""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_SHARE = 4  # one place in so many
PLACES_LEFT = 2
MANY_IN_USE = 3

EMPTY_POOL = "empty_backup_access_code_pool"
PARTIAL_POOL = "partial_backup_access_code_pool"
MANY_ACTIVE = "many_active_backup_codes"
POOL_PROBLEMS = frozenset({EMPTY_POOL, PARTIAL_POOL, MANY_ACTIVE})


@dataclass(frozen=True, slots=True)
class PoolLevel:
    """How one device's pool stands.

    `size`: what is wanted; `room`: how many of them the lock has places for; `ready`: confirmed on the lock;
    `fresh`: declared a moment ago and not confirmed yet; `in_use`: pulled, and still open a door.
    `asked_for`: a person switched this pool on.
    """

    is_on: bool
    size: int
    room: int
    declared: int
    ready: int
    fresh: int
    in_use: int
    asked_for: bool = False


def pool_room(*, size: int, capacity: int | None, others: int) -> int:
    """Return how many backup codes the lock may hold beside `others`: codes declared for people, and foreign ones."""
    if capacity is None:
        return size
    return max(0, min(size, capacity // LARGEST_SHARE, capacity - others - PLACES_LEFT))


def pool_problems(level: PoolLevel) -> set[str]:
    """What holds now. A code that was declared a moment ago is not missed yet, unless a person asked for the pool."""
    found = {MANY_ACTIVE} if level.in_use >= MANY_IN_USE else set()
    wanted = level.size if level.asked_for and level.room == 0 else level.room
    expected = wanted if level.asked_for else max(0, wanted - level.fresh)
    if level.is_on and level.ready < expected:
        found.add(EMPTY_POOL if level.ready == 0 else PARTIAL_POOL)
    return found
