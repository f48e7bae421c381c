"""The memory bank: virtual locks that live in this process alone, for the simulator, benchmarks and model tests.

No database, no thread hop, no ORM: a call takes tens of microseconds and its `now` from the bank's own clock. The same
firmware, keypad, moods and brands as the database bank. Its API:

    bank = MemoryBank(clock=lambda: sim.now, rng=random.Random(7))   # + sleep=, latency=, hint=
    state = bank.add_lock(brand="nuki", name="Front", account_key="login-1")
    with use_bank(bank):                # the driver "virtual-memory" reaches this bank while the block lasts
        account = connect_account(workspace, driver="virtual-memory", credentials={"account_key": "login-1"}, ...)
        ...
    bank.keypad(state.external_id, pin)          # -> KeypadResult: the oracle
    bank.set_mood(state.external_id, "offline"); bank.clear_mood(...); bank.clear_moods(...); bank.moods_of(...)
    bank.add_foreign_code(...); bank.edit_from_outside(...); bank.delete_from_outside(...)
    bank.tally(state.external_id).writes          # what the lock counted: writes, reads, commands, busiest_minute, log
    bank.lock(state.external_id).codes            # the memory itself: {slot: HeldCode}
    would_open(state, pin, at)                    # ask without typing: nothing is logged, nothing is used up

`latency(state, call)`: seconds that a call takes (benchmarks); `sleep`: how seconds pass (asyncio.sleep by default).
`hint(state, now)`: called when a lock whose brand pushes changes has something to tell (see locks.drivers.hints).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
import uuid
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from locks.drivers.virtual import handling, pressing, serving
from locks.drivers.virtual.actions import CODE_WRITES, COMMANDS, TOLD, Call
from locks.drivers.virtual.bank import Serve, is_listed
from locks.drivers.virtual.bridging import Bridge, bridge_of
from locks.drivers.virtual.fitting import reports_of, usual_gateway, usual_zone
from locks.drivers.virtual.mood_rules import OF_ACCOUNT, OF_BRIDGE, Mood, MoodSettings, moods_in
from locks.drivers.virtual.mood_rules import switch_off as end_mood
from locks.drivers.virtual.mood_rules import switch_on as begin_mood
from locks.drivers.virtual.mood_settings import mood_named, parse_mood
from locks.drivers.virtual.reaching import can_push
from locks.drivers.virtual.state import HeldCode, LockState, LogLine, capabilities_reported
from locks.drivers.virtual.telling import KEPT, Lines

T = TypeVar("T")
MINUTE = dt.timedelta(minutes=1)
NAMESPACE = uuid.UUID("6f1d6c0e-3c0b-4a37-9f4e-7f2f8f0f1c55")


@dataclass(slots=True)
class Tally:
    """What a lock counted of itself. `log`: the last things that happened at the door; each has its number."""

    counts: Counter[str] = field(default_factory=Counter)
    log: deque[tuple[int, LogLine]] = field(default_factory=lambda: deque(maxlen=KEPT))
    busiest_minute: int = 0
    last_minute: deque[dt.datetime] = field(default_factory=deque)

    @property
    def writes(self) -> int:
        """Commands that were to change the lock's memory."""
        return sum(self.counts[call] for call in CODE_WRITES)

    @property
    def reads(self) -> int:
        return self.counts[Call.LIST]

    @property
    def commands(self) -> int:
        """Everything that makes the lock's radio work."""
        return sum(self.counts[call] for call in COMMANDS)

    def take(self, line: LogLine, number: int) -> None:
        self.counts[line.action] += 1
        if line.action in TOLD:
            self.log.append((number, line))
        elif line.action in CODE_WRITES:
            self.last_minute.append(line.at)
            while self.last_minute[0] <= line.at - MINUTE:
                self.last_minute.popleft()
            self.busiest_minute = max(self.busiest_minute, len(self.last_minute))


