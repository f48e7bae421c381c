"""Send what was asked of a lock once, and write down what became of it.

Called by access.running.reconciling before any work on codes, and not held up by the budget of commands for them; what
is sent here counts in that budget all the same. `sent_at` is committed before the command leaves: an attempt that is
found sent and without an end is one whose runner died in between. It ends in an error and is never sent again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Mapping
from typing import Final

from asgiref.sync import sync_to_async

from access.attempts import PATIENCE
from access.enums import AttemptStatus, AttemptType, EventType
from access.events import record_device_event
from access.models import ActionAttempt
from access.running.calling import Clock, bounded
from access.running.leases import Lease, fenced
from access.running.loading import Work, recent_commands
from locks.drivers.base import Applied, Connection, Outcome, Rejected, RejectReason, Unknown
from locks.models import Device

UNKNOWN: Final = "unknown_outcome"
TIMED_OUT: Final = "timed_out"
_PERHAPS: Final = (
    "The lock did not answer; whether it was done is not known. Look at the lock before asking again."
)
_TOO_LATE: Final = "The lock could not be reached in time, and nothing was sent to it."
_ERRORS: Mapping[RejectReason, str] = {
    RejectReason.DEVICE_OFFLINE: "device_offline",
    RejectReason.BRIDGE_OFFLINE: "hub_disconnected",
    RejectReason.ACCOUNT_DISCONNECTED: "account_disconnected",
    RejectReason.NOT_ALLOWED: "unsupported_device",
}
_EVENTS: Mapping[str, tuple[EventType, EventType]] = {
    AttemptType.LOCK_DOOR: (EventType.ATTEMPT_LOCK_OK, EventType.ATTEMPT_LOCK_FAILED),
    AttemptType.UNLOCK_DOOR: (EventType.ATTEMPT_UNLOCK_OK, EventType.ATTEMPT_UNLOCK_FAILED),
}
_TURNS: Mapping[str, tuple[EventType, bool]] = {
    AttemptType.LOCK_DOOR: (EventType.LOCK_LOCKED, True),
    AttemptType.UNLOCK_DOOR: (EventType.LOCK_UNLOCKED, False),
}


async def run_attempts(lease: Lease, work: Work, connection: Connection, *, clock: Clock) -> None:
    """Send each attempt that waits, oldest first."""
    if not work.is_asked:
        return
    for attempt in await sync_to_async(_pending)(lease, work.device, now=clock()):
        if not lease.outlives_call():
            return  # still pending: sent as soon as the lease is renewed
        await sync_to_async(_begin)(lease, work.device, attempt, now=clock())
        if not lease.outlives_call():
            unsent = Unknown("")  # writing it down took long: nothing was sent, and nobody will
            await sync_to_async(_finish)(lease, work.device, attempt, unsent, now=clock())
            return
        answer = await bounded(_call(connection, work.device, attempt))
        outcome = Unknown(type(answer).__name__) if isinstance(answer, Exception) else answer
        await sync_to_async(_finish)(lease, work.device, attempt, outcome, now=clock())


def _call(connection: Connection, device: Device, attempt: ActionAttempt) -> Awaitable[Outcome]:
    match attempt.type:
        case AttemptType.LOCK_DOOR:
            return connection.lock_door(device.external_id)
        case AttemptType.UNLOCK_DOOR:
            return connection.unlock_door(device.external_id)
    return connection.configure_auto_lock(
        device.external_id,
        enabled=bool(attempt.arguments.get("auto_lock_enabled")),
        seconds=attempt.arguments.get("auto_lock_delay_seconds"),
    )


def _pending(lease: Lease, device: Device, *, now: dt.datetime) -> list[ActionAttempt]:
    """Return what may still be sent; end what a dead runner left behind, and what has waited too long."""
    rows = list(ActionAttempt.objects.filter(device=device, status=AttemptStatus.PENDING).order_by("pk"))
    if not rows:
        return []
    left_behind = [row for row in rows if row.sent_at is not None]
    too_late = [row for row in rows if row.sent_at is None and now - row.requested_at > PATIENCE]
    if left_behind or too_late:
        with fenced(lease):
            for row in left_behind:
                _fail(device, row, UNKNOWN, _PERHAPS, now=now)
            for row in too_late:
                _fail(device, row, TIMED_OUT, _TOO_LATE, now=now)
    return [row for row in rows if row.status == AttemptStatus.PENDING]


def _begin(lease: Lease, device: Device, attempt: ActionAttempt, *, now: dt.datetime) -> None:
    with fenced(lease):
        attempt.sent_at = now
        attempt.save(update_fields=["sent_at"])
        device.command_times = [moment.isoformat() for moment in (*recent_commands(device, now=now), now)]
        device.save(update_fields=["command_times"])


def _finish(
    lease: Lease, device: Device, attempt: ActionAttempt, outcome: Outcome, *, now: dt.datetime
) -> None:
    with fenced(lease):
        match outcome:
            case Applied():
                _succeed(device, attempt, now=now)
            case Rejected():
                error = _ERRORS.get(outcome.reason, outcome.reason.value)
                _fail(device, attempt, error, outcome.message or "The lock refused.", now=now)
            case Unknown():
                _fail(device, attempt, UNKNOWN, _PERHAPS, now=now)


def _succeed(device: Device, attempt: ActionAttempt, *, now: dt.datetime) -> None:
    attempt.status, attempt.finished_at = AttemptStatus.SUCCESS, now
    attempt.result = {"was_confirmed_by_device": True}
    attempt.save(update_fields=["status", "finished_at", "result"])
    if attempt.type in _TURNS:
        event_type, locked = _TURNS[attempt.type]
        device.locked = locked
        device.save(update_fields=["locked", "updated_at"])
        record_device_event(
            device, event_type, now=now, actor=attempt.requested_by, **_told(attempt, "seamapi")
        )
        _tell(device, attempt, _EVENTS[attempt.type][0], now=now)
    else:
        device.auto_lock = attempt.arguments.get("auto_lock_enabled")
        device.auto_lock_seconds = (
            attempt.arguments.get("auto_lock_delay_seconds") or device.auto_lock_seconds
        )
        device.save(update_fields=["auto_lock", "auto_lock_seconds", "updated_at"])


def _fail(device: Device, attempt: ActionAttempt, error: str, message: str, *, now: dt.datetime) -> None:
    attempt.status, attempt.finished_at = AttemptStatus.ERROR, now
    attempt.error_type, attempt.message = error[:60], message[:300]
    attempt.save(update_fields=["status", "finished_at", "error_type", "message"])
    if attempt.type in _EVENTS:
        _tell(device, attempt, _EVENTS[attempt.type][1], now=now, message=attempt.message)


def _tell(
    device: Device, attempt: ActionAttempt, event_type: EventType, *, now: dt.datetime, **data: str
) -> None:
    told = {**_told(attempt), "action_type": attempt.type, "status": attempt.status, **data}
    record_device_event(device, event_type, now=now, actor=attempt.requested_by, **told)


def _told(attempt: ActionAttempt, method: str = "") -> dict[str, str]:
    told = {"action_attempt_id": str(attempt.public_id)}
    return {**told, "method": method} if method else told
