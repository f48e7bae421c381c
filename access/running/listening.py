"""Read a lock's own log and write down what happened at the door, each thing once.

Called by access.running.reconciling. Events, the cursor and what follows are one transaction. An unlock never changes a
stay (F91): it is told of, tied to the code that opened where the lock says which, and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async

from access.door_log import Asked, Happening, Told, happenings_of
from access.enums import AttemptStatus, AttemptType, EventType
from access.events import code_event, device_event
from access.models import AccessCode, ActionAttempt, Event
from access.problems import set_problems
from access.running.calling import Clock, bounded
from access.running.leases import Lease, fenced
from access.running.loading import Work
from access.states import WriteState
from locks.drivers.base import Connection, LockLog, LogEntry, LogKind, LogMethod
from locks.models import Device

CURSOR_LENGTH = 100
ATTEMPTS_LOOKED_AT = 50
# Between a command and the moment that the lock's own clock gives its log.
CLOCKS_APART = dt.timedelta(minutes=1)
_EVENTS: Mapping[LogKind, EventType] = {
    LogKind.LOCKED: EventType.LOCK_LOCKED,
    LogKind.UNLOCKED: EventType.LOCK_UNLOCKED,
    LogKind.DENIED: EventType.LOCK_DENIED,
    LogKind.TAMPERED: EventType.DEVICE_TAMPERED,
    LogKind.JAMMED: EventType.BOLT_JAMMED,
}
_PRIVATE = frozenset({"privacy_mode", "salto_ks_privacy_mode"})
_KINDS = {event_type: kind for kind, event_type in _EVENTS.items()}
_TURNS = {AttemptType.LOCK_DOOR: LogKind.LOCKED, AttemptType.UNLOCK_DOOR: LogKind.UNLOCKED}


async def read_log(lease: Lease, work: Work, connection: Connection, *, clock: Clock) -> None:
    """What cannot be read now is read later: the cursor stays where it is."""
    if not work.capabilities.keeps_log:
        return
    device = work.device
    log = await bounded(connection.read_log(device.external_id, device.log_cursor))
    if isinstance(log, LockLog) and (log.entries or log.cursor != device.log_cursor):
        await sync_to_async(record_log)(lease, work, log, now=clock())


def record_log(lease: Lease, work: Work, log: LockLog, *, now: dt.datetime) -> None:
    with fenced(lease):
        happened = _happened(work.device, log.entries, now=now) if log.entries else []
        Event.objects.bulk_create([_event(work, one) for one in happened if one.kind in _EVENTS])
        _follow(work.device, happened, now=now)
        work.device.log_cursor = log.cursor[:CURSOR_LENGTH]
        work.device.save(update_fields=["log_cursor", "locked", "updated_at"])


def _happened(device: Device, entries: tuple[LogEntry, ...], *, now: dt.datetime) -> list[Happening]:
    first, last = min(entry.at for entry in entries), max(entry.at for entry in entries)
    return happenings_of(
        entries,
        told=_told(device, first - CLOCKS_APART, last + CLOCKS_APART),
        asked=_asked(device, first - CLOCKS_APART, last + CLOCKS_APART),
        begins_at=device.created_at,
        now=now,
    )


def _told(device: Device, since: dt.datetime, until: dt.datetime) -> list[Told]:
    events = Event.objects.filter(device=device, type__in=_KINDS, occurred_at__range=(since, until))
    return [
        Told(
            at=event.occurred_at,
            kind=_KINDS[EventType(event.type)],
            method=_method(event.data.get("method")),
            key=event.data.get("log_key", ""),
            has_code=event.access_code_id is not None,
        )
        for event in events
    ]


def _method(name: object) -> LogMethod | None:
    if name == "seamapi":
        return LogMethod.REMOTE
    return LogMethod(name) if isinstance(name, str) and name in set(LogMethod) else None


def _asked(device: Device, since: dt.datetime, until: dt.datetime) -> list[Asked]:
    attempts = ActionAttempt.objects.filter(device=device, type__in=_TURNS, sent_at__range=(since, until))
    return [
        Asked(
            kind=_TURNS[AttemptType(attempt.type)],
            since=attempt.sent_at,
            until=attempt.finished_at or until,
            attempt_id=str(attempt.public_id),
            told=attempt.status == AttemptStatus.SUCCESS,
        )
        for attempt in attempts.order_by("-sent_at")[:ATTEMPTS_LOOKED_AT]
        if attempt.sent_at is not None
    ]


def _event(work: Work, happening: Happening) -> Event:
    event_type = _EVENTS[happening.kind]
    data: dict[str, Any] = {"log_key": happening.key}
    if happening.kind is not LogKind.TAMPERED:
        data["method"] = "seamapi" if happening.attempt_id else happening.method.value
    if happening.attempt_id:
        data["action_attempt_id"] = happening.attempt_id
    code = _opened_by(work, happening)
    if happening.kind is LogKind.DENIED:
        data |= _why_denied(work, code, happening)
    if code is not None:
        return code_event(code, event_type, now=happening.at, actor="", access_code_is_managed=True, **data)
    place = work.places.get(happening.ref or "")
    if place is not None and place.access_code_id is None:
        data |= {"access_code_is_managed": False, "unmanaged_access_code_id": str(place.public_id)}
        data["name"] = place.name
    return device_event(work.device, event_type, now=happening.at, actor="", **data)


def _why_denied(work: Work, code: AccessCode | None, happening: Happening) -> dict[str, str]:
    """The founding API's word for it, where the lock's own ways leave only one."""
    if code is not None and code.ends_at is not None and code.ends_at <= happening.at:
        return {"reason_code": "expired_code"}
    if _PRIVATE & set(work.device.conditions):
        return {"reason_code": "blocked_by_privacy_mode"}
    # Such a lock says nothing of a single wrong code.
    return {"reason_code": "too_many_attempts"} if work.capabilities.tells_refused_entries > 1 else {}


def _opened_by(work: Work, happening: Happening) -> AccessCode | None:
    """The code that stood in that place then. One that was written there later did not open it."""
    if happening.ref is None:
        return None
    for code in work.codes.values():
        stood = code.write_state in (WriteState.APPLIED, WriteState.SENT, WriteState.REMOVED)
        since = code.confirmed_at or code.written_at
        if code.ref == happening.ref and stood and since is not None and since <= happening.at + CLOCKS_APART:
            return code
    return None


def _follow(device: Device, happened: list[Happening], *, now: dt.datetime) -> None:
    turns = [one for one in happened if one.kind in (LogKind.LOCKED, LogKind.UNLOCKED)]
    if turns:
        device.locked = turns[-1].kind is LogKind.LOCKED
    tampered = [one.at for one in happened if one.kind is LogKind.TAMPERED]
    if tampered:
        data = {"device_tampered": {"tampered_at": tampered[-1].isoformat()}}
        set_problems(device, {"device_tampered"}, among=set(), now=now, data=data)
