"""What comes before the work on a device's codes: what was asked of it once, how it is, and what happened at its door.

Attempts first, for somebody waits at the door; then the account, the status and the log, each only now and then.
Called by access.running.reconciling at the beginning of a device's turn.
"""

from __future__ import annotations

import datetime as dt

from asgiref.sync import sync_to_async

from access.planning import READ_EVERY
from access.running import conditions
from access.running.attempting import run_attempts
from access.running.calling import Clock, bounded
from access.running.leases import Lease
from access.running.listening import read_log
from access.running.loading import Work
from access.running.syncing import confirm_missing, sync_account
from locks.drivers.base import Connection, DeviceStatus

# Rather late than with each command of a busy hour; a lock that calls us is heard at once.
LOG_EVERY = dt.timedelta(minutes=1)
# Where a lock begins to be unreadable, its status may say why.
FIRST_FAILURES = range(1, 4)


async def tend(lease: Lease, work: Work, connection: Connection, *, clock: Clock) -> None:
    device = work.device
    await run_attempts(lease, work, connection, clock=clock)
    await sync_account(lease, device, connection, clock=clock)
    if device.pk in lease.doubted and lease.outlives_call():
        await confirm_missing(lease, device, connection, clock=clock)
    silent_for = None if device.last_seen_at is None else clock() - device.last_seen_at
    asked_lately = (
        silent_for is not None and silent_for < READ_EVERY and device.failures not in FIRST_FAILURES
    )
    if not asked_lately and lease.outlives_call():
        status = await bounded(connection.read_status(device.external_id))
        if isinstance(status, DeviceStatus) and not conditions.is_as_known(device, status, now=clock()):
            await sync_to_async(conditions.record_status)(lease, device, status, now=clock())
    due = silent_for is None or silent_for >= LOG_EVERY or work.capabilities.pushes_changes
    if due and device.online is not False and lease.outlives_call():
        await read_log(lease, work, connection, clock=clock)
