"""From declarations and a reading: the steps, the facts to record, and the moment of the next look.

Steps are ordered by need (removals, then codes by their start) and cut to the lock's free places and to the number
of commands that it may get (P7). Nothing is ever planned for a code that is not in `declared`: foreign codes block
their PIN and their place and are otherwise left alone (P4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from access.planning.reading import Reading, Sight, never_readable, read
from access.planning.shapes import (
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
    phase,
    stands_as_wanted,
    wanted,
)
from access.states import ProblemCode, Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import Observation

SOON = dt.timedelta(seconds=5)
LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class _Look:
    """All that one decision may depend on."""

    reading: Reading
    capabilities: Capabilities
    now: dt.datetime
    held: frozenset[int]
    foreign_pins: frozenset[str] = field(repr=False)


def plan(
    declared: Sequence[Declared],
    observed: Observation,
    capabilities: Capabilities,
    *,
    now: dt.datetime,
    strangers: Mapping[str, dt.datetime] | None = None,
    budget: int = 1_000,
    budget_until: dt.datetime | None = None,
) -> Plan:
    """Return what to do on one device now. `budget`: commands that it may still get before `budget_until`.

    `strangers`: since when the places are known that were not ours at the last reading.
    """
    reading = read(declared, observed, capabilities, strangers or {})
    foreign_pins = frozenset(place.pin for place in reading.foreign or () if place.pin is not None)
    held = frozenset(c.written.pin_key for c in declared if c.written and c.written.pin_key is not None)
    look = _Look(reading, capabilities, now, held, foreign_pins)

    wishes = {code.id: _wish(code, look) for code in declared}
    steps, crowded = _within_places(declared, wishes, look)
    facts = tuple(_fact(code, look, crowded=code.id in crowded) for code in declared)
    wake_at = _wake_at(declared, look, cut_until=budget_until if len(steps) > budget else None)
    return Plan(steps[:budget], facts, reading.foreign, wake_at)


def _wish(code: Declared, look: _Look) -> Step | None:
    """Return the step that this code needs, as if it were alone on the lock."""
    sight = look.reading.sights[code.id]
    if look.reading.count is None and not never_readable(look.capabilities):
        return None
    if code.next_try_at is not None and code.next_try_at > look.now:
        return None
    shape = wanted(code, look.capabilities, now=look.now)
    if shape is None:
        return _removal(code, sight)
    if stands_as_wanted(code, _seen(code, sight), look.capabilities, now=look.now) or _is_barred(code, look):
        return None
    known_place = code.write_state is WriteState.APPLIED and code.written != shape and code.ref
    blind = never_readable(look.capabilities)
    if sight.seen is None and not known_place and not blind:
        return None
    if blind and code.written is not None and not code.ref:
        # It may stand anywhere on a lock that can't be read: a second command could leave a code that nobody finds.
        return None
    if sight.seen is Seen.ABSENT and code.written is None and code.pin_key in look.held:
        return None
    return Put(code.id, "" if sight.seen is Seen.ABSENT else _place(code, sight), shape)


def _removal(code: Declared, sight: Sight) -> Remove | None:
    if sight.seen is Seen.ABSENT or (code.written is None and sight.found is None):
        return None
    if sight.found is not None and sight.seen is not None:
        return Remove(code.id, sight.found.ref)
    # Cut short: the lock cannot be read, or our last write is still settling but its place is known.
    assumed = sight.seen is Seen.ASSUMED or (sight.retry_at is None and sight.seen is None)
    settling = code.write_state is WriteState.APPLIED
    return Remove(code.id, code.ref) if code.ref and (assumed or settling) else None


def _is_barred(code: Declared, look: _Look) -> bool:
    no_pin = code.pin is None and not look.capabilities.assigns_pin
    return bool(code.stopped) or no_pin or not look.capabilities.online_codes or _clashes(code, look)


def _clashes(code: Declared, look: _Look) -> bool:
    """Tell whether a foreign code already has the PIN that this code would bring to the lock."""
    brings_pin = code.written is None or code.written.pin_key != code.pin_key
    return brings_pin and code.pin in look.foreign_pins


def _place(code: Declared, sight: Sight) -> str:
    return sight.found.ref if sight.found is not None else code.ref


def _seen(code: Declared, sight: Sight) -> Seen:
    return code.seen if sight.seen is None else sight.seen


def _within_places(
    declared: Sequence[Declared], wishes: dict[int, Step | None], look: _Look
) -> tuple[tuple[Step, ...], frozenset[int]]:
    """Order the steps by the moment at which they are due, and leave out new codes for which the lock has no place;
    name those. While codes are being removed, no new place is asked for: one must be seen free before it is used."""
    capacity, count = look.capabilities.max_codes, look.reading.count
    if count is None:
        count = sum(code.written is not None for code in declared)
    free = None if capacity is None else max(0, capacity - count)
    removing = any(isinstance(step, Remove) for step in wishes.values())
    steps: list[Step] = []
    crowded = set()
    for code in sorted(declared, key=lambda code: (_due_since(code, look), code.id)):
        step = wishes[code.id]
        new = isinstance(step, Put) and step.ref == ""
        if step is None or (new and removing):
            continue
        if new and free == 0:
            crowded.add(code.id)
            continue
        if new and free is not None:
            free -= 1
        steps.append(step)
    return tuple(steps), frozenset(crowded)


def _due_since(code: Declared, look: _Look) -> dt.datetime:
    if phase(code, look.capabilities, now=look.now) is Phase.GONE:
        return _gone_since(code)
    return code.starts_at or LONG_AGO


def _fact(code: Declared, look: _Look, *, crowded: bool) -> Fact:
    sight = look.reading.sights[code.id]
    gone = phase(code, look.capabilities, now=look.now) is Phase.GONE
    # A code that was never sent needs no reading; any other is gone when a reading shows it.
    ended = gone and (sight.seen is Seen.ABSENT or (code.written is None and code.attempts == 0))
    clashes = not gone and _clashes(code, look)
    problems = _removing_problems(code, look) if gone else _setting_problems(code, look, crowded, clashes)
    return Fact(
        code.id,
        seen=sight.seen,
        ref=sight.found.ref if sight.found is not None and sight.seen is not None else None,
        ended=ended,
        settled=not gone and stands_as_wanted(code, _seen(code, sight), look.capabilities, now=look.now),
        assigned_pin=sight.found.pin if sight.found is not None and look.capabilities.assigns_pin else None,
        needs_other_pin=clashes,
        problems=frozenset() if ended else problems,
    )


def _setting_problems(code: Declared, look: _Look, crowded: bool, clashes: bool) -> frozenset[ProblemCode]:
    seen = _seen(code, look.reading.sights[code.id])
    shape = wanted(code, look.capabilities, now=look.now)
    due = shape is not None and not stands_as_wanted(code, seen, look.capabilities, now=look.now)
    lingers = shape is None and code.written is not None and seen is not Seen.ABSENT
    starts_at = code.starts_at or LONG_AGO
    raised = {
        ProblemCode.NOT_SUPPORTED: not look.capabilities.online_codes,
        ProblemCode.NO_SPACE: crowded,
        ProblemCode.DUPLICATE: clashes,
        ProblemCode.FAILED_TO_SET: due and (code.failures >= FAILED_AFTER or bool(code.stopped)),
        ProblemCode.FAILED_TO_REMOVE: lingers and code.failures >= FAILED_AFTER,
        ProblemCode.MODIFIED_OUTSIDE: seen is Seen.DIFFERS and code.written == shape,
        ProblemCode.ARRIVAL_IN_DANGER: due and look.now >= starts_at - DANGER_LEAD,
        ProblemCode.DELAY_IN_SETTING: due
        and code.starts_at is not None
        and look.now >= starts_at + SETTING_GRACE,
    }
    return frozenset(problem for problem, holds in raised.items() if holds)


def _removing_problems(code: Declared, look: _Look) -> frozenset[ProblemCode]:
    since = _gone_since(code)
    raised = {
        ProblemCode.FAILED_TO_REMOVE: code.failures >= FAILED_AFTER,
        ProblemCode.DELAY_IN_REMOVING: look.now >= since + REMOVING_GRACE,
    }
    return frozenset(problem for problem, holds in raised.items() if holds)


def _gone_since(code: Declared) -> dt.datetime:
    moments = [moment for moment in (code.revoked_at, code.ends_at) if moment is not None]
    return min(moments)


def _wake_at(
    declared: Sequence[Declared], look: _Look, *, cut_until: dt.datetime | None
) -> dt.datetime | None:
    """Return the first moment after now at which this device must be looked at again."""
    moments = [cut_until]
    for code in declared:
        sight = look.reading.sights[code.id]
        moments += [code.next_try_at, *_boundaries(code, look.capabilities)]
        if sight.retry_at is not None:
            moments.append(sight.retry_at if sight.retry_at > look.now else look.now + SOON)
        due = wanted(code, look.capabilities, now=look.now) is not None
        if (due or code.written is not None) and not never_readable(look.capabilities):
            moments.append(look.now + READ_EVERY)
    return min((moment for moment in moments if moment is not None and moment > look.now), default=None)


def _boundaries(code: Declared, capabilities: Capabilities) -> list[dt.datetime]:
    """All moments at which what is asked of the lock, or what has to be said about it, can change."""
    if code.revoked_at is not None:
        return [_gone_since(code) + REMOVING_GRACE]
    moments = []
    if code.starts_at is not None:
        start = code.starts_at
        moments += [start - lead_of(code, capabilities), start - DANGER_LEAD, start - code.enable_lead, start]
        moments.append(start + SETTING_GRACE)
    if code.ends_at is not None:
        moments += [code.ends_at, code.ends_at + REMOVING_GRACE]
    return moments
