"""One simulated world: a stage in the database, locks in memory, a clock that jumps, and the loop that drives them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from access.running.looking import Look
from access.simulation.acting import Actor
from access.simulation.books import Books
from access.simulation.clock import VirtualClock, VirtualLoop, outside_loop, virtual_time
from access.simulation.lanes import Lanes
from access.simulation.lives import Lives
from access.simulation.measuring import Counts, Measuring
from access.simulation.scenario import START, Scenario
from access.simulation.stage import build_stage
from access.simulation.wiring import Shed
from locks.drivers.virtual.driver import VirtualConnection
from locks.drivers.virtual.memory_bank import use_bank
from locks.models import Account

Progress = Callable[[float], None]
PROGRESS_STEP = 0.01


@dataclass(slots=True)
class World:
    loop: VirtualLoop
    clock: VirtualClock
    shed: Shed
    books: Books
    lanes: Lanes
    lives: Lives
    actor: Actor

    @classmethod
    @contextlib.contextmanager
    def of(cls, scenario: Scenario, *, seed: str) -> Iterator[World]:
        """Build the scenario's houses in the database, which has no rows yet, and enter their time."""
        loop = VirtualLoop()
        clock = VirtualClock(START, loop)
        books = Books()
        shed = Shed(clock, seed=f"{seed}/locks")
        try:
            with use_bank(shed), books.open(), virtual_time(clock, seed=seed):
                houses = build_stage(scenario.houses, shed, now=START)
                lives = Lives(shed)
                connections = {
                    account.pk: VirtualConnection(str(account.credentials["account_key"]), shed)
                    for account in Account.objects.order_by("pk")
                }
                lanes = Lanes(clock, connections, shed, books, seed=seed, on_look=lives.check_look)
                lanes.begin()
                actor = Actor(scenario, houses, shed, lanes, lives)

                def check_look(look: Look) -> None:
                    lives.check_look(look)
                    actor.holders.check_look(look)

                lanes.on_look = check_look
                yield cls(loop, clock, shed, books, lanes, lives, actor)
        finally:
            loop.close()

    def live_until(self, end: dt.datetime, progress: Progress = lambda _: None) -> None:
        self.loop.run_until_complete(self._live_until(end, progress))

    async def _live_until(self, end: dt.datetime, progress: Progress) -> None:
        """Go from moment to moment: what happens, then whatever the locks need because of it."""
        begun, shown = self.clock(), 0.0
        while True:
            with outside_loop():
                self.actor.act()
            self.lanes.start_due()
            if self.lanes.error is not None:
                raise self.lanes.error
            if self.clock() >= end:
                break
            await self._wait_until(min(self.actor.next_at() or end, self.lanes.next_due(), end))
            share = (self.clock() - begun) / (end - begun)
            if share - shown >= PROGRESS_STEP:
                shown = share
                progress(share)
        for task in self.lanes.busy():
            await task

    async def _wait_until(self, moment: dt.datetime) -> None:
        """Or until a device is done, which may be due again sooner."""
        self.lanes.stirred.clear()
        seconds = (moment - self.clock()).total_seconds()
        if seconds > 0:
            alarm = self.loop.call_later(seconds, self.lanes.stirred.set)
            await self.lanes.stirred.wait()
            alarm.cancel()

    def measure(self) -> Counts:
        self.books.flush()
        return Measuring(self.shed, self.lives, self.lanes, self.actor, START, self.clock()).count()
