"""How fast events reach those who asked for them: many events, many endpoints, two of which are dead.

One dead endpoint refuses connections, one takes them and never answers. The receivers, the deliverer and PostgreSQL
share this machine. Counted from the moment at which the events are written until the last live one was told the last.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from access.benchmark import fleet, population
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure
from access.benchmark.population import Plot
from access.benchmark.scratch import environment
from access.enums import EventType
from access.models import AccessCode, Event
from access.processes import Child
from access.webhooks import create_endpoint
from locks.models import Account
from properties.models import Workspace

EVENTS: Final = 10_000
LIVE: Final = 18
SECONDS: Final = 60.0
PATIENCE: Final = 300.0
SINGLE: Final = 20
SECOND: Final = 1.0
PLOT: Final = Plot(accounts=10, devices=200, codes=1)
KINDS: Final = (
    EventType.CODE_CREATED,
    EventType.CODE_SET,
    EventType.LOCK_UNLOCKED,
    EventType.CODE_REMOVED,
    EventType.CODE_DELETED,
)
Report = Callable[[], dict[str, Any]]


def measure(bench: Bench, *, events: int = EVENTS, live: int = LIVE) -> list[Figure]:
    with _receivers(live) as report, _refusing() as refusing:
        workspace = _make_endpoints(report(), refusing)
        codes = _make_codes(workspace)
        with _deliverer(bench) as child:
            single = _time_single_ones(codes[0], report, child)
            before = fleet.cpu_seconds([child])
            begun = time.time()
            _make_events(codes, events)

            def is_done() -> bool:
                told: list[int] = [one["told"] - SINGLE for one in report()["live"]]
                bench.say(f"{sum(told):,} of {events * live:,} deliveries, {time.time() - begun:.1f} s")
                return min(told) >= events

            fleet.wait_until(is_done, what="the deliveries", seconds=PATIENCE, every=0.25, of=[child])
            found, cost = report(), fleet.cpu_seconds([child]) - before
    took = max(one["last"] for one in found["live"]) - begun
    details = {
        "deliveries": events * live,
        "a_second": round(events * live / took),
        "first_live_receiver_done_after_seconds": round(min(one["last"] for one in found["live"]) - begun, 1),
        "told_again": sum(one["again"] for one in found["live"]),
        "told_to_the_hanging_one": found["hanging"]["told"],
        "deliverer_cpu_seconds": round(cost, 1),
    }
    title = f"{events:,} events to {live} live endpoints and two dead ones"
    return [
        Figure("webhooks", title, "s", took, bound=SECONDS, details=details),
        Figure("webhooks_single", "one event to all live endpoints, p95", "s", single, bound=SECOND),
    ]


def _time_single_ones(code: AccessCode, report: Report, child: Child) -> float:
    """One event at a time, to an idle deliverer; return the time at the 95th of a hundred."""
    took: list[float] = []
    for number in range(1, SINGLE + 1):
        begun = time.time()
        _make_events([code], 1)
        done = lambda number=number: min(one["told"] for one in report()["live"]) >= number  # noqa: E731
        fleet.wait_until(done, what="a single event", every=0.01, of=[child])
        took.append(max(one["last"] for one in report()["live"]) - begun)
        # Not in step with how often it looks.
        time.sleep(0.3 + number % 7 / 10)
    return sorted(took)[int(0.95 * SINGLE)]


def _make_endpoints(found: dict[str, Any], refusing: int) -> Workspace:
    workspace = Workspace.objects.create(name="Receivers", backup_pool_size=0)
    ports = [one["port"] for one in (*found["live"], found["hanging"])]
    for port in (*ports, refusing):
        # The address is set beside the check, which this process would refuse it by.
        endpoint = create_endpoint(workspace, url="https://1.1.1.1/")
        endpoint.url = f"http://127.0.0.1:{port}/hook"
        endpoint.save(update_fields=["url"])
    return workspace


def _make_codes(workspace: Workspace) -> list[AccessCode]:
    now = timezone.now()
    devices = population.make_devices(PLOT, socket="", reports=population.NATIVE, now=now)
    population.declare_codes(devices, each=PLOT.codes, now=now)
    Account.objects.update(workspace=workspace)
    return list(AccessCode.objects.select_related("device__account"))


def _make_events(codes: list[AccessCode], count: int) -> None:
    now = timezone.now()
    Event.objects.bulk_create(
        (
            Event(
                workspace_id=code.device.account.workspace_id,
                type=KINDS[number % len(KINDS)],
                occurred_at=now,
                actor="benchmark",
                device=code.device,
                access_code=code,
                data={"method": "keycode"},
            )
            for number in range(count)
            for code in [codes[number % len(codes)]]
        ),
        batch_size=1_000,
    )


@contextmanager
def _deliverer(bench: Bench) -> Iterator[Child]:
    surroundings = {**environment(bench.url), "KEYTURN_WEBHOOKS_ALLOW_PRIVATE": "1"}
    with tempfile.TemporaryDirectory(prefix="keyturn-") as folder:
        sign = Path(folder) / "ready"
        command = [sys.executable, "-m", "access.benchmark.one_deliverer", str(sign), bench.profile]
        child = Child("deliverer", command, surroundings)
        with fleet.running([child], stop_seconds=10.0 if bench.profile else 0.0):
            fleet.wait_until(sign.exists, what="the deliverer's start", of=[child])
            yield child


@contextmanager
def _receivers(live: int) -> Iterator[Report]:
    with tempfile.TemporaryDirectory(prefix="keyturn-") as folder:
        path = str(Path(folder) / "receivers")
        child = Child("receivers", [sys.executable, "-m", "access.benchmark.receivers", path, str(live)])
        with fleet.running([child], stop_seconds=0):
            fleet.wait_until(Path(path).exists, what="the receivers' start", of=[child])
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(path)
                with line.makefile("rwb") as stream:
                    yield lambda: _ask(stream)


def _ask(stream: Any) -> dict[str, Any]:
    stream.write(b"report\n")
    stream.flush()
    answer: dict[str, Any] = json.loads(stream.readline())
    return answer


@contextmanager
def _refusing() -> Iterator[int]:
    """A port that nobody listens at, and that nobody else gets meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
