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
from locks.models import Device

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
    asked = _is_asked(device)
    if (asked or _is_status_due(device, now=clock())) and lease.outlives_call():
        status = await bounded(connection.read_status(device.external_id))
        if isinstance(status, DeviceStatus) and not conditions.is_as_known(device, status, now=clock()):
            await sync_to_async(conditions.record_status)(work, status, now=clock())
    due = asked or work.capabilities.pushes_changes or _is_log_due(device, now=clock())
    if due and device.online is not False and lease.outlives_call():
        await read_log(lease, work, connection, clock=clock)


def _is_asked(device: Device) -> bool:
    """Somebody wants to know how it is, and it was not heard since."""
    wanted, seen = device.status_wanted_at, device.last_seen_at
    return wanted is not None and (seen is None or seen <= wanted)


def _is_status_due(device: Device, *, now: dt.datetime) -> bool:
    """A lock that is read more often than that is asked for its status all the same."""
    seen = device.last_seen_at
    return seen is None or now - seen >= READ_EVERY or device.failures in FIRST_FAILURES


def _is_log_due(device: Device, *, now: dt.datetime) -> bool:
    heard = [moment for moment in (device.last_seen_at, device.last_read_at) if moment is not None]
    return not heard or now - max(heard) >= LOG_EVERY
