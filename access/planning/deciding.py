"""From declarations and a reading: the steps, the facts to record, and the moment of the next situation.

Steps are ordered by need (removals, then codes by their start) and cut to the lock's free places and to the number
of commands that it may get (P7). Nothing is ever planned for a code that is not in `declared`: foreign codes block
their PIN and their place and are otherwise left alone (P4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from access.planning.judging import fact_of
from access.planning.reading import never_readable, read
from access.planning.shapes import (
    CLAIMED_FOR,
    DANGER_LEAD,
    FAILED_AFTER,
    READ_EVERY,
    REMOVING_GRACE,
    SETTING_GRACE,
    Declared,
    Fact,
    Phase,
    Plan,
    Put,
    Remove,
    Step,
    lead_of,
    opens_at,
    phase,
    removing_grace,
    wanted,
)
from access.planning.situation import LONG_AGO, Situation, gone_since, situation_of, stands_in_the_way
from access.planning.wishing import wish
from locks.capabilities import Capabilities
from locks.drivers.base import Observation

SOON = dt.timedelta(seconds=5)
LONG_AHEAD = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many commands the lock may get `until` then, and how many of these may fill its pool of backup codes."""

    left: int
    for_pool: int
    until: dt.datetime | None = None


PLENTY = Budget(left=1_000, for_pool=1_000)


def plan(
    declared: Sequence[Declared],
    observed: Observation,
    capabilities: Capabilities,
    *,
    now: dt.datetime,
    key_of: Callable[[str], int],
    strangers: Mapping[str, dt.datetime] | None = None,
    budget: Budget = PLENTY,
) -> Plan:
    """Return what to do on one device now.

    `strangers`: since when the places are known that were not ours at the last reading. `key_of`: the keyed hash of a
    PIN.
    """
    reading = read(declared, observed, capabilities, strangers or {}, key_of)
    situation = situation_of(declared, reading, capabilities, now=now)

    wishes = {code.id: wish(code, situation) for code in declared}
    steps, crowded = _within_places(declared, wishes, situation)
    facts = tuple(fact_of(code, situation, crowded=code.id in crowded) for code in declared)
    sent = _within_budget(declared, steps, budget)
    boundary, is_watched = _next_boundary(declared, situation), _is_watched(declared, situation)
    is_cut = len(sent) < len(steps)
    moments = (boundary, budget.until if is_cut else None, now + READ_EVERY if is_watched else None)
    wake_at = min((moment for moment in moments if moment is not None and moment > now), default=None)
    deadline = _deadline(declared, facts, now=now)
    return Plan(sent, facts, reading.foreign, wake_at, deadline, boundary, is_watched, is_cut)


def _deadline(declared: Sequence[Declared], facts: Sequence[Fact], *, now: dt.datetime) -> dt.datetime | None:
    """Return the moment by which the next thing must have been done here: the nearest arrival whose code does not
    stand yet, the nearest end of one that does. Among devices that are due, the nearest comes first."""
    settled = {fact.code_id: fact.settled for fact in facts}
    moments: list[dt.datetime | None] = []
    for code in declared:
        if code.spare or code.is_offline:
            continue
        if code.revoked_at is not None or (code.ends_at is not None and code.ends_at <= now):
            moments.append(gone_since(code))
        elif settled[code.id] and (code.starts_at is None or code.starts_at <= now):
            moments.append(code.ends_at)
        else:
            moments.append(code.starts_at or now)
    return min((moment for moment in moments if moment is not None), default=None)


def _within_budget(declared: Sequence[Declared], steps: Sequence[Step], budget: Budget) -> tuple[Step, ...]:
    """Cut to the commands that the lock may get now; filling the pool leaves the guests theirs."""
    spare = {code.id for code in declared if code.spare}
    for_spare = max(0, budget.for_pool - sum(step.code_id not in spare for step in steps))
    chosen: list[Step] = []
    for step in steps:
        if step.code_id in spare and isinstance(step, Put):
            for_spare -= 1
            if for_spare < 0:
                continue
        chosen.append(step)
    return tuple(chosen[: max(0, budget.left)])


