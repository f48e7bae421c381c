"""What a system costs that has nothing to do: statements a second of `manage.py worker` with both clusters.

With django-q's queue in the database, and with the queue in Redis where this machine has a Redis server.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone

from access.benchmark import driver, fleet, population
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure
from access.benchmark.listening_post import Tally, counting
from access.benchmark.population import Plot
from access.benchmark.redis import has_redis, redis_server
from access.benchmark.scratch import environment
from access.models import Heartbeat
from access.processes import Child, manage

PLOT = Plot(accounts=10, devices=200, codes=0)
# Until each worker process has had its first task: what it asks once is not what it costs.
WARM_UP = 100.0
# The schedules' own period: a shorter look holds a minute's work either not at all or as if it were half a minute's.
SECONDS = 60.0
SHOWN = 12
BOUNDS = {"orm": 10.0, "redis": 2.0}


def measure(bench: Bench, *, seconds: float = SECONDS, warm_up: float = WARM_UP) -> list[Figure]:
    now = timezone.now()
    devices = population.make_devices(PLOT, socket="", reports=population.NATIVE, now=now)
    population.make_due(devices, [now + dt.timedelta(hours=1)] * len(devices))
    figures = [_measure("idle", bench, seconds, warm_up, {}, bound=BOUNDS["orm"])]
    if not has_redis():
        reason = "this machine has no redis-server"
        return [*figures, Figure("idle_redis", "", "statements/s", None, BOUNDS["redis"], reason=reason)]
    with redis_server() as place:
        figures.append(_measure("idle_redis", bench, seconds, warm_up, place, bound=BOUNDS["redis"]))
    return figures


def _measure(
    name: str, bench: Bench, seconds: float, warm_up: float, more: Mapping[str, str], *, bound: float
) -> Figure:
    Heartbeat.objects.all().delete()
    with counting(bench.url) as (url, tally):
        surroundings = {**environment(url), "KEYTURN_DRIVERS": driver.SETTING, **more}
        worker = Child("worker", manage("worker"), surroundings)
        with fleet.running([worker], stop_seconds=settings.KEYTURN_STOP_SECONDS + 5):
            bench.say("starting the worker")
            fleet.wait_until(lambda: Heartbeat.objects.count() > 1, what="both clusters", of=[worker])
            time.sleep(warm_up)
            begun, before = time.monotonic(), Tally(tally.statements, tally.transactions, tally.connections)
            tally.kinds.clear()
            bench.say(f"counting for {seconds:.0f} s")
            time.sleep(seconds)
            took = time.monotonic() - begun
            count = tally.statements - before.statements
            details = {
                "of_these_begin_and_commit": round((tally.transactions - before.transactions) / took, 2),
                "connections_opened": round((tally.connections - before.connections) / took, 2),
                "by_kind": {kind: round(n / took, 2) for kind, n in tally.kinds.most_common(SHOWN)},
            }
    title = f"statements of an idle system, {'Redis' if more else 'ORM'} broker"
    return Figure(name, title, "statements/s", count / took, bound=bound, details=details)
