"""How many requests a second both APIs answer, and how soon: over loopback, by gunicorn as `manage.py run` starts it,
four requests at a time, in a workspace of a thousand codes and in one of a hundred thousand.

Each kind is sent once to warm up, and then in several rounds, by turns with all other kinds, so that a bad moment of
this machine is nobody's alone. Every request of every round counts: nothing is picked. The load, the web server and
PostgreSQL share this machine. The founding API lists codes by locks or by ids alone, ours those of the whole workspace.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from access.api_keys import create_key
from access.benchmark import fleet
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure, quantile
from access.benchmark.fleet import Stuck
from access.benchmark.load import ask, encode
from access.benchmark.scratch import empty, environment
from access.benchmark.town import Town
from access.management.commands.run import accepts, find_port, gunicorn
from access.models import AccessCode, CodeAttempt, Event
from access.processes import Child
from locks.models import Device
from properties.models import Unit

SIZES: Final = (1_000, 100_000)
CONCURRENCY: Final = 4
TIMES: Final = 170
ROUNDS: Final = 3
WARM: Final = 20
KEYS: Final = 10
PAGES: Final = 10
BOUND_MS: Final = 25.0
MOST_GROWTH: Final = 1.5
BOUNDED: Final = frozenset({"create", "get"})
STEADY: Final = frozenset({"get", "list", "list_by_ids", "events", "rest_events", "rest_codes"})
LISTED: Final = 100
PER_DEVICE: Final = 20
HOST: Final = "127.0.0.1"
ALL_CODES: Final = f"/api/v1/access-codes/?limit={LISTED}"
# In the order in which they are asked: a code is polled after it was seen for the first time.
TITLES: Final[Mapping[str, str]] = {
    "first_get": "Seam access_codes/get, the first look at each code, which is written down",
    "get": "Seam access_codes/get, codes that were seen before",
    "create": "Seam access_codes/create",
    "list": "Seam access_codes/list, 100 codes of 5 locks",
    "list_by_ids": "Seam access_codes/list, 100 codes by id",
    "events": "Seam events/list, 100 events",
    "rest_put": "REST PUT reservation, new and changed by turns",
    "rest_codes": "REST GET access codes, pages of 100 of the whole workspace",
    "rest_events": "REST GET events, 100 events",
}
Request = list[Any]


@dataclass(frozen=True, slots=True)
class Round:
    """What the requests of one kind took, in milliseconds, together and by the web server's CPU and the load's."""

    took: Sequence[float] = field(repr=False)
    seconds: float
    cpu: float
    load_cpu: float

    def at(self, part: float) -> float:
        return quantile(self.took, part)


def measure(
    bench: Bench, *, sizes: Sequence[int] = SIZES, times: int = TIMES, rounds: int = ROUNDS
) -> list[Figure]:
    port = find_port(0)
    web = Child("web server", gunicorn(HOST, port), environment(bench.url))
    found: dict[str, dict[int, Round]] = {name: {} for name in TITLES}
    with fleet.running([web], stop_seconds=settings.KEYTURN_STOP_SECONDS + 5):
        fleet.wait_until(lambda: accepts(HOST, port), what="the web server", of=[web])
        for size in sizes:
            bench.say(f"making {size:,} codes")
            asking = _Asking(_build(size), port)
            for name in TITLES:
                _ask(web, port, asking.requests(name, min(times, WARM)))
            tried: dict[str, list[Round]] = {name: [] for name in TITLES}
            for number in range(rounds):
                bench.say(f"round {number + 1} of {rounds}, among {size:,}")
                for name in TITLES:
                    tried[name].append(_ask(web, port, asking.requests(name, times)))
            for name in TITLES:
                found[name][size] = _together(tried[name])
    return [figure for name, by_size in found.items() for figure in _figures(name, by_size)]


def _together(rounds: Sequence[Round]) -> Round:
    return Round(
        [one for round_ in rounds for one in round_.took],
        *(sum(getattr(one, name) for one in rounds) for name in ("seconds", "cpu", "load_cpu")),
    )


def _build(size: int) -> list[str]:
    """A town of this size and nothing else; return keys to it."""
    empty()
    town = Town(timezone.now())
    town.grow_to(size)
    return [create_key(town.seeds.workspace, name=f"Key {number}")[1] for number in range(KEYS)]


def _figures(name: str, by_size: Mapping[int, Round]) -> Iterator[Figure]:
    for size, one in by_size.items():
        count = len(one.took)
        details = {
            "requests_a_second": round(count / one.seconds, 1),
            "p50_ms": round(one.at(0.5), 1),
            "p95_ms": round(one.at(0.95), 1),
            "p99_ms": round(one.at(0.99), 1),
            "web_cpu_ms": round(one.cpu * 1000 / count, 2),
            "load_cpu_ms": round(one.load_cpu * 1000 / count, 2),
            "requests": count,
        }
        title = f"{TITLES[name]}, among {size:,} codes, p95"
        bound = BOUND_MS if name in BOUNDED else None
        yield Figure(f"api_{name}_{size}", title, "ms", one.at(0.95), bound, details=details)
    first, last = by_size[min(by_size)], by_size[max(by_size)]
    title = f"{TITLES[name]}: p50 in the largest against the smallest"
    bound = MOST_GROWTH if name in STEADY else None
    yield Figure(f"api_{name}_growth", title, "times", last.at(0.5) / first.at(0.5), bound)


def _ask(web: Child, port: int, requests: Sequence[Request]) -> Round:
    plan = json.dumps({"port": port, "concurrency": CONCURRENCY, "requests": requests})
    before = fleet.cpu_seconds([web])
    command = [sys.executable, "-m", "access.benchmark.load"]
    run = subprocess.run(
        command, input=plan, capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )
    cpu = fleet.cpu_seconds([web]) - before
    # A lock takes so many changes a minute from programs; these are not from this minute any more.
    CodeAttempt.objects.filter(created_at__gt=timezone.now() - dt.timedelta(minutes=5)).update(
        created_at=timezone.now() - dt.timedelta(hours=1)
    )
    told = json.loads(run.stdout)
    if told["first_bad"]:
        raise Stuck(f"A request was answered {told['statuses']}: {told['first_bad']}")
    took = [seconds * 1000 for seconds in told["took"]]
    return Round(took, told["seconds"], cpu, told["cpu_seconds"])


class _Asking:
    """Requests of each kind, as bodies; the same number of codes and locks at each size, spread over all of them."""

    def __init__(self, secrets: Sequence[str], port: int) -> None:
        # The booking API's rate is for each key.
        self.secret, self.others = secrets[0], itertools.cycle(secrets[1:])
        self.numbers = {name: itertools.count() for name in TITLES}
        self.seen = 0
        self.devices = _spread(Device, 5_000)
        self.codes = _spread(AccessCode, 1_000)
        self.units = _spread(Unit, 5_000)
        events = Event.objects.count()
        self.cursor = events // 2
        self.since = (timezone.now() - dt.timedelta(seconds=min(events, 7_776_000) // 2)).isoformat()
        self.named = self.codes[:LISTED]
        self.start = timezone.now() + dt.timedelta(days=1)
        self.pages = _walk(port, ALL_CODES, secrets[-1])

    def requests(self, name: str, times: int) -> list[Request]:
        make = getattr(self, f"_{name}")
        return [
            [method, path, next(self.others) if name.startswith("rest_") else self.secret, body]
            for method, path, body in (make(next(self.numbers[name])) for _ in range(times))
        ]

    def _first_get(self, number: int) -> Request:
        self.seen = min(number + 1, len(self.codes))
        return ["POST", "/seam/access_codes/get", {"access_code_id": self.codes[number % len(self.codes)]}]

    def _get(self, number: int) -> Request:
        return ["POST", "/seam/access_codes/get", {"access_code_id": self.codes[number % self.seen]}]

    def _create(self, number: int) -> Request:
        body = {
            "device_id": self.devices[number % len(self.devices)],
            "name": f"Guest {number}",
            "starts_at": self.start.isoformat(),
            "ends_at": (self.start + dt.timedelta(days=3)).isoformat(),
        }
        return ["POST", "/seam/access_codes/create", body]

    def _list(self, number: int) -> Request:
        """Other locks each time."""
        most = LISTED // PER_DEVICE
        start = number * most % max(1, len(self.devices) - most)
        return [
            "POST",
            "/seam/access_codes/list",
            {"device_ids": self.devices[start : start + most], "limit": LISTED},
        ]

    def _rest_codes(self, number: int) -> Request:
        return ["GET", self.pages[number % len(self.pages)], None]

    def _list_by_ids(self, number: int) -> Request:
        return ["POST", "/seam/access_codes/list", {"access_code_ids": self.named}]

    def _events(self, number: int) -> Request:
        return ["POST", "/seam/events/list", {"since": self.since, "limit": LISTED}]

    def _rest_events(self, number: int) -> Request:
        return ["GET", f"/api/v1/events/?cursor={self.cursor}&limit={LISTED}", None]

    def _rest_put(self, number: int) -> Request:
        """The same reservation twice, one night longer the second time."""
        which, is_change = number // 2, number % 2
        arrival = dt.date(2030, 1, 1) + dt.timedelta(days=7 * (which // len(self.units)))
        body = {
            "unit": self.units[which % len(self.units)],
            "arrival_date": arrival.isoformat(),
            "departure_date": (arrival + dt.timedelta(days=3 + is_change)).isoformat(),
            "guest": {"first_name": "Imogen", "last_name": "Varga"},
        }
        return ["PUT", f"/api/v1/reservations/town-pms/R-{which}-{id(self)}", body]


def _walk(port: int, address: str, secret: str) -> list[str]:
    """The addresses of the first pages of a list, as a client gets from one to the next."""
    pages: list[str] = []
    while address and len(pages) < PAGES:
        pages.append(address)
        status, body = asyncio.run(_fetch(port, ["GET", address, secret, None]))
        if status != HTTPStatus.OK:
            raise Stuck(f"A list was answered {status}: {body[:300]!r}")
        following = urlsplit(json.loads(body)["next"] or "")
        address = f"{following.path}?{following.query}" if following.path else ""
    return pages


async def _fetch(port: int, request: Request) -> tuple[int, bytes]:
    connection = await asyncio.open_connection(HOST, port)
    try:
        return await ask(connection, encode(*request))
    finally:
        connection[1].close()


def _spread(model: type[Any], count: int) -> list[str]:
    found = list(model.objects.order_by("pk").values_list("public_id", flat=True))
    return [str(one) for one in found[:: max(1, len(found) // count)][:count]]
