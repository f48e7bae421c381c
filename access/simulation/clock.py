"""A clock that jumps: an event loop whose time passes only while nobody has anything to do.

Inside `virtual_time` the application's own clock is the loop's, its database work runs in line (one thread, so that
the order of everything is the same each time), and its dice come from the seed. Only a process that simulates, or a
test, enters it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import selectors
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from asgiref.sync import SyncToAsync
from django.utils import timezone

from properties.calendars import scheduling


class Deadlock(RuntimeError):
    """Nothing is scheduled and nothing is ready: the simulated world has come to a stop."""


class _JumpingSelector(selectors.DefaultSelector):
    """Waiting costs no time: the loop's clock moves on by as much as it would have waited."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready:
            if timeout is None:
                raise Deadlock
            self.passed += max(timeout, 0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed


class VirtualClock:
    """The time of the simulated world: its loop's, counted from `start`."""

    def __init__(self, start: dt.datetime, loop: asyncio.AbstractEventLoop) -> None:
        self.start = start
        self._loop = loop
        self._seconds, self._now = 0.0, start

    def __call__(self) -> dt.datetime:
        seconds = self._loop.time()
        if seconds != self._seconds:
            self._seconds = seconds
            self._now = self.start + dt.timedelta(microseconds=round(seconds * 1_000_000))
        return self._now

    async def sleep_until(self, moment: dt.datetime) -> None:
        seconds = (moment - self.start).total_seconds() - self._loop.time()
        if seconds > 0:
            await asyncio.sleep(seconds)


@contextmanager
def virtual_time(clock: Callable[[], dt.datetime], *, seed: str) -> Iterator[None]:
    """Let the application live by `clock`, in one thread, with dice that fall the same way each time."""

    async def in_line(self: SyncToAsync[..., Any], *args: object, **kwargs: Mapping[str, object]) -> object:
        with outside_loop():
            return self.func(*args, **kwargs)

    dice = random.Random(seed)  # noqa: S311  -- nothing here opens a real door
    before = random.getstate()
    random.seed(seed)
    swaps: tuple[tuple[object, str, object], ...] = (
        (timezone, "now", clock),
        (SyncToAsync, "__call__", in_line),
        (random, "SystemRandom", lambda: dice),
        (scheduling, "_dice", dice),
    )
    with ExitStack() as stack:
        for owner, name, value in swaps:
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)
        try:
            yield
        finally:
            random.setstate(before)


@contextmanager
def outside_loop() -> Iterator[None]:
    """Do database work as if no event loop were running: Django would refuse it, and every coroutine would get a
    connection of its own."""
    # Meant for who implements loops, as here.
    loop = asyncio._get_running_loop()  # noqa: SLF001  -- there is no other way to hide the loop from Django
    asyncio._set_running_loop(None)  # noqa: SLF001  -- as above
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)  # noqa: SLF001  -- as above
