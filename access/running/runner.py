"""The loop of one runner: lease accounts that have something due, run their devices side by side, hand them back.

A runner lives for a bounded time inside a django-q task and is followed by the next. All database work goes through
one thread (asgiref's thread-sensitive one); the event loop only waits for locks. An idle turn costs one indexed
query. An account's devices run in parallel up to what the account allows, each device strictly in turn.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
import uuid
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from asgiref.sync import async_to_sync, sync_to_async
from django.db.models import Q
from django.utils import timezone

from access import beats
from access.running import leases
from access.running.leases import Lease, LeaseLost
from access.running.looking import set_connected
from access.running.reconciling import Clock, reconcile_device
from locks.drivers.base import Connection
from locks.drivers.registry import get_driver
from locks.models import Account, Device

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
BUSY_POLL_SECONDS = 0.1
DRAIN_SECONDS = 15.0
TAKE_AT_ONCE = 10
DUE_LIMIT = 500
POISON_PAUSE = dt.timedelta(minutes=1)


@dataclass(slots=True)
class _Held:
    """An account that this runner holds, with its open connection and the devices being worked on."""

    lease: Lease
    connection: Connection
    max_parallel: int
    stack: AsyncExitStack
    renewed_at: float
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)


@dataclass(slots=True)
class Runner:
    """`seconds` None: stop as soon as nothing is due (tests, `manage.py reconcile`)."""

    name: str
    seconds: float | None
    clock: Clock = timezone.now
    owner: str = ""
    held: dict[int, _Held] = field(default_factory=dict)

    async def run(self) -> None:
        self.owner = f"{self.name}-{uuid.uuid4().hex[:8]}"
        stop_at = None if self.seconds is None else time.monotonic() + self.seconds
        try:
            while await self._turn(stop_at):
                await self._pause()
        finally:
            await self._hand_back()

    async def _turn(self, stop_at: float | None) -> bool:
        """Do what can be done now; tell whether to go on."""
        await self._beat()
        await self._reap()
        await self._renew()
        if stop_at is not None and time.monotonic() >= stop_at:
            return bool(self._running()) and time.monotonic() < stop_at + DRAIN_SECONDS
        due = await sync_to_async(_due)(self.owner, self.clock())
        await self._take_up({account_id for _, account_id, owner in due if owner != self.owner})
        for device_id, account_id, _ in due:
            self._start(device_id, account_id)
        await self._let_go(except_for={account_id for _, account_id, _ in due})
        return stop_at is not None or bool(self._running())

    async def _beat(self) -> None:
        if self.seconds is not None:
            await sync_to_async(beats.beat)("locks")

    def _running(self) -> list[asyncio.Task[None]]:
        return [task for held in self.held.values() for task in held.tasks.values()]

    async def _pause(self) -> None:
        running = self._running()
        if not running:
            await asyncio.sleep(POLL_SECONDS if self.seconds is not None else 0)
            return
        await asyncio.wait(running, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self.seconds is not None:
            await asyncio.sleep(BUSY_POLL_SECONDS)

    async def _take_up(self, account_ids: set[int]) -> None:
        wanted = sorted(account_ids - self.held.keys())[:TAKE_AT_ONCE]
        if not wanted:
            return
        for lease, account in await sync_to_async(_claim)(wanted, self.owner):
            stack = AsyncExitStack()
            try:
                async with asyncio.timeout(leases.CALL_SECONDS):
                    driver = get_driver(account.driver)
                    connection = await stack.enter_async_context(driver.connect(account.credentials))
            except Exception as error:  # noqa: BLE001  -- one account's login must not stop the others
                logger.error("Account %s can't be opened: %s", account.pk, type(error).__name__)  # noqa: TRY400
                await sync_to_async(_note_closed)(lease, self.clock())
                continue
            self.held[account.pk] = _Held(lease, connection, account.max_parallel, stack, time.monotonic())

    def _start(self, device_id: int, account_id: int) -> None:
        held = self.held.get(account_id)
        if held is None or device_id in held.tasks or len(held.tasks) >= held.max_parallel:
            return
        work = reconcile_device(held.lease, device_id, held.connection, clock=self.clock)
        held.tasks[device_id] = asyncio.create_task(work)

    async def _reap(self) -> None:
        for account_id, held in list(self.held.items()):
            for device_id, task in [pair for pair in held.tasks.items() if pair[1].done()]:
                del held.tasks[device_id]
                await self._judge(account_id, device_id, task.exception())

    async def _judge(self, account_id: int, device_id: int, error: BaseException | None) -> None:
        if error is None:
            return
        if isinstance(error, LeaseLost):
            await self._drop(account_id)
            return
        # Push the device ahead first, so that a row we can't handle does not keep the loop busy.
        logger.error("Device %s: %s; looking again in a minute", device_id, type(error).__name__)
        await sync_to_async(_push_ahead)(device_id, self.clock() + POISON_PAUSE)
        if self.seconds is None:
            raise error

    async def _renew(self) -> None:
        for account_id, held in list(self.held.items()):
            if time.monotonic() - held.renewed_at < leases.RENEW_SECONDS:
                continue
            try:
                await sync_to_async(leases.renew)(held.lease)
                held.renewed_at = time.monotonic()
            except LeaseLost:
                await self._drop(account_id)

    async def _let_go(self, *, except_for: set[int]) -> None:
        for account_id, held in list(self.held.items()):
            if not held.tasks and account_id not in except_for:
                await self._drop(account_id)

    async def _drop(self, account_id: int) -> None:
        held = self.held.pop(account_id, None)
        if held is None:
            return
        for task in held.tasks.values():
            task.cancel()
        await asyncio.gather(*held.tasks.values(), return_exceptions=True)
        await held.stack.aclose()
        await sync_to_async(leases.release)(held.lease)

    async def _hand_back(self) -> None:
        for account_id in list(self.held):
            await self._drop(account_id)


def _due(owner: str, now: dt.datetime) -> list[tuple[int, int, str]]:
    """Return (device, account, lease owner) of what is due and either ours or free, longest due first."""
    free = Q(account__lease_until=None) | Q(account__lease_until__lt=leases.CLOCK)
    mine = Q(account__lease_owner=owner)
    rows = Device.objects.filter(free | mine, wake_at__lte=now).order_by("wake_at")
    return list(rows.values_list("pk", "account_id", "account__lease_owner")[:DUE_LIMIT])


def _claim(account_ids: Iterable[int], owner: str) -> list[tuple[Lease, Account]]:
    claimed = leases.claim(list(account_ids), owner=owner)
    accounts = Account.objects.in_bulk([lease.account_id for lease in claimed])
    return [(lease, accounts[lease.account_id]) for lease in claimed]


def _note_closed(lease: Lease, now: dt.datetime) -> None:
    """Say, once, that the account cannot be opened, and leave its devices alone for a minute."""
    with leases.fenced(lease):
        set_connected(Account.objects.get(pk=lease.account_id), connected=False, now=now)
        Device.objects.filter(account=lease.account_id, wake_at__lte=now).update(wake_at=now + POISON_PAUSE)
    leases.release(lease)


def _push_ahead(device_id: int, until: dt.datetime) -> None:
    Device.objects.filter(pk=device_id, wake_at__lt=until).update(wake_at=until)


def run_for(seconds: float, *, name: str = "runner") -> None:
    async_to_sync(Runner(name, seconds).run)()


def run_due(*, clock: Clock = timezone.now) -> None:
    """Run until nothing is due at the clock's time; faults are raised, not put off."""
    async_to_sync(Runner("due", None, clock).run)()
