"""How late what is due at a set second is done, while 25 such moments a second come due for a minute.

On just-in-time locks: a code that waits on its lock is switched on, or one is removed. Done means that the lock has
executed the command, after a reading and at half a second for each of the two calls; so a second is the least there is.
The runners are those of `manage.py worker`, which hand over to their successors meanwhile.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from access.benchmark import driver, fleet, population
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure, quantile
from access.benchmark.population import Plot
from access.benchmark.scratch import environment
from access.models import Heartbeat
from access.planning.shapes import ENABLE_LEAD
from access.processes import Child, manage

ACCOUNTS = 20
A_SECOND = 25
SECONDS = 60
CALL_SECONDS = 0.5
HEAD_START = dt.timedelta(seconds=3)
PATIENCE = 60.0
# The prototype's figures (1.1, 3.0 and 13 s), where the last came from runners that handed over at the same moment.
BOUNDS = {"p50": (0.5, 1.5), "p99": (0.99, 3.0), "p999": (0.999, 3.0)}


def measure(bench: Bench, *, a_second: int = A_SECOND, seconds: int = SECONDS) -> list[Figure]:
    count = a_second * seconds
    with fleet.lock_cloud(seconds=CALL_SECONDS) as cloud:
        now = timezone.now()
        plot = Plot(accounts=ACCOUNTS, devices=count, codes=1)
        devices = population.make_devices(plot, socket=cloud.path, reports=population.STAGED, now=now)
        worker = Child(
            "worker",
            manage("worker", "--cluster", "locks"),
            {**environment(bench.url), "KEYTURN_DRIVERS": driver.SETTING},
        )
        bench.say("starting the worker")
        with fleet.running([worker], stop_seconds=settings.KEYTURN_STOP_SECONDS + 5):
            fleet.wait_until(Heartbeat.objects.exists, what="the runners' start", of=[worker])
            begin = timezone.now() + HEAD_START
            dues = [begin + dt.timedelta(seconds=number / a_second) for number in range(count)]
            population.stage_codes(devices, dues, lead=ENABLE_LEAD)
            cloud.ask("load", locks=population.held_by_locks(devices))
            population.make_due(devices, dues)

            def is_done() -> bool:
                done = len(cloud.ask("report")["writes"])
                bench.say(f"{done:,} of {count:,} done")
                return done >= count

            patience = seconds + PATIENCE
            fleet.wait_until(is_done, what="the changes", seconds=patience, every=0.5, of=[worker])
        report = cloud.ask("report")
    due_at = {device.external_id: due.timestamp() for device, due in zip(devices, dues, strict=True)}
    late = [at - due_at[device] for device, at in report["writes"]]
    return [
        Figure(
            f"lateness_{name}",
            f"{a_second} changes a second, {name} of done after due",
            "s",
            quantile(late, part),
            bound=bound,
            details={"changes": count, "longest": round(max(late), 3), "broken_caps": report["broken_caps"]},
        )
        for name, (part, bound) in BOUNDS.items()
    ]