class MemoryBank:
    def __init__(
        self,
        *,
        clock: Callable[[], dt.datetime],
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        latency: Callable[[LockState, Call], float] | None = None,
        hint: Callable[[LockState, dt.datetime], None] | None = None,
    ) -> None:
        self.clock, self.hint = clock, hint
        self._rng, self._sleep, self._latency = rng, sleep, latency
        self._locks: dict[str, LockState] = {}
        self._accounts: dict[str, list[LockState]] = {}
        self._tallies: dict[str, Tally] = {}
        self._bridges: dict[tuple[str, str], Bridge] = {}
        self._lines = 0

    def add_lock(
        self,
        *,
        brand: str,
        name: str,
        account_key: str,
        external_id: str = "",
        capacity: int | None = None,
        reports: Mapping[str, Any] | None = None,
        time_zone: str = "",
        secret: str = "",
    ) -> LockState:
        """Screw a new lock to a door. Without an id it gets one by its account and its number there."""
        neighbours = self._accounts.setdefault(account_key, [])
        external_id = external_id or str(uuid.uuid5(NAMESPACE, f"{account_key}/{len(neighbours)}"))
        report = reports_of(brand, reports)
        gateway = usual_gateway(brand, [lock.gateway for lock in neighbours])
        state = LockState(
            external_id=external_id,
            account_key=account_key,
            brand=brand,
            name=name,
            capabilities=capabilities_reported(brand, report, capacity),
            secret=secret or hashlib.sha256(external_id.encode()).hexdigest(),
            capacity=capacity,
            reports=report,
            gateway=gateway,
            bridge=self._bridge(account_key, brand, gateway),
            time_zone=time_zone or usual_zone(brand),
            rng=self._rng,
        )
        neighbours.append(state)
        self._locks[external_id] = state
        self._tallies[external_id] = Tally()
        return state

    def _bridge(self, account_key: str, brand: str, gateway: str) -> Bridge | None:
        bridge = self._bridges.get((account_key, gateway)) or bridge_of(brand, gateway)
        if bridge is not None:
            self._bridges[account_key, gateway] = bridge
        return bridge

    # What the driver asks.

    async def ask(self, account_key: str, device: str, call: Call, serve: Serve[T], missing: T) -> T:
        state = self._locks.get(device)
        if state is None or state.account_key != account_key:
            return missing
        seconds = self._latency(state, call) if self._latency else 0.0
        if state.moods:
            seconds += serving.delay_before(state, call)
        if seconds:
            await self._sleep(seconds)
        if not is_listed(state):
            return missing
        answer = serve(state, self.clock())
        self._keep(state)
        return answer

    async def ask_account(self, account_key: str, serve: Callable[[Sequence[LockState]], T]) -> T:
        return serve(self._accounts.get(account_key, []))

    async def lines_after(self, device: str, after: int) -> Lines:
        return [(number, line) for number, line in self._tallies[device].log if number > after]

    # What happens at the door.

    def lock(self, external_id: str) -> LockState:
        return self._locks[external_id]

    def locks(self) -> Iterator[LockState]:
        return iter(self._locks.values())

    def tally(self, external_id: str) -> Tally:
        return self._tallies[external_id]

    def keypad(self, external_id: str, pin: str, *, at: dt.datetime | None = None) -> pressing.KeypadResult:
        with self._at_hand(external_id, at) as (state, now):
            return pressing.press(state, pin, now=now)

    def set_mood(self, external_id: str, mood: Mood | str, **settings: Any) -> None:
        mood, parsed = parse_mood(mood, settings)
        for state in self._concerned(self._locks[external_id], mood):
            begin_mood(state, mood, parsed, now=self.clock())

    def clear_mood(self, external_id: str, mood: Mood | str, *, condition: str = "") -> None:
        mood = mood_named(mood)
        for state in self._concerned(self._locks[external_id], mood):
            end_mood(state, mood, condition=condition)

    def clear_moods(self, external_id: str) -> None:
        for mood in Mood:
            self.clear_mood(external_id, mood)

    def moods_of(self, external_id: str) -> dict[Mood, MoodSettings]:
        return moods_in(self._locks[external_id])

    def add_foreign_code(self, external_id: str, *, pin: str | None, **fields: Any) -> HeldCode:
        with self._at_hand(external_id) as (state, now):
            return handling.add_foreign(state, pin=pin, now=now, **fields)

    def edit_from_outside(self, external_id: str, slot: int, **changes: Any) -> HeldCode:
        with self._at_hand(external_id) as (state, now):
            return handling.edit(state, slot, changes, now=now)

    def delete_from_outside(self, external_id: str, slot: int | None = None) -> None:
        with self._at_hand(external_id) as (state, now):
            handling.delete(state, slot, now=now)

    def turn_by_hand(self, external_id: str, *, locked: bool) -> None:
        with self._at_hand(external_id) as (state, now):
            handling.turn_by_hand(state, locked=locked, now=now)

    def crowd_bridge(self, external_id: str, jobs: int, *, each: dt.timedelta) -> None:
        bridge = self._locks[external_id].bridge
        if bridge is not None:
            bridge.crowd(jobs, each=each, now=self.clock())

    def tamper(self, external_id: str) -> None:
        with self._at_hand(external_id) as (state, now):
            handling.tamper(state, now=now)

    @contextmanager
    def _at_hand(
        self, external_id: str, at: dt.datetime | None = None
    ) -> Iterator[tuple[LockState, dt.datetime]]:
        state, now = self._locks[external_id], at or self.clock()
        yield state, now
        self._keep(state)
        if self.hint is not None and can_push(state):
            self.hint(state, now)

    def _concerned(self, state: LockState, mood: Mood) -> list[LockState]:
        neighbours = self._accounts[state.account_key]
        if mood in OF_ACCOUNT:
            return neighbours
        if mood in OF_BRIDGE and state.gateway:
            return [other for other in neighbours if other.gateway == state.gateway]
        return [state]

    def _keep(self, state: LockState) -> None:
        if state.fresh:
            tally = self._tallies[state.external_id]
            for line in state.fresh:
                self._lines += 1
                tally.take(line, self._lines)
            state.fresh.clear()


def would_open(state: LockState, pin: str, at: dt.datetime) -> bool:
    """Whether typing `pin` at `at` would open, without typing it."""
    return pressing.would_open(state, pin, now=at)


_in_use: list[MemoryBank] = []


@contextmanager
def use_bank(bank: MemoryBank) -> Iterator[MemoryBank]:
    """Let the driver “virtual-memory” reach this bank, in every thread of this process, while the block lasts."""
    _in_use.append(bank)
    try:
        yield bank
    finally:
        _in_use.remove(bank)


def bank_in_use() -> MemoryBank:
    if not _in_use:
        raise RuntimeError("No memory bank is in use; wrap the call in memory_bank.use_bank(bank).")
    return _in_use[-1]
