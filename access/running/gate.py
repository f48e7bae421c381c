"""How many calls an account takes at a time, and whose turn it is when there are more.

A place is held for one call only, so that while one device's rows are being written, another's lock is spoken to. A
free place goes to the device that has made the fewest calls in this turn: all get on side by side, and none is left
over for the end whose calls can only come one after the other.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    def __init__(self, places: int) -> None:
        self._free = places
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def place(self, calls_made: int) -> AsyncIterator[None]:
        await self._enter(calls_made)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, calls_made: int) -> None:
        if self._free:
            self._free -= 1
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (calls_made, next(self._numbers), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave()  # it was our turn just when we were told to stop
            raise

    def _leave(self) -> None:
        while self._waiting:
            _, _, called = heapq.heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self._free += 1