def _within_places(
    declared: Sequence[Declared], wishes: dict[int, Step | None], situation: Situation
) -> tuple[tuple[Step, ...], frozenset[int]]:
    """Order the steps by the moment at which they are due, and leave out new codes for which the lock has no place;
    name those. While codes are being removed, no new place is asked for: one must be seen free before it is used. A
    guest who arrives does not wait for that where the lock has room."""
    capacity, count = situation.capabilities.max_codes, situation.reading.count
    if count is None:
        count = sum(code.written is not None for code in declared)
    free = None if capacity is None else max(0, capacity - count)
    removing = any(isinstance(step, Remove) for step in wishes.values())
    steps: list[Step] = []
    crowded = set()
    for code in sorted(declared, key=lambda code: _urgency(code, situation)):
        step = wishes[code.id]
        new = isinstance(step, Put) and step.ref == ""
        held_up = removing and not (free != 0 and _is_hurried(code, situation))
        if step is None or (new and (held_up or _comes_too_soon(step, steps, situation))):
            continue
        if new and free == 0:
            crowded.add(code.id)
            continue
        if new and free is not None:
            free -= 1
        steps.append(step)
    return tuple(steps), frozenset(crowded)


def _comes_too_soon(step: Step, steps: Sequence[Step], situation: Situation) -> bool:
    """Of new codes that share a PIN, such as the windows of one holder, the first to be due goes alone."""
    earlier = (one.shape for one in steps if isinstance(one, Put) and one.ref == "")
    return isinstance(step, Put) and any(stands_in_the_way(shape, step.shape, situation) for shape in earlier)


def _urgency(code: Declared, situation: Situation) -> tuple[bool, dt.datetime, int]:
    """What failed again and again comes last: it may keep the lock from listening to the rest."""
    return code.failures >= FAILED_AFTER, _due_since(code, situation), code.id


def _is_hurried(code: Declared, situation: Situation) -> bool:
    return code.starts_at is not None and situation.now >= code.starts_at - DANGER_LEAD


def _due_since(code: Declared, situation: Situation) -> dt.datetime:
    if phase(code, situation.capabilities, now=situation.now) is Phase.GONE:
        return gone_since(code)
    if code.spare:
        return LONG_AHEAD
    return code.starts_at or LONG_AGO


def _is_watched(declared: Sequence[Declared], situation: Situation) -> bool:
    """Tell whether the lock holds something of ours, or should, that a reading can show."""
    if never_readable(situation.capabilities):
        return False
    return any(
        code.written is not None or wanted(code, situation.capabilities, now=situation.now) is not None
        for code in declared
        if not code.is_offline
    )


def _next_boundary(declared: Sequence[Declared], situation: Situation) -> dt.datetime | None:
    """Return the first moment after now at which the plan may differ though nothing happens at the lock."""
    moments: list[dt.datetime | None] = []
    for code in declared:
        sight = situation.reading.sights[code.id]
        moments += [code.next_try_at, *_boundaries(code, situation.capabilities, now=situation.now)]
        if sight.retry_at is not None:
            moments.append(sight.retry_at if sight.retry_at > situation.now else situation.now + SOON)
    return min((moment for moment in moments if moment is not None and moment > situation.now), default=None)


def _boundaries(code: Declared, capabilities: Capabilities, *, now: dt.datetime) -> list[dt.datetime]:
    """All moments at which what is asked of the lock, or what has to be said about it, can change."""
    if phase(code, capabilities, now=now) is Phase.GONE:
        shown_by = code.written_at + CLAIMED_FOR if code.claimed and code.written_at else None
        late = gone_since(code) + removing_grace(code, capabilities, now=now)
        return [late, *([shown_by] if shown_by else [])]
    moments = []
    if (opens := opens_at(code)) is not None:
        moments.append(opens)
    if code.starts_at is not None:
        start = code.starts_at
        moments += [start - lead_of(code, capabilities), start - DANGER_LEAD, start - code.enable_lead, start]
        moments.append(start + SETTING_GRACE)
    if code.ends_at is not None:
        moments += [code.ends_at, code.ends_at + REMOVING_GRACE]
    return moments
