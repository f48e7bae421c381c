"""A lock of four lines and the bookkeeping around it, so that the planner can be run without a database.

The lock is a dictionary of places. `Fate` says what becomes of a command: done, refused, lost, or done in silence.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
from dataclasses import dataclass, field

from access import planning
from access.planning import Declared, Issue, Plan, Put, Shape
from access.states import Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import Empty, Known, Observation, ObservedCode

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)


# A PIN is its own hash here.
plan = functools.partial(planning.plan, key_of=int)


class Fate(enum.Enum):
    DONE = enum.auto()
    REFUSED = enum.auto()
    LOST = enum.auto()
    SILENT = enum.auto()


def key_of(pin: str | None) -> int | None:
    return None if pin is None else int(pin)


@dataclass
class World:
    capabilities: Capabilities
    codes: dict[int, Declared] = field(default_factory=dict)
    places: dict[str, ObservedCode] = field(default_factory=dict)
    foreign: dict[str, ObservedCode] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    commands: int = 0
    refusals: int = 0
    next_place: int = 1

    def declare(self, code: Declared) -> None:
        self.codes[code.id] = code

    def change(self, code_id: int, **fields: object) -> None:
        self.codes[code_id] = dataclasses.replace(self.codes[code_id], next_try_at=None, **fields)  # type: ignore[arg-type]

    def observe(self, now: dt.datetime) -> Observation:
        held = (*self.places.values(), *self.foreign.values())
        return Known(held, now) if held else Empty(now)

    def look(self, now: dt.datetime) -> Plan:
        decided = plan(list(self.codes.values()), self.observe(now), self.capabilities, now=now)
        for fact in decided.facts:
            code = self.codes[fact.code_id]
            if fact.seen is Seen.ABSENT:
                cleared = {"written": None, "ref": "", "write_state": WriteState.NONE}
                code = dataclasses.replace(code, seen=fact.seen, **cleared)  # type: ignore[arg-type]
            elif fact.seen is not None:
                code = dataclasses.replace(code, seen=fact.seen, ref=fact.ref or code.ref)
                shown = self.places.get(code.ref)
                code = dataclasses.replace(code, shown_name=None if shown is None else shown.name)
                if code.write_state is WriteState.SENT:
                    code = dataclasses.replace(code, write_state=WriteState.APPLIED)
            if fact.seen is not None:
                code = dataclasses.replace(code, outside=fact.outside)
            self.codes[code.id] = code
            if fact.ended:
                del self.codes[code.id]
                self.ended.add(code.id)
        return decided

    def turn(self, now: dt.datetime, fate: Fate = Fate.DONE) -> Plan:
        """One look and its commands."""
        decided = self.look(now)
        for step in decided.steps:
            self.commands += 1
            code = self.codes[step.code_id]
            if isinstance(step, Issue):
                pin = str(9000 + code.id)
                self.codes[code.id] = dataclasses.replace(code, pin=pin, pin_key=key_of(pin))
                continue
            former = code
            code = dataclasses.replace(
                code, attempts=code.attempts + 1, write_state=WriteState.SENT, written_at=now, seen=Seen.NEVER
            )
            if isinstance(step, Put):
                code = dataclasses.replace(code, written=step.shape, ref=step.ref)
            refused = isinstance(step, Put) and self._refuses(step, code.pin, now)
            if refused:
                self.refusals += 1
                code = dataclasses.replace(former, attempts=code.attempts)
            elif fate in (Fate.DONE, Fate.SILENT):
                ref = self._execute(step.ref, code, step.shape if isinstance(step, Put) else None)
                if fate is Fate.DONE:
                    state = WriteState.APPLIED if isinstance(step, Put) else WriteState.REMOVED
                    code = dataclasses.replace(code, ref=ref, write_state=state)
            elif fate is Fate.REFUSED:
                code = dataclasses.replace(former, attempts=code.attempts)
            self.codes[code.id] = code
        return decided

    def _refuses(self, step: Put, pin: str | None, now: dt.datetime) -> bool:
        """A PIN that stands in another place; a start in the past, where the lock wants none."""
        held = (*self.places.values(), *self.foreign.values())
        if any(place.pin == pin and place.ref != step.ref for place in held if place.pin is not None):
            return True
        current, starts_at = self.places.get(step.ref), step.shape.starts_at
        as_held = current is not None and current.starts_at == starts_at
        past = starts_at is not None and starts_at <= now and not as_held
        return self.capabilities.start_in_future and past

    def edit(self, code_id: int, **fields: object) -> None:
        """What other hands do to one of our codes."""
        ref = self.codes[code_id].ref
        self.places[ref] = dataclasses.replace(self.places[ref], **fields)  # type: ignore[arg-type]

    def _execute(self, ref: str, code: Declared, shape: Shape | None) -> str:
        if shape is None:
            self.places.pop(ref, None)
            return ref
        if not ref:
            ref, self.next_place = str(self.next_place), self.next_place + 1
        pin = code.pin if self.capabilities.reads_pins else None
        self.places[ref] = ObservedCode(ref, pin, shape.name, shape.starts_at, shape.ends_at, shape.enabled)
        return ref

    def converge(self, now: dt.datetime, *, turns: int = 12) -> None:
        for _ in range(turns):
            if not self.turn(now).steps:
                return
        raise AssertionError("the planner never comes to rest")


def declared(
    code_id: int, *, start: float = 1, hours: float = 48, pin: str = "", **fields: object
) -> Declared:
    """A code from `start` hours from NOW on, for `hours`."""
    pin = pin or f"{4000 + code_id}"
    starts_at = NOW + dt.timedelta(hours=start)
    return Declared(
        id=code_id,
        pin=pin,
        pin_key=key_of(pin),
        name=f"Guest {code_id}",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=hours),
        **fields,  # type: ignore[arg-type]
    )


NATIVE = Capabilities(native_scheduling=True, max_codes=100)
STAGING = Capabilities(native_scheduling=False, holds_disabled_codes=True, max_codes=30)
PLAIN = Capabilities(native_scheduling=False, max_codes=30)
MASKED = Capabilities(native_scheduling=True, reads_pins=False)
