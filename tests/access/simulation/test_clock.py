"""The clock jumps, the application lives by it, and everything is put back."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from access.simulation.clock import Deadlock, VirtualClock, VirtualLoop, virtual_time

START = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)


def test_days_pass_in_no_time_and_in_order() -> None:
    loop = VirtualLoop()
    clock = VirtualClock(START, loop)
    seen: list[tuple[str, dt.datetime]] = []

    async def sleeper(name: str, hours: float) -> None:
        await asyncio.sleep(hours * 3600)
        seen.append((name, timezone.now()))

    async def both() -> None:
        await asyncio.gather(sleeper("late", 90 * 24), sleeper("soon", 0.5))

    begun = time.monotonic()
    with virtual_time(clock, seed="1"):
        loop.run_until_complete(both())
    loop.close()
    assert time.monotonic() - begun < 5
    assert seen == [
        ("soon", START + dt.timedelta(minutes=30)),
        ("late", START + dt.timedelta(days=90)),
    ]
    assert abs(timezone.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_time_out_comes_in_virtual_time() -> None:
    loop = VirtualLoop()

    async def wait() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.sleep(600)
        return loop.time()

    assert loop.run_until_complete(wait()) == pytest.approx(10)
    loop.close()


def test_work_for_a_thread_is_done_in_line() -> None:
    loop = VirtualLoop()
    clock = VirtualClock(START, loop)
    with virtual_time(clock, seed="1"):
        assert loop.run_until_complete(sync_to_async(lambda: "done")()) == "done"
    loop.close()


def test_world_that_stands_still_is_an_error() -> None:
    loop = VirtualLoop()
    with pytest.raises(Deadlock):
        loop.run_until_complete(loop.create_future())
    loop.close()
