from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from locks.drivers.virtual.logbook import busiest_minute, commands, writes
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import Mood, set_mood
from tests.factories import make_virtual_lock
from tests.locks.drivers.contract import Bench
from tests.locks.drivers.virtual.test_driver import bench_of

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def lock() -> VirtualLock:
    return make_virtual_lock("yale")


@pytest.fixture
def bench(lock: VirtualLock) -> Bench:
    return bench_of(lock)


def test_log_counts_writes_even_when_they_fail(lock: VirtualLock, bench: Bench) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        bench.applied(bench.code(1))
        set_mood(lock, Mood.OFFLINE)
        for _ in range(3):
            bench.put(bench.code(2))
            clock.shift(19)
        clock.shift(60)
        bench.remove("1")
        bench.observe()

    assert writes(lock) == 5
    assert commands(lock) == 6
    assert writes(lock, since=NOW + dt.timedelta(minutes=1)) == 1
    assert busiest_minute(lock) == 4
