"""The loop of one runner: lease accounts that have something due, run their devices side by side, hand them back.

A runner lives for a bounded time inside a django-q task and is followed by the next. All database work goes through
one thread (asgiref's thread-sensitive one); the event loop only waits for locks. An idle runner sleeps until the next
device is due or one is woken (`alarm`). An account's devices run side by side, as many calls at a time as the account
(`gate`) and each gateway allow, each device strictly in turn.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
import uuid
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from access import beats
from access.alarm import Alarm, alarm_set
from access.running import health, leases
from access.running.calling import TURN, Clock, NotNow, Turn
from access.running.finding import Due, find_due, seconds_until_due
from access.running.gate import Gate
from access.running.keeping import keep_leases
from access.running.leases import Lease, LeaseLost
from access.running.ledger import Ledger
from access.running.reconciling import reconcile_device
from locks.drivers.base import Connection
from locks.drivers.registry import get_driver
from locks.models import Account
from locks.waking import CHANNEL

logger = logging.getLogger(__name__)

# What becomes due meanwhile must not wait for a slow lock.
BUSY_LOOK_SECONDS = 1.0
BUSY_POLL_SECONDS = 0.1
DRAIN_SECONDS = 15.0
TAKE_AT_ONCE = 10
# For each call that an account takes at a time, so many devices are at work: there is always one whose turn it is.
AT_WORK = 3
CLOSE_SECONDS = 2.0
LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)
POISON_PAUSE = dt.timedelta(minutes=1)


@dataclass(slots=True)
class _Held:
    """An account that this runner holds, the connection that is being opened or open, and the devices at work."""

    lease: Lease
    max_parallel: int
    stack: AsyncExitStack
    opening: asyncio.Task[Connection]
    gate: Gate
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    gateways: dict[int, str] = field(default_factory=dict)

    @property
    def connection(self) -> Connection | None:
        ready = self.opening.done() and not self.opening.cancelled() and self.opening.exception() is None
        return self.opening.result() if ready else None

    def has_room_for(self, due: Due) -> bool:
        if due.device_id in self.tasks or len(self.tasks) >= AT_WORK * self.max_parallel:
            return False
        at_gateway = sum(gateway == due.gateway for gateway in self.gateways.values()) if due.gateway else 0
        return due.parallel_per_gateway is None or at_gateway < due.parallel_per_gateway


@dataclass(slots=True)
class Runner:
    """`seconds` None: stop as soon as nothing is due (`run_due`)."""

    name: str
    seconds: float | None
    clock: Clock = timezone.now
    owner: str = ""
    held: dict[int, _Held] = field(default_factory=dict)
    nothing_before: dt.datetime = LONG_AGO
    lost: set[int] = field(default_factory=set)
    ledger: Ledger = field(default_factory=Ledger)

    async def run(self) -> None:
        self.owner = f"{self.name}-{uuid.uuid4().hex[:8]}"
        stop_at = None if self.seconds is None else time.monotonic() + self.seconds
        async with AsyncExitStack() as stack:
            alarm = None if stop_at is None else await stack.enter_async_context(alarm_set(CHANNEL))
            keeper = asyncio.create_task(keep_leases(self._leases, lost=self.lost))
            try:
                while await self._turn(stop_at):
                    await self._pause(alarm, stop_at)
            finally:
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
                await self._hand_back()

    async def _turn(self, stop_at: float | None) -> bool:
        """Do what can be done now; tell whether to go on."""
        await self._beat()
        await self._reap()
        await self._drop_lost()
        if stop_at is not None and time.monotonic() >= stop_at:
            # What is finished goes to the successor at once, not only when the last device is.
            await self._let_go(except_for=set())
            return bool(self._running()) and time.monotonic() < stop_at + DRAIN_SECONDS
        due = await sync_to_async(find_due)(self.owner, self.clock()) if self._may_be_due() else []
        await self._take_up([item.account_id for item in due if not item.mine])
        for item in due:
            self._start(item)
        await self._let_go(except_for={item.account_id for item in due})
        return stop_at is not None or bool(self._running() or self.held)

    def _may_be_due(self) -> bool:
        """An idle runner looked ahead before it went to sleep; only what it saw then, or an alarm, is worth a look."""
        return bool(self.held) or self.clock() >= self.nothing_before

    async def _beat(self) -> None:
        if self.seconds is not None:
            await sync_to_async(beats.beat)("locks")

    def _leases(self) -> list[Lease]:
        return [held.lease for held in self.held.values()]

    def _opening(self) -> list[asyncio.Task[Connection]]:
        return [held.opening for held in self.held.values() if not held.opening.done()]

    def _running(self) -> list[asyncio.Task[None]]:
        return [task for held in self.held.values() for task in held.tasks.values()]

    async def _pause(self, alarm: Alarm | None, stop_at: float | None) -> None:
        running: list[asyncio.Task[Any]] = [*self._running(), *self._opening()]
        if running:
            await asyncio.wait(running, timeout=BUSY_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if alarm is not None and not self._opening():
                await asyncio.sleep(BUSY_POLL_SECONDS)
        elif alarm is not None and stop_at is not None:
            now = self.clock()
            until_due = await sync_to_async(seconds_until_due)(self.owner, now)
            self.nothing_before = now + dt.timedelta(seconds=until_due)
            if await alarm.sleep(min(until_due, stop_at - time.monotonic())):
                self.nothing_before = now

    async def _take_up(self, account_ids: Iterable[int]) -> None:
        """Half of what is free, so that the other runner finds the rest."""
        wanted = [pk for pk in dict.fromkeys(account_ids) if pk not in self.held]
        if not wanted:
            return
        share = len(wanted) if self.seconds is None else (len(wanted) + 1) // 2
        for lease, account in await sync_to_async(_claim)(wanted, self.owner, min(share, TAKE_AT_ONCE)):
            stack = AsyncExitStack()
            opening = asyncio.create_task(_open(stack, account))
            gate = Gate(account.max_parallel)
            self.held[account.pk] = _Held(lease, account.max_parallel, stack, opening, gate)

    def _start(self, due: Due) -> None:
        held = self.held.get(due.account_id)
        if held is None or held.connection is None or not held.has_room_for(due):
            return
        work = self._work_on(held, due.device_id, held.connection)
        held.tasks[due.device_id] = asyncio.create_task(work)
        held.gateways[due.device_id] = due.gateway

    async def _work_on(self, held: _Held, device_id: int, connection: Connection) -> None:
        TURN.set(Turn(held.lease, held.gate))
        await reconcile_device(held.lease, device_id, connection, ledger=self.ledger, clock=self.clock)

    async def _reap(self) -> None:
        for account_id, held in list(self.held.items()):
            if held.opening.done() and held.connection is None:
                await self._give_up(account_id, held)
                continue
            for device_id, task in [pair for pair in held.tasks.items() if pair[1].done()]:
                del held.tasks[device_id]
                held.gateways.pop(device_id, None)
                await self._judge(account_id, device_id, task.exception())

    async def _give_up(self, account_id: int, held: _Held) -> None:
        error = held.opening.exception()
        logger.error("Account %s can't be opened: %s", account_id, type(error).__name__)
        with suppress(LeaseLost):
            await sync_to_async(health.record_unreachable)(held.lease, now=self.clock())
        await self._drop(account_id)

    async def _judge(self, account_id: int, device_id: int, error: BaseException | None) -> None:
        if error is None or isinstance(error, NotNow):
            return
        if isinstance(error, LeaseLost):
            await self._drop(account_id)
            return
        # Push the device ahead first, so that a row we can't handle does not keep the loop busy.
        logger.error("Device %s: %s; looking again in a minute", device_id, type(error).__name__)
        now = self.clock()
        await sync_to_async(health.record_fault)(device_id, now=now, until=now + POISON_PAUSE)
        if self.seconds is None:
            raise error

    async def _drop_lost(self) -> None:
        while self.lost:
            await self._drop(self.lost.pop())

    async def _let_go(self, *, except_for: set[int]) -> None:
        for account_id, held in list(self.held.items()):
            if not held.tasks and account_id not in except_for:
                await self._drop(account_id)

    async def _drop(self, account_id: int) -> None:
        held = self.held.pop(account_id, None)
        if held is None:
            return
        tasks: list[asyncio.Task[Any]] = [*held.tasks.values(), held.opening]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await held.stack.aclose()
        except Exception as error:  # noqa: BLE001  -- a client that can't say goodbye is gone all the same
            logger.warning("Account %s was not closed cleanly: %s", account_id, type(error).__name__)
        await sync_to_async(leases.release)(held.lease)

    async def _hand_back(self) -> None:
        for account_id in list(self.held):
            await self._drop(account_id)


def _claim(account_ids: Iterable[int], owner: str, most: int) -> list[tuple[Lease, Account]]:
    claimed = leases.claim(list(account_ids), owner=owner, most=most)
    accounts = Account.objects.in_bulk([lease.account_id for lease in claimed])
    return [(lease, accounts[lease.account_id]) for lease in claimed]


async def _open(stack: AsyncExitStack, account: Account) -> Connection:
    async with asyncio.timeout(leases.CALL_SECONDS):
        return await stack.enter_async_context(get_driver(account.driver).connect(account.credentials))


def run_for(seconds: float, *, name: str = "runner") -> None:
    async_to_sync(Runner(name, seconds).run)()


def run_due(*, clock: Clock = timezone.now) -> None:
    """Run until nothing is due at the clock's time; faults are raised, not put off."""
    async_to_sync(Runner("due", None, clock).run)()
