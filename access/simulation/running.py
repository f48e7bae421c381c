"""Run a simulation: one part in this process, or all parts in processes of their own over scratch databases."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import multiprocessing
import random
import signal
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from typing import Any

from django.db import connections

from access.backups import sweep_backups
from access.declaring import sweep_stays
from access.simulation.acting import Actor
from access.simulation.casting import rates_of
from access.simulation.doubting import is_sweep_due
from access.simulation.measuring import Counts
from access.simulation.scenario import DAY, START, write_scenario
from access.simulation.scratch import scratch_databases, using_database
from access.simulation.world import Progress, World
from access.staffing import sweep_staff

QUARTERS_OF_DAY = 96
QUARTER_HOUR = dt.timedelta(minutes=15)
LAST_FRAMES = 8
CALM = dt.timedelta(hours=3)  # no fault at the end: everything must come to agree


@dataclass(frozen=True, slots=True)
class Order:
    """What to simulate. The figures don't depend on `parts`, but for the dice of the application."""

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
            counts = _gather(ends, progress)
            for worker in workers:
                worker.join(10)  # it ends by itself
            return counts
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
                raise RuntimeError(
                    f"Worker {part} of the simulation ended before its work was done."
                ) from None
            if isinstance(word, Counts):
                done[part], shares[part] = word, 1.0
            elif isinstance(word, str):
                raise RuntimeError(word)  # noqa: TRY004  -- a worker's last words
            else:
                shares[part] = word
            progress(sum(shares.values()) / len(shares))
    return [done[part] for part in sorted(done)]


def _work(order: Order, part: int, database: str, pipe: Pipe) -> None:
    # Whoever started this process sees to the databases; it need not unwind as that one does (scratch).
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(KeyboardInterrupt), using_database(database):
        try:
            counts = run_part(order, part, progress=pipe.send)
        except Exception as error:
            where = traceback.format_exc(limit=-LAST_FRAMES)
            pipe.send(f"Worker {part} stumbled: {type(error).__name__}: {error}\n{where}")
            raise
        pipe.send(counts)


def run_part(order: Order, part: int, *, progress: Progress = lambda _: None) -> Counts:
    """Simulate one part in this process and its database, which has no rows yet."""
    scenario = write_scenario(
        doors=order.doors, days=order.days, faults=order.faults, seed=order.seed, part=part, parts=order.parts
    )
    with World.of(scenario, seed=f"{order.seed}/{part}") as world, _rare_collection():
        _plan_upkeep(world.actor, order)
        world.live_until(START + order.days * DAY, progress)
        return world.measure()


@contextlib.contextmanager
def _rare_collection() -> Iterator[None]:
    """What stands is not looked at for garbage again and again."""
    gc.collect()
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(500_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _plan_upkeep(actor: Actor, order: Order) -> None:
    """What is nobody's in particular: sweeps, kills of the runner, and calm before the end."""
    for quarter in range(order.days * QUARTERS_OF_DAY):
        daily = quarter % QUARTERS_OF_DAY == 0
        actor.at(START + quarter * QUARTER_HOUR, partial(_sweep, actor, daily=daily))
    dice = random.Random(f"{order.seed}/kills")  # noqa: S311  -- nothing here opens a real door
    calm_at = START + order.days * DAY - CALM
    every = rates_of(order.faults).restart
    at = START + dice.expovariate(1 / every) * DAY if every else calm_at
    while at < calm_at:
        actor.at(at.replace(microsecond=0), actor.lanes.kill)
        at += dice.expovariate(1 / every) * DAY
    actor.at(calm_at, actor.calm)


def _sweep(actor: Actor, *, daily: bool) -> None:
    """What the application does each minute, or each day; where no code is in doubt, it finds nothing to do."""
    now, lanes = actor.clock(), actor.lanes
    is_due = is_sweep_due(lanes, now=now)
    if not daily and not is_due:
        return
    lanes.note_readings()
    if daily:
        sweep_stays(now=now)
        sweep_staff(now=now)
    given = sweep_backups(now=now)
    if given:
        actor.lives.take_backups(now=now)
    if given and not is_due:
        lanes.tally.sampled_wrong.append(f"No code was thought to need a backup at {now:%d %b %H:%M:%S}.")
