"""Web, two workers and a load of changes, with `kill -9` at random: the locks end up as declared (P1-P6)."""

from __future__ import annotations

import datetime as dt
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from access.benchmark.redis import has_redis, redis_server
from access.management.commands.run import accepts, find_port, gunicorn
from access.models import Heartbeat
from access.processes import manage
from access.running.runner import run_due
from access.tasks import revive_runners
from locks.models import Account
from tests.chaos.house import House, build_house
from tests.chaos.judging import complaints, keypad_complaints
from tests.chaos.load import Load
from tests.chaos.processes import Fleet

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds its processes through /proc"),
]

QUICK = {
    "KEYTURN_RUNNER_SECONDS": "5",
    "KEYTURN_BEAT_SECONDS": "0.5",
    "KEYTURN_LOCKS_SILENT_SECONDS": "8",
    "KEYTURN_SLOW_SILENT_SECONDS": "8",
    "KEYTURN_STOP_SECONDS": "1",
    "KEYTURN_API_RATE": "100000/min",
    "KEYTURN_LOG_LEVEL": "CRITICAL",
}
SEED = 20_270_301


@dataclass(frozen=True, slots=True)
class Size:
    flats: int
    guests: int
    seconds: float
    kill_every: float
    change_every: float
    workers: int
    call_seconds: float


SHORT = Size(flats=3, guests=5, seconds=4, kill_every=0.6, change_every=0.2, workers=1, call_seconds=0.1)
MINUTE = Size(flats=12, guests=30, seconds=60, kill_every=1.2, change_every=0.5, workers=2, call_seconds=0.3)


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Where the queue of tasks is: the database, or a Redis server."""
    if getattr(request, "param", "database") == "database":
        yield {}
        return
    if not has_redis():
        sentence = "no redis-server found: install it"
        if os.environ.get("KEYTURN_REQUIRE_REDIS") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with redis_server() as place:
        yield place


@pytest.fixture
def started(broker: dict[str, str]) -> Iterator[Callable[[Size], tuple[House, Load, Fleet]]]:
    fleets: list[Fleet] = []

    def start(size: Size) -> tuple[House, Load, Fleet]:
        house = build_house(flats=size.flats, call_seconds=size.call_seconds)
        port = find_port(0)
        commands = {"web": gunicorn("127.0.0.1", port)}
        commands |= {f"worker {number}": manage("worker") for number in range(size.workers)}
        fleet = Fleet(commands, {**QUICK, **_database(), **broker})
        fleets.append(fleet)
        fleet.keep()
        _wait_until(lambda: accepts("127.0.0.1", port), seconds=20)
        units = [str(unit.public_id) for unit in house.units]
        load = Load(port, house.secret, units, random.Random(SEED), size.change_every, size.guests)
        load.fill()
        _wait_until(lambda: Heartbeat.objects.filter(name="locks").exists(), seconds=20)
        return house, load, fleet

    yield start
    for fleet in fleets:
        fleet.end()


def _database() -> dict[str, str]:
    now = connection.settings_dict
    account = f"{quote(now['USER'])}:{quote(now['PASSWORD'], safe='')}@{now['HOST']}:{now['PORT'] or 5432}"
    url = f"postgres://{account}/{now['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}


def _kill_for(size: Size, load: Load, fleet: Fleet) -> None:
    """The load runs and processes die; then the last request is answered by what was started again."""
    dice = random.Random(SEED)
    loading = threading.Thread(target=load.run)
    loading.start()
    try:
        until = time.monotonic() + size.seconds
        while time.monotonic() < until:
            time.sleep(size.kill_every * dice.uniform(0.5, 1.5))
            fleet.kill_one(dice)
            fleet.keep()
    finally:
        load.stopping.set()
        _wait_until(lambda: not loading.is_alive(), seconds=30, meanwhile=fleet.keep)
        loading.join()


@pytest.mark.timeout(90)
@pytest.mark.parametrize("broker", ["database", "redis"], indirect=True)
def test_killed_for_a_moment_the_next_runner_finishes(
    started: Callable[[Size], tuple[House, Load, Fleet]],
) -> None:
    house, load, fleet = started(SHORT)

    _kill_for(SHORT, load, fleet)
    fleet.end()
    _finish_here(house, load)

    assert fleet.killed
    assert len(load.declared) == SHORT.guests
    assert complaints(house, load) == []
    assert keypad_complaints(house, load) == []


def _finish_here(house: House, load: Load) -> None:
    """What a runner does once the leases of the dead are over. Each of its turns comes half a minute later than the
    one before, for the locks, too: of a command that nobody answered for, a lock is only believed when it has
    settled."""
    revive_runners()
    later = timezone.now()
    deadline = time.monotonic() + 20
    while wrong(house, load) and time.monotonic() < deadline:
        Account.objects.update(lease_until=None)
        with time_machine.travel(later):
            run_due()
        later += dt.timedelta(seconds=30)


def wrong(house: House, load: Load) -> list[str]:
    """What the rows say, and where they are right, what the keypads do: a code may yet be changed where it stands."""
    return complaints(house, load) or keypad_complaints(house, load)


@pytest.mark.chaos
@pytest.mark.timeout(400)
def test_killed_for_a_minute_the_system_finishes_by_itself(
    started: Callable[[Size], tuple[House, Load, Fleet]],
) -> None:
    house, load, fleet = started(MINUTE)

    _kill_for(MINUTE, load, fleet)
    _wait_until(lambda: not complaints(house, load), seconds=240, every=2.0, meanwhile=fleet.keep)

    print(
        f"\nkilled {fleet.killed}, {load.unanswered} requests without an answer, {len(load.declared)} bookings"
    )
    assert complaints(house, load) == []
    assert keypad_complaints(house, load) == []


def _wait_until(
    holds: Callable[[], bool],
    *,
    seconds: float,
    every: float = 0.1,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        meanwhile()
        time.sleep(every)
