"""Run a simulation: one part in this process, or all parts in processes of their own over scratch databases."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import multiprocessing
import random
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from typing import Any

from django.db import connections

from access.declaring import sweep_stays
from access.simulation.acting import Actor
from access.simulation.casting import rates_of
from access.simulation.clock import VirtualClock, VirtualLoop, virtual_time
from access.simulation.lanes import Lanes
from access.simulation.lives import Lives
from access.simulation.measuring import Counts, Measuring
from access.simulation.scenario import DAY, START, Scenario, write_scenario
from access.simulation.scratch import scratch_databases, using_database
from access.simulation.stage import House, build_stage
from access.simulation.wiring import Shed
from locks.drivers.virtual.driver import VirtualConnection
from locks.drivers.virtual.memory_bank import use_bank
from locks.models import Account

CALM = dt.timedelta(hours=3)  # no fault at the end: everything must come to agree

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to simulate. `sabotage` names a bug to put in, for tests of the simulator itself."""

    doors: int = 20
    days: int = 14
    faults: str = "standard"
    seed: str = "1"
    parts: int = 2


def simulate(order: Order, *, progress: Progress) -> list[Counts]:
    """Run all parts side by side, each in a process and a database of its own."""
    with scratch_databases(order.parts) as names:
        connections.close_all()
        context = multiprocessing.get_context("fork")
        ends: dict[int, Pipe] = {}
        workers = []
        try:
            for part, name in enumerate(names):
                ours, theirs = context.Pipe(duplex=False)
                worker = context.Process(target=_work, args=(order, part, name, theirs), daemon=True)
                worker.start()
                theirs.close()
                ends[part] = ours
                workers.append(worker)
            return _gather(ends, progress)
        finally:
            for worker in workers:
                worker.terminate()
                worker.join(10)


def _gather(ends: dict[int, Pipe], progress: Progress) -> list[Counts]:
    done: dict[int, Counts] = {}
    shares = dict.fromkeys(ends, 0.0)
    while len(done) < len(ends):
        for end in wait([ends[part] for part in ends if part not in done], timeout=1):
            part = next(part for part, one in ends.items() if one is end)
            try:
                word: Any = ends[part].recv()
            except EOFError:
                raise RuntimeError(f"Worker {part} of the simulation ended before its work was done.") from None
            if isinstance(word, Counts):
                done[part], shares[part] = word, 1.0
            elif isinstance(word, str):
                raise RuntimeError(word)  # noqa: TRY004  -- a worker's last words
            else:
                shares[part] = word
            progress(sum(shares.values()) / len(shares))
    return [done[part] for part in sorted(done)]


def _work(order: Order, part: int, database: str, pipe: Pipe) -> None:
    with contextlib.suppress(KeyboardInterrupt), using_database(database):
        try:
            counts = run_part(order, part, progress=pipe.send)
        except Exception as error:
            pipe.send(f"Worker {part} stumbled: {type(error).__name__}: {error}")
            raise
        pipe.send(counts)


def run_part(order: Order, part: int, *, progress: Progress = lambda _: None) -> Counts:
    """Simulate one part in this process and its database, which has no rows yet."""
    scenario = write_scenario(
        doors=order.doors, days=order.days, faults=order.faults, seed=order.seed, part=part, parts=order.parts
    )
    loop = VirtualLoop()
    clock = VirtualClock(START, loop)
    try:
        shed = Shed(clock, seed=f"{order.seed}/{part}/locks")
        with use_bank(shed), virtual_time(clock, seed=f"{order.seed}/{part}"):
            houses = build_stage(scenario.houses, shed, now=START)
            return loop.run_until_complete(_live(order, part, scenario, houses, shed, clock, progress))
    finally:
        loop.close()


async def _live(
    order: Order,
    part: int,
    scenario: Scenario,
    houses: dict[int, House],
    shed: Shed,
    clock: VirtualClock,
    progress: Progress,
) -> Counts:
    lives = Lives(shed)
    logins = Account.objects.order_by("pk")
    connected = {account.pk: VirtualConnection(str(account.credentials["account_key"]), shed) for account in logins}
    lanes = Lanes(clock, connected, seed=f"{order.seed}/{part}", on_look=lives.check_look, is_steady=shed.is_steady)
    lanes.begin()
    actor = Actor(scenario, houses, shed, lanes, lives)
    end = START + order.days * DAY
    _plan_upkeep(actor, order, end)
    await run_world(actor, lanes, end, progress)
    return Measuring(shed, lives, lanes, actor, START, end).count()


def _plan_upkeep(actor: Actor, order: Order, end: dt.datetime) -> None:
    """What is nobody's in particular: the daily sweep, kills of the runner, and calm before the end."""
    for day in range(order.days):
        actor.at(START + day * DAY, lambda: _sweep(actor))
    dice = random.Random(f"{order.seed}/kills")  # noqa: S311
    every = rates_of(order.faults).restart
    at = START + dice.expovariate(1 / every) * DAY if every else end
    while at < end - CALM:
        actor.at(at.replace(microsecond=0), actor.lanes.kill)
        at += dice.expovariate(1 / every) * DAY
    actor.at(end - CALM, actor.calm)


def _sweep(actor: Actor) -> None:
    sweep_stays(now=actor.clock())


async def run_world(actor: Actor, lanes: Lanes, end: dt.datetime, progress: Progress) -> None:
    """Go from moment to moment: what happens, then whatever the locks need because of it."""
    begun, shown = lanes.clock.start, 0.0
    while True:
        actor.act()
        lanes.start_due()
        if lanes.error is not None:
            raise lanes.error
        following = min(actor.next_at() or end, lanes.next_due(), end)
        if lanes.clock() >= end:
            break
        lanes.stirred.clear()
        wait_for = (following - lanes.clock()).total_seconds()
        if wait_for > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_for):
                    await lanes.stirred.wait()
        share = (lanes.clock() - begun) / (end - begun)
        if share - shown >= 0.01:
            shown = share
            progress(share)
    for task in lanes.busy():
        await task
