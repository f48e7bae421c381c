"""How long two runners take for many devices that come due at once, against the shortest time that is possible at all.

500 devices of 20 accounts, 10 calls at a time for each: a reading, two codes to put, a reading that confirms. Once
with calls of one second, once with locks of which each has a pace of its own, between half a second and ten.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from access.benchmark import fleet, population
from access.benchmark.bench import Bench
from access.benchmark.cloud import MAX_PER_ACCOUNT
from access.benchmark.figures import Figure
from access.benchmark.population import Plot
from access.running.leases import CALL_SECONDS
from locks.models import Device

CODES = 2
CALLS = CODES + 2
FULL = Plot(accounts=20, devices=500, codes=CODES)
SEED = 7
PATIENCE = 6
# A call that takes as long as a runner waits for it counts as unanswered.
LONGEST = min(10.0, CALL_SECONDS - 0.5)
HEAD_START = dt.timedelta(seconds=1.5)


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    report: dict[str, Any]
    cpu_seconds: float


def measure(bench: Bench, *, plot: Plot = FULL, seconds: float = 1.0) -> list[Figure]:
    run = _drain(bench, plot, {"seconds": seconds}, expected=seconds * CALLS * plot.devices)
    return [_figure("drain", f"{CALLS * plot.devices} due calls of {seconds:g} s", run, limit=1.10)]


def measure_mixed(bench: Bench, *, plot: Plot = FULL, longest: float = LONGEST) -> list[Figure]:
    run = _drain(bench, plot, {"longest": longest, "seed": SEED}, expected=2.5 * CALLS * plot.devices)
    return [_figure("drain_mixed", f"{CALLS * plot.devices} due calls of 0.5-{longest:g} s", run, limit=1.25)]


def _drain(bench: Bench, plot: Plot, settings: dict[str, Any], *, expected: float) -> Run:
    calls = CALLS * plot.devices
    patience = 30 + PATIENCE * expected / (plot.accounts * MAX_PER_ACCOUNT)
    with fleet.lock_cloud(**settings) as cloud:
        now = timezone.now()
        devices = population.make_devices(plot, socket=cloud.path, reports=population.NATIVE, now=now)
        population.declare_codes(devices, each=plot.codes, now=now)
        with fleet.runners(bench.url, count=2, seconds=patience + 30, profile=bench.profile) as children:
            before = fleet.cpu_seconds(children)
            due = timezone.now() + HEAD_START
            population.make_due(devices, [due] * len(devices))

            def is_done() -> bool:
                done = sum(cloud.ask("report")["calls"].values())
                bench.say(f"{done:,} of {calls:,} calls, {time.time() - due.timestamp():.1f} s")
                return done >= calls and not Device.objects.filter(wake_at__lte=timezone.now()).exists()

            fleet.wait_until(is_done, what="the calls", seconds=patience, every=0.25, of=children)
            cost = fleet.cpu_seconds(children) - before
        report = cloud.ask("report")
    return Run(report["last"] - due.timestamp(), report, cost)


def _figure(name: str, title: str, run: Run, *, limit: float) -> Figure:
    work, chain = run.report["most_work_of_an_account"], run.report["longest_chain"]
    return Figure(
        name,
        title,
        "s",
        run.seconds,
        bound=max(work / MAX_PER_ACCOUNT, chain),
        limit=limit,
        details={
            "calls": run.report["calls"],
            "broken_caps": run.report["broken_caps"],
            "first_call_after_seconds": round(run.report["first"] - run.report["last"] + run.seconds, 3),
            "runners_cpu_seconds": round(run.cpu_seconds, 2),
        },
    )
