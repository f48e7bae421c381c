"""One device, made to agree: observe, plan, apply, confirm, record, until nothing is left to do.

Each round looks at the lock anew, so what a command did is never assumed but read. A device belongs to one such
coroutine at a time, under its account's lease.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable

from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.utils import timezone

from access.backups import is_unsettled, tend_pool
from access.declaring import swap_pin_after_clash
from access.pins import pin_key_of
from access.planning import Step, plan
from access.running.calling import Clock, bounded
from access.running.commanding import DEAF, Answer, Command, Intent, give_other_pin
from access.running.leases import Lease
from access.running.ledger import Ledger
from access.running.loading import Work
from access.running.looking import Look
from access.running.syncing import sync_account
from access.running.tending import tend
from locks.drivers.base import (
    Connection,
    Issued,
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
STALE = -1  # no device's declarations ever have this number: they are loaded anew


async def reconcile_device(
    lease: Lease,
    device_id: int,
    connection: Connection,
    *,
    ledger: Ledger | None = None,
    clock: Clock = timezone.now,
) -> None:
    """Raise LeaseLost where the account was taken over meanwhile; the successor goes on from what is written."""
    try:
        await _take_turn(ledger or Ledger(), lease, device_id, connection, clock=clock)
    except DatabaseError as error:
        # Perhaps another device's rows spoiled a transaction that they shared. All is safe to begin again.
        logger.error("Device %s: %s; once more, alone", device_id, type(error).__name__)  # noqa: TRY400
        await _take_turn(Ledger(at_once=1), lease, device_id, connection, clock=clock)


async def _take_turn(
    ledger: Ledger, lease: Lease, device_id: int, connection: Connection, *, clock: Clock
) -> None:
    work = await ledger.load((lease, device_id))
    for round_number in range(1, MAX_ROUNDS + 1):
        if work is None:
            return
        if round_number == 1:
            await tend(lease, work, connection, clock=clock)
        observed = await _observe(connection, work)
        look = _look(work, observed, now=clock(), last=round_number == MAX_ROUNDS)
        clashing = await ledger.record(look)
        for code in clashing:
            await sync_to_async(swap_pin_after_clash)(code, now=look.now)
            work.seq = STALE
        if look.final:
            foreign = len(work.strangers)
            if is_unsettled(work.device, work.codes.values(), foreign=foreign, now=look.now):
                await sync_to_async(tend_pool)(work.device, now=look.now)
            return
        await _send(ledger, look, connection, clock=clock)
        if work.seq == STALE:
            work = await ledger.load((lease, device_id))


def _look(work: Work, observed: Observation, *, now: dt.datetime, last: bool) -> Look:
    declared = work.declared()
    decided = plan(
        declared,
        observed,
        work.capabilities,
        now=now,
        key_of=pin_key_of,
        strangers=work.strangers,
        budget=work.budget(now=now),
    )
    final = last or not decided.steps
    work.device.deadline_at = decided.deadline
    return Look(work, work.seq, declared, observed, decided, now, final)


async def _send(ledger: Ledger, look: Look, connection: Connection, *, clock: Clock) -> None:
    for step in look.decided.steps:
        if not look.work.lease.outlives_call():
            return  # still due: taken up again as soon as the lease is renewed, here or elsewhere
        if not await _apply(ledger, look, step, connection, clock=clock):
            return


async def _observe(connection: Connection, work: Work) -> Observation:
    if not work.capabilities.reads_codes:
        return Unreadable(UnreadableReason.NOT_SUPPORTED)
    answer = await bounded(connection.list_codes(work.device.external_id))
    if isinstance(answer, Exception):
        timed_out = isinstance(answer, TimeoutError)
        return Unreadable(UnreadableReason.TIMEOUT if timed_out else UnreadableReason.BAD_ANSWER)
    return answer


async def _apply(ledger: Ledger, look: Look, step: Step, connection: Connection, *, clock: Clock) -> bool:
    """Send one command; tell whether the device is worth another one now."""
    work = look.work
    planned_for = next(declared for declared in look.declared if declared.id == step.code_id)
    command = await ledger.begin(Intent(work, step, planned_for, clock()))
    if command is None:
        return True
    if not work.lease.outlives_call():
        return False  # writing it down took long: nothing was sent, and the next look will find that out
    device = work.device.external_id
    answer = await bounded(_call(connection, device, command))
    outcome = Unknown(type(answer).__name__) if isinstance(answer, Exception) else answer
    clashing = await ledger.settle(Answer(work, command, outcome, clock()))
    if clashing is not None and isinstance(outcome, Rejected):
        if outcome.reason is RejectReason.INVALID_PIN:
            # It takes other PINs than when its account was last asked; the next one should fit.
            await sync_account(work.lease, work.device, connection, clock=clock, at_once=True)
        await sync_to_async(give_other_pin)(work.lease, clashing, outcome.reason.value, now=clock())
        work.seq = STALE
    return not (
        isinstance(outcome, Rejected) and outcome.reason in DEAF | {RejectReason.ACCOUNT_DISCONNECTED}
    )


def _call(connection: Connection, device: str, command: Command) -> Awaitable[Outcome | Issued]:
    if command.request is not None:
        return connection.issue_offline_code(device, command.request)
    if command.put is not None:
        return connection.put_code(device, command.put)
    return connection.remove_code(device, command.step.ref)
