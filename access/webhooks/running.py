"""The loop that delivers: looks for what there is to tell, keeps a lane for each endpoint, writes results together.

Where there is nothing to tell it sleeps until events are written (`ringing`) or something is to be tried again.

It lives for a bounded time inside a django-q task (access.tasks) and is followed by the next. All database work goes
through one thread; the event loop only waits for receivers. At the end of its life, lanes of slow receivers begin
nothing more while the others go on, so that nobody waits for the last answer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import logging
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.utils import timezone

from access.alarm import Alarm, alarm_set
from access.webhooks.announcing import announce_events
from access.webhooks.lane import Clock, Lane, Target
from access.webhooks.loading import due_retries, live_endpoints, look_ahead, targets_waiting
from access.webhooks.recording import Report, write_down
from access.webhooks.ringing import CHANNEL
from access.webhooks.sending import TIMEOUT_SECONDS, Sender, sender_ready
from access.webhooks.shelf import Batch, Shelf

logger = logging.getLogger(__name__)

IDLE_SECONDS: Final = 1.0
LONGEST_IDLE: Final = dt.timedelta(seconds=5)
BUSY_SECONDS: Final = 0.2
WRITE_EVERY: Final = 0.25
DRAIN_SECONDS: Final = TIMEOUT_SECONDS + 2
# A lane that broke off by a fault of ours is not begun again at once.
FAULT_PAUSE: Final = 60.0
RARELY: Final = (20_000, 20, 20)


@dataclass(slots=True)
class _Running:
    lane: Lane
    task: asyncio.Task[None]
    written: tuple[int, object] | None = None

    def is_done_with(self) -> bool:
        """All that it did stands in the database."""
        lane = self.lane
        return not lane.has_unwritten and self.written == (lane.progress.cursor, lane.health)


@dataclass(slots=True)
class Deliverer:
    """`seconds` None: stop as soon as nothing is to be told or tried again by now."""

    sender: Sender
    seconds: float | None
    clock: Clock = timezone.now
    shelf: Shelf = field(default_factory=Shelf)
    lanes: dict[int, _Running] = field(default_factory=dict)
    resting: dict[int, float] = field(default_factory=dict)
    nothing_before: dt.datetime | None = None
    ending: bool = False

    async def run(self) -> None:
        stop_at = None if self.seconds is None else time.monotonic() + self.seconds
        async with AsyncExitStack() as stack:
            alarm = None
            if stop_at is not None:
                alarm = await stack.enter_async_context(
                    alarm_set(CHANNEL, longest=LONGEST_IDLE.total_seconds())
                )
            writer = asyncio.create_task(self._keep_writing())
            try:
                while await self._turn(stop_at):
                    if writer.done():
                        break  # it broke off by a fault, which is raised below
                    await self._pause(alarm, stop_at)
            finally:
                self.ending = True
                for running in self.lanes.values():
                    running.lane.abandon()
                    running.task.cancel()
                await asyncio.gather(*(one.task for one in self.lanes.values()), return_exceptions=True)
                await writer

    async def _turn(self, stop_at: float | None) -> bool:
        """Do what can be done now; tell whether to go on."""
        self._drop_finished()
        now = time.monotonic()
        if stop_at is not None and now >= stop_at:
            return self._drain() and now < stop_at + DRAIN_SECONDS
        found = await sync_to_async(self._look)()
        if found is None:
            return stop_at is not None or bool(self.lanes)
        targets, live = found
        for endpoint_id, running in self.lanes.items():
            if (endpoint_id, running.lane.target.version) not in live:
                running.lane.stop()
        await self._begin(targets)
        return True

    def _look(self) -> tuple[list[Target], set[tuple[int, int]]] | None:
        now = self.clock()
        outlook = look_ahead(now)
        self.nothing_before = None if outlook.anything else outlook.next_at or now + LONGEST_IDLE
        if not outlook.anything:
            return None if not self.lanes else ([], live_endpoints())
        announce_events()
        rested = time.monotonic()
        resting = {key for key, until in self.resting.items() if until > rested}
        targets = targets_waiting(self.clock(), besides={*self.lanes, *resting})
        return targets, live_endpoints() if self.lanes else set()

    async def _begin(self, targets: list[Target]) -> None:
        if not targets:
            return
        ids = [target.endpoint_id for target in targets]
        due = await sync_to_async(due_retries)(ids, now=self.clock())
        for target in targets:
            lane = Lane(target, self.sender, self._load, clock=self.clock)
            lane.retries.extend(due.get(target.endpoint_id, ()))
            self.lanes[target.endpoint_id] = _Running(lane, asyncio.create_task(lane.run()))

    async def _load(self, workspace_id: int, place: int) -> Batch | None:
        return await sync_to_async(self.shelf.after)(workspace_id, place)

    def _drop_finished(self) -> None:
        """A lane is made anew from its row, so only once all that it did stands there."""
        for endpoint_id, running in list(self.lanes.items()):
            if not running.task.done():
                continue
            fault = None if running.task.cancelled() else running.task.exception()
            if fault is not None:
                logger.error("the lane of endpoint %s broke off", endpoint_id, exc_info=fault)
                self.resting[endpoint_id] = time.monotonic() + FAULT_PAUSE
            if fault is not None or running.is_done_with():
                del self.lanes[endpoint_id]

    def _drain(self) -> bool:
        """Tell whether to wait for somebody. The quick ones go on until the slow ones are done."""
        lanes = [running.lane for running in self.lanes.values() if not running.task.done()]
        for lane in lanes:
            lane.draining = True
        if not any(lane.is_held_up for lane in lanes):
            for lane in lanes:
                lane.stop()
        return bool(self.lanes)

    async def _pause(self, alarm: Alarm | None, stop_at: float | None) -> None:
        if self.lanes:
            await asyncio.sleep(BUSY_SECONDS)
        elif alarm is not None and stop_at is not None:
            # However often it rings: who has nobody to tell looks no more than once a second.
            await asyncio.sleep(max(0.0, min(IDLE_SECONDS, stop_at - time.monotonic())))
            if alarm.works and self.nothing_before is not None:
                quiet = (self.nothing_before - self.clock()).total_seconds()
                await alarm.sleep(min(quiet, stop_at - time.monotonic()))

    async def _keep_writing(self) -> None:
        while not self.ending:
            await self._write()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(WRITE_EVERY)
        await self._write()

    async def _write(self) -> None:
        """What cannot be written now is lost with this runner, and then sent again by the next: at least once."""
        reports, reached = [], []
        for endpoint_id, running in self.lanes.items():
            lane = running.lane
            position, first, retried = lane.take()
            state = (position, lane.health)
            if first or retried or state != (running.written or (lane.target.position, lane.target.health)):
                reports.append(
                    Report(endpoint_id, lane.target.version, position, lane.health, first, retried)
                )
            reached.append((running, state))
        if reports:
            await sync_to_async(write_down)(reports, now=self.clock())
        for running, state in reached:
            running.written = state


def deliver_for(seconds: float | None) -> None:
    """Deliver for so long, and a little longer where an answer is waited for."""
    with _rare_collections():
        async_to_sync(_deliver)(seconds)


def deliver_now() -> None:
    """Deliver what there is to tell and what is due again by now, and come back: for tests and for the demo."""
    async_to_sync(_deliver)(None)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Thousands of results live at a time, and none in a circle: looking for such, as often as is usual and through all
    that Django loaded, took a third of the time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def _deliver(seconds: float | None) -> None:
    async with sender_ready(allow_private=settings.KEYTURN_WEBHOOKS_ALLOW_PRIVATE) as sender:
        await Deliverer(sender, seconds).run()
