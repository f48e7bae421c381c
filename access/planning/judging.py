"""What one look says of each code: the fact to record, and the problems that hold."""

from __future__ import annotations

import datetime as dt

from access.planning.reading import Sight, edits_of
from access.planning.shapes import (
    DANGER_LEAD,
    FAILED_AFTER,
    SETTING_GRACE,
    Declared,
    Edit,
    Fact,
    Phase,
    Shape,
    may_turn_up,
    opens_unbounded,
    phase,
    removing_grace,
    stands_with,
    wanted,
)
from access.planning.situation import Situation, clashes, gone_since, misfits, seen_of, waits_its_turn
from access.states import Outside, ProblemCode, Seen, WriteState


def fact_of(code: Declared, situation: Situation, *, crowded: bool) -> Fact:
    sight = situation.reading.sights[code.id]
    gone = phase(code, situation.capabilities, now=situation.now) is Phase.GONE
    # A code that was never sent needs no reading; any other is gone when a reading shows it.
    never_sent = code.written is None and code.attempts == 0
    absent = sight.seen is Seen.ABSENT and not may_turn_up(code, now=situation.now)
    ended = gone and (absent or never_sent or code.is_offline)
    clashing = not gone and clashes(code, situation)
    shape = wanted(code, situation.capabilities, now=situation.now)
    stands = stands_with(code, seen_of(code, sight), shape, situation.capabilities)
    outside = _outside(code, sight, situation)
    problems = (
        _removing_problems(code, situation)
        if gone
        else _setting_problems(
            code, situation, shape, outside, crowded=crowded, clashing=clashing, stands=stands
        )
    )
    return Fact(
        code.id,
        seen=sight.seen,
        ref=sight.found.ref if sight.found is not None and sight.seen is not None else None,
        ended=ended,
        settled=not gone and stands,
        assigned_pin=_assigned_pin(code, sight, situation),
        outside=outside,
        edits=_edits(code, sight, situation) if outside is Outside.MODIFIED else (),
        needs_other_pin=clashing or (not gone and misfits(code, situation)),
        problems=frozenset() if ended else problems,
    )


def _assigned_pin(code: Declared, sight: Sight, situation: Situation) -> str | None:
    """The PIN that the lock chose, where we don't know it yet: with a first place, or a new one in silence."""
    if sight.found is None or not situation.capabilities.assigns_pin:
        return None
    in_silence = sight.seen is not None and not code.ref and code.write_state is WriteState.SENT
    return sight.found.pin if code.pin is None or in_silence else None


def _outside(code: Declared, sight: Sight, situation: Situation) -> Outside | None:
    """Return what other hands have done to a code that stood as we wrote it, until it does so again."""
    if sight.seen is None or code.write_state in (WriteState.SENT, WriteState.REMOVED):
        return code.outside
    stood = code.seen in (Seen.PRESENT, Seen.DIFFERS)
    if phase(code, situation.capabilities, now=situation.now) is Phase.GONE:
        return None
    if sight.seen is Seen.ABSENT:
        return Outside.REMOVED if stood and code.written is not None else code.outside
    if sight.seen is Seen.DIFFERS:
        return Outside.MODIFIED if code.seen is Seen.PRESENT else code.outside
    return None


def _edits(code: Declared, sight: Sight, situation: Situation) -> tuple[Edit, ...]:
    if sight.seen is not Seen.DIFFERS or sight.found is None or code.written is None:
        return ()
    return tuple(edits_of(sight.found, code, code.written, situation.capabilities))


def _setting_problems(
    code: Declared,
    situation: Situation,
    shape: Shape | None,
    outside: Outside | None,
    *,
    crowded: bool,
    clashing: bool,
    stands: bool,
) -> frozenset[ProblemCode]:
    if code.spare:
        return frozenset()  # nobody waits for it: the pool's own problems, on the device, tell of it
    sight = situation.reading.sights[code.id]
    left_so = outside is not None and code.allow_external
    due = not stands and (shape is not None or code.is_offline) and not left_so
    lingers = shape is None and code.written is not None and seen_of(code, sight) is not Seen.ABSENT
    begins = None if opens_unbounded(code, seen_of(code, sight), situation.capabilities) else code.starts_at
    raised = (
        (ProblemCode.NOT_SUPPORTED, not situation.capabilities.online_codes and not code.is_offline),
        (ProblemCode.NO_SPACE, crowded),
        (ProblemCode.DUPLICATE, clashing or (due and situation.shown.get(code.pin, code.id) != code.id)),
        (ProblemCode.FAILED_TO_SET, (due and _is_given_up(code)) or misfits(code, situation)),
        (ProblemCode.FAILED_TO_REMOVE, lingers and code.failures >= FAILED_AFTER),
        (ProblemCode.MODIFIED_OUTSIDE, outside is not None),
        (ProblemCode.OFFLINE_GOES_ON, code.is_offline and code.revoked_at is not None),
        (ProblemCode.ARRIVAL_IN_DANGER, due and _is_in_danger(code, begins, shape, situation)),
        (
            ProblemCode.DELAY_IN_SETTING,
            due and begins is not None and situation.now >= begins + SETTING_GRACE,
        ),
    )
    return frozenset(problem for problem, holds in raised if holds)


def _is_given_up(code: Declared) -> bool:
    return code.failures >= FAILED_AFTER or bool(code.stopped)


def _is_in_danger(
    code: Declared, begins: dt.datetime | None, shape: Shape | None, situation: Situation
) -> bool:
    near = begins is not None and situation.now >= begins - DANGER_LEAD
    return near and not waits_its_turn(code, shape, situation)


def _removing_problems(code: Declared, situation: Situation) -> frozenset[ProblemCode]:
    since = gone_since(code)
    grace = removing_grace(code, situation.capabilities, now=situation.now)
    refused = code.failures >= FAILED_AFTER and not may_turn_up(code, now=situation.now)
    raised = (
        (ProblemCode.FAILED_TO_REMOVE, refused),
        (ProblemCode.DELAY_IN_REMOVING, situation.now >= since + grace),
    )
    return frozenset(problem for problem, holds in raised if holds)
