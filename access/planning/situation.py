"""All that one decision may depend on: the reading, the lock, the moment, and what follows from all codes together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from access.planning.reading import Reading, Sight
from access.planning.shapes import Declared
from access.states import Seen
from locks.capabilities import Capabilities

LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that one decision may depend on. `shown`: PINs that stand, by other hands, at the places of our codes."""

    reading: Reading
    capabilities: Capabilities
    now: dt.datetime
    held: frozenset[int]
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
        held=frozenset(c.written.pin_key for c in declared if c.written and c.written.pin_key is not None),
        pins={code.id: code.pin for code in declared},
        shown=_shown(declared, reading),
        foreign_pins=frozenset(place.pin for place in reading.foreign or () if place.pin is not None),
    )


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
    sight = situation.reading.sights[code.id]
    lost = sight.found is not None and sight.found.pin is not None and sight.found.pin != code.pin
    brings_pin = code.written is None or code.written.pin_key != code.pin_key or lost
    return brings_pin and not code.is_offline and code.pin in situation.foreign_pins


def gone_since(code: Declared) -> dt.datetime:
    moments = [moment for moment in (code.revoked_at, code.ends_at) if moment is not None]
    return min(moments)
