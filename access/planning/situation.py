"""All that one decision may depend on: the reading, the lock, the moment, and what follows from all codes together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from access.planning.reading import Reading, Sight
from access.planning.shapes import Declared, Phase, Shape, phase, wanted
from access.states import Seen
from locks.capabilities import Capabilities

LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that one decision may depend on. `held`: who has what we wrote on the lock, by PIN; `serving`: the PINs that
    stand on it for a window that is not over. `shown`: those that stand, by other hands, at the places of our codes."""

    reading: Reading
    capabilities: Capabilities
    now: dt.datetime
    held: Mapping[int, tuple[tuple[Declared, Shape], ...]]
    serving: frozenset[int]
    pins: Mapping[int, str | None] = field(repr=False)
    shown: Mapping[str | None, int] = field(repr=False)
    foreign_pins: frozenset[str] = field(repr=False)


def situation_of(
    declared: Sequence[Declared], reading: Reading, capabilities: Capabilities, *, now: dt.datetime
) -> Situation:
    return Situation(
        reading,
        capabilities,
        now,
        held=_held(declared, reading),
        serving=frozenset(
            code.written.pin_key
            for code in declared
            if code.written is not None
            and code.written.pin_key is not None
            and phase(code, capabilities, now=now) is not Phase.GONE
        ),
        pins={code.id: code.pin for code in declared},
        shown=_shown(declared, reading),
        foreign_pins=frozenset(place.pin for place in reading.foreign or () if place.pin is not None),
    )


def _held(declared: Sequence[Declared], reading: Reading) -> dict[int, tuple[tuple[Declared, Shape], ...]]:
    held: dict[int, tuple[tuple[Declared, Shape], ...]] = {}
    for code in declared:
        gone = reading.sights[code.id].seen is Seen.ABSENT
        if code.written is not None and code.written.pin_key is not None and not gone:
            held[code.written.pin_key] = (*held.get(code.written.pin_key, ()), (code, code.written))
    return held


def waits_for_its_pin(shape: Shape, situation: Situation) -> bool:
    """Tell whether another code of ours still has this PIN on the lock; one whose window lies apart is no hindrance on
    a lock that can hold both."""
    held = situation.held.get(shape.pin_key, ()) if shape.pin_key is not None else ()
    return any(stands_in_the_way(other, shape, situation) for _, other in held)


def waits_for_a_move(code: Declared, shape: Shape, situation: Situation) -> bool:
    """Tell whether a code of the same PIN stands where this one is to move to, and will make room by itself. Codes that
    wait for each other in a ring don't: the lock refuses one, and somebody is told."""
    passed = [code.id]
    while (other := _in_the_way(passed, shape, situation)) is not None:
        following = wanted(other, situation.capabilities, now=situation.now)
        if following is None or other.is_offline:
            return True
        if stands_in_the_way(following, shape, situation):
            return False
        passed.append(other.id)
        shape = following
    ring = code.written is not None and stands_in_the_way(code.written, shape, situation)
    return len(passed) > 1 and not ring


def _in_the_way(passed: Sequence[int], shape: Shape, situation: Situation) -> Declared | None:
    held = situation.held.get(shape.pin_key, ()) if shape.pin_key is not None else ()
    found = (
        one for one, other in held if one.id not in passed and stands_in_the_way(other, shape, situation)
    )
    return next(found, None)


def waits_its_turn(code: Declared, shape: Shape | None, situation: Situation) -> bool:
    """Tell whether its holder's PIN is on the lock for another window, which ends before this one begins."""
    if shape is None or code.written is not None or shape.pin_key not in situation.serving:
        return False
    return waits_for_its_pin(shape, situation)


def stands_in_the_way(one: Shape, other: Shape, situation: Situation) -> bool:
    """Tell whether the lock cannot hold both shapes, since they share a PIN."""
    if one.pin_key is None or one.pin_key != other.pin_key:
        return False
    return not situation.capabilities.holds_same_pin_in_disjoint_windows or _meet(one, other)


def _meet(one: Shape, other: Shape) -> bool:
    before = one.ends_at is not None and other.starts_at is not None and one.ends_at <= other.starts_at
    after = one.starts_at is not None and other.ends_at is not None and other.ends_at <= one.starts_at
    return not before and not after


def _shown(declared: Sequence[Declared], reading: Reading) -> dict[str | None, int]:
    found = {code.id: (code, reading.sights[code.id].found) for code in declared}
    return {
        place.pin: code_id
        for code_id, (code, place) in found.items()
        if place is not None and place.pin is not None and place.pin != code.pin
    }


def seen_of(code: Declared, sight: Sight) -> Seen:
    return code.seen if sight.seen is None else sight.seen


def clashes(code: Declared, situation: Situation) -> bool:
    """Tell whether a foreign code already has the PIN that this code would bring to the lock, or bring back."""
    return not code.is_offline and code.pin in situation.foreign_pins and _brings_pin(code, situation)


def misfits(code: Declared, situation: Situation) -> bool:
    """Tell whether the lock, all of whose codes have one length, has another by now than this code's PIN."""
    capabilities = situation.capabilities
    if not capabilities.one_pin_length or code.pin is None or code.is_offline or code.spare:
        return False
    return len(code.pin) not in capabilities.pin_lengths and _brings_pin(code, situation)


def _brings_pin(code: Declared, situation: Situation) -> bool:
    sight = situation.reading.sights[code.id]
    lost = sight.found is not None and sight.found.pin is not None and sight.found.pin != code.pin
    gone = sight.seen is Seen.ABSENT
    return code.written is None or code.written.pin_key != code.pin_key or lost or gone


def gone_since(code: Declared) -> dt.datetime:
    moments = [moment for moment in (code.revoked_at, code.ends_at) if moment is not None]
    return min(moments)
