"""The shed of simulated locks: virtual locks in memory, each with a witness beside it.

The application meets them through the driver contract only; the scenario's hands and faults reach them here. What the
locks did is read from their own logs.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from access.simulation.witness import DoorWatch
from locks.brands import BRANDS
from locks.drivers.hints import announce_change
from locks.drivers.virtual.actions import CODE_WRITES, Call
from locks.drivers.virtual.bank import Serve
from locks.drivers.virtual.memory_bank import MemoryBank, would_open
from locks.drivers.virtual.mood_rules import Mood
from locks.drivers.virtual.state import HeldCode, LockState

T = TypeVar("T")
DRIVER = "virtual-memory"
# How long a lock takes to answer.
SECONDS: Mapping[Call, float] = {Call.LIST: 0.5, Call.STATUS: 0.0, Call.PUT: 1.5, Call.REMOVE: 1.5}
# Under these, what a reading shows changes by itself as time passes.
UNSTEADY = frozenset({Mood.STALE_READS, Mood.WRITE_ONLY, Mood.DRAINING})
DESTROYED = ("lost on the way", "confirmed and forgotten", "given up unconfirmed", "rejected: busy")


@dataclass(slots=True)
class SimulatedLock:
    """`foreign`: what strangers typed in, as it must stay. `edits`: when hands changed a code of ours."""

    key: str
    state: LockState
    watch: DoorWatch = field(init=False)
    foreign: dict[int, HeldCode] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    edits: list[dt.datetime] = field(default_factory=list)
    writes: list[dt.datetime] = field(default_factory=list)
    destroyed: list[dt.datetime] = field(default_factory=list)
    mood_starts: list[dt.datetime] = field(default_factory=list)
    mood_ends: list[dt.datetime] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> list[dt.datetime]:
        return [*self.mood_starts, *self.mood_ends]

    @property
    def external_id(self) -> str:
        return self.state.external_id

    def opens(self, pin: str, at: dt.datetime) -> bool:
        """What the keypad would answer, without a trace in the lock's log."""
        return would_open(self.state, pin, at)

    def moments(self, pin: str) -> Iterator[dt.datetime]:
        wrong = dt.timedelta(seconds=self.state.clock_offset)
        for code in self.state.codes.values():
            if code.pin == pin:
                yield from (bound - wrong for bound in (code.starts_at, code.ends_at) if bound is not None)

    def before_change(self, now: dt.datetime) -> None:
        self.watch.advance(now)

    def read_log(self) -> None:
        """Count what the lock has written into its own log."""
        for line in self.state.fresh:
            self.calls[line.action] += 1
            if line.action in CODE_WRITES:
                self.writes.append(line.at)
                if line.detail in DESTROYED:
                    self.destroyed.append(line.at)

    def fault_spans(self, until: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
        """From each switching on of a mood to the next moment at which a mood ended."""
        spans = []
        for begun in self.mood_starts:
            ended = min((at for at in self.mood_ends if at > begun), default=until)
            spans.append((begun, ended))
        return spans

    def check_foreign(self, now: dt.datetime) -> None:
        for slot, typed in list(self.foreign.items()):
            if self.state.codes.get(slot) != typed:
                what = f"the code that a stranger typed in at place {slot} was changed"
                self.touched.append(f"{self.key}: {what} at {now:%d %b %H:%M}.")
                del self.foreign[slot]


class Shed(MemoryBank):
    """The bank of all simulated locks; each call that may change a lock is announced to its witness first."""

    def __init__(self, clock: Callable[[], dt.datetime], *, seed: str) -> None:
        def push(state: LockState, now: dt.datetime) -> None:
            announce_change(DRIVER, state.account_key, state.external_id, now=now)

        super().__init__(clock=clock, rng=random.Random(seed), latency=_seconds, hint=push)  # noqa: S311
        self.all: dict[str, SimulatedLock] = {}

    def __getitem__(self, key: str) -> SimulatedLock:
        return self.all[key]

    def hang(self, key: str, *, brand: str, login: str, zone: str = "") -> SimulatedLock:
        """`zone`: set by the owner of a lock that has none by itself and computes its codes by its local time."""
        told = "" if BRANDS[brand].capabilities.online_codes else zone
        state = self.add_lock(brand=brand, name=key, account_key=login, external_id=key, time_zone=told)
        lock = self.all[key] = SimulatedLock(key, state)
        lock.watch = DoorWatch(key, lock, self.clock())
        return lock

    def begin_fault(self, key: str, mood: str, settings: Mapping[str, Any]) -> None:
        lock = self.all[key]
        lock.before_change(self.clock())
        lock.mood_starts.append(self.clock())
        self.set_mood(key, mood, **settings)

    def end_fault(self, key: str, mood: str) -> None:
        lock = self.all[key]
        lock.before_change(self.clock())
        lock.mood_ends.append(self.clock())
        self.clear_mood(key, mood)

    def is_calm(self, key: str) -> bool:
        """Tell whether this lock has no fault now."""
        state = self.all[key].state
        return state.online and not state.moods

    def is_steady(self, key: str) -> bool:
        moods = self.all[key].state.moods
        hidden_until = moods.get(Mood.EVENTUALLY_CONSISTENT, {}).get("hidden_until", "")
        return UNSTEADY.isdisjoint(moods) and hidden_until <= self.clock().isoformat()

    async def ask(self, account_key: str, device: str, call: Call, serve: Serve[T], missing: T) -> T:
        lock = self.all[device]

        def watched(state: LockState, now: dt.datetime) -> T:
            if call in CODE_WRITES:
                lock.before_change(now)
            answer = serve(state, now)
            lock.read_log()
            if call in CODE_WRITES:
                lock.check_foreign(now)
            return answer

        return await super().ask(account_key, device, call, watched, missing)


def _seconds(state: LockState, call: Call) -> float:
    return SECONDS.get(call, 0.0)
