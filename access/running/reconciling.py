"""One device, made to agree: observe, plan, apply, confirm, record, until nothing is left to do.

Each round looks at the lock anew, so what a command did is never assumed but read. A device belongs to one such
coroutine at a time, under its account's lease.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.utils import timezone

from access.declaring import swap_pin_after_clash
from access.planning import READ_EVERY, Step, plan
from access.running import commanding, health, looking
from access.running.leases import CALL_SECONDS, Lease
from access.running.loading import Work, load_work
from locks.drivers.base import (
    Connection,
    DeviceStatus,
    Observation,
    Outcome,
    Rejected,
    RejectReason,
    Unknown,
    Unreadable,
    UnreadableReason,
)

logger = logging.getLogger(__name__)

MAX_ROUNDS = 4
Clock = Callable[[], dt.datetime]
T = TypeVar("T")


async def reconcile_device(
    lease: Lease, device_id: int, connection: Connection, *, clock: Clock = timezone.now
) -> None:
    """Raise LeaseLost where the account was taken over meanwhile; the successor goes on from what is written."""
    for round_number in range(1, MAX_ROUNDS + 1):
        work = await sync_to_async(load_work)(lease, device_id, now=clock())
        if work is None:
            return
        if round_number == 1:
            await _refresh_status(lease, work, connection, clock=clock)
        observed = await _observe(connection, work)
        now = clock()
        decided = plan(
            work.declared,
            observed,
            work.capabilities,
            now=now,
            strangers=work.strangers,
            budget=work.budget,
            budget_until=work.budget_until,
        )
        final = not decided.steps or round_number == MAX_ROUNDS
        clashing = await sync_to_async(looking.record_look)(
            lease, work, observed, decided, now=now, final=final
        )
        for code in clashing:
            await sync_to_async(swap_pin_after_clash)(code, now=now)
        if final:
            return
        for step in decided.steps:
            if not lease.outlives_call():
                return  # still due: taken up again as soon as the lease is renewed, here or elsewhere
            if not await _apply(lease, work, step, connection, clock=clock):
                break


async def _refresh_status(lease: Lease, work: Work, connection: Connection, *, clock: Clock) -> None:
    seen = work.device.last_seen_at
    if seen is not None and clock() - seen < READ_EVERY:
        return
    status = await _bounded(connection.read_status(work.device.external_id))
    if isinstance(status, DeviceStatus):
        await sync_to_async(health.record_status)(lease, work.device, status, now=clock())


async def _observe(connection: Connection, work: Work) -> Observation:
    if not work.capabilities.reads_codes:
        return Unreadable(UnreadableReason.NOT_SUPPORTED)
    answer = await _bounded(connection.list_codes(work.device.external_id))
    if isinstance(answer, Exception):
        timed_out = isinstance(answer, TimeoutError)
        return Unreadable(UnreadableReason.TIMEOUT if timed_out else UnreadableReason.BAD_ANSWER)
    return answer


async def _bounded(call: Awaitable[T]) -> T | Exception:
    """Wait for a driver, no longer than a lease allows; its faults are answers like any other."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await call
    except TimeoutError as error:
        return error
    except Exception as error:  # noqa: BLE001  -- a driver's bug must not stop the other locks
        logger.error("Driver fault: %s", type(error).__name__)  # noqa: TRY400  -- a traceback could show a PIN
        return error


async def _apply(lease: Lease, work: Work, step: Step, connection: Connection, *, clock: Clock) -> bool:
    """Send one command; tell whether the device is worth another one now."""
    planned_for = work.declared_by_id(step.code_id)
    command = await sync_to_async(commanding.begin)(lease, step, planned_for, now=clock())
    if command is None:
        return True
    if not lease.outlives_call():
        return False  # writing it down took long: nothing was sent, and the next look will find that out
    device = work.device.external_id
    if command.put is not None:
        answer = await _bounded(connection.put_code(device, command.put))
    else:
        answer = await _bounded(connection.remove_code(device, step.ref))
    outcome: Outcome = Unknown(type(answer).__name__) if isinstance(answer, Exception) else answer
    clashing = await sync_to_async(commanding.settle)(lease, command, outcome, now=clock())
    if clashing is not None and isinstance(outcome, Rejected):
        await sync_to_async(commanding.give_other_pin)(lease, clashing, outcome.reason.value, now=clock())
    offline = (RejectReason.DEVICE_OFFLINE, RejectReason.ACCOUNT_DISCONNECTED)
    return not (isinstance(outcome, Rejected) and outcome.reason in offline)
