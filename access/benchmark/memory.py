"""How much memory the web process and the workers take, when both have done something: the share of each process in
what they hold together (PSS), so that the sum is what the machine really gives."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

from access.benchmark import fleet
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure
from access.benchmark.scratch import environment
from access.management.commands.run import find_port, gunicorn
from access.models import Heartbeat
from access.processes import Child, manage

PAGES = ("/accounts/login/", "/api/v1/schema/", "/admin/login/", "/api/v1/reservations/")
REQUESTS = 40
SETTLE = 5.0
MEGABYTE = 1024.0
# Together they fit a machine of one gigabyte, with half of it left for PostgreSQL and the system.
BOUND = 512.0


def measure(bench: Bench, *, settle: float = SETTLE) -> list[Figure]:
    if not Path("/proc/self/smaps_rollup").exists():
        return [Figure("memory", "web and workers", "MB", None, BOUND, reason="this system has no /proc")]
    port = find_port(0)
    web = Child("web server", gunicorn("127.0.0.1", port), environment(bench.url))
    worker = Child("worker", manage("worker"), environment(bench.url))
    with fleet.running([web, worker], stop_seconds=settings.KEYTURN_STOP_SECONDS + 5):
        bench.say("starting web and worker")
        fleet.wait_until(lambda: Heartbeat.objects.count() > 1, what="both clusters", of=[web, worker])
        fleet.wait_until(lambda: _answers(port), what="the web server", of=[web])
        for number in range(REQUESTS):
            _get(port, PAGES[number % len(PAGES)])
        time.sleep(settle)
        parts = {"web": _megabytes(web), "workers": _megabytes(worker)}
    total = sum(size for sizes in parts.values() for size in sizes)
    details = {
        name: {"processes": len(sizes), "megabytes": round(sum(sizes), 1)} for name, sizes in parts.items()
    }
    return [
        Figure("memory", "web and workers, shared pages counted once", "MB", total, BOUND, details=details)
    ]


def _megabytes(child: Child) -> list[float]:
    pid = child.process.pid if child.process is not None else 0
    return [_pss(process.number) / MEGABYTE for process in fleet.family_of(pid)]


def _pss(number: int) -> int:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{number}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _answers(port: int) -> bool:
    try:
        _get(port, PAGES[0])
    except urllib.error.URLError:
        return False
    return True


def _get(port: int, path: str) -> None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        error.close()  # a page that asks to be signed in has been served all the same
