"""The database work around commands: written down before they are sent, and their outcomes after.

`begin` counts the attempt and marks the outcome as unknown before anything leaves, so that a process killed at any
line leaves behind "may have been sent", and the next look reads the lock before anything is sent again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from access.codes import variant_of
from access.declaring import swap_pin_after_clash
from access.facts import declared_of, shape_to_json
from access.models import AccessCode
from access.planning import Declared, Issue, Put, Step
from access.running.changes import Changes, write_changes
from access.running.evidence import count_failure, keep_assigned_pin
from access.running.gathering import answer_or_error
from access.running.leases import Lease, LeaseLost, fenced, held_among
from access.running.loading import BREAK_AFTER, Work, hold, recent_commands
from access.states import Seen, WriteState
from locks.capabilities import Capabilities, OfflineKind
from locks.devices import capabilities_of
from locks.drivers.base import (
    Advice,
    Applied,
    CodeToPut,
    Issued,
    OfflineRequest,
    Outcome,
    Rejected,
    RejectReason,
    Unknown,
)
from locks.models import Device
from locks.names import appearance_name

# A PIN that the lock holds already, and that we may not exchange, may be free again: not every lock shows why.
TRY_TAKEN_AGAIN = dt.timedelta(minutes=30)
FIRST_PAUSE = dt.timedelta(seconds=15)
LOOKED_FOR = 3
LONGEST_PAUSE = dt.timedelta(minutes=2)
# The lock, or the way to it, is out of order; every other refusal shows that it listens.
DEAF = frozenset(
    {
        RejectReason.BUSY,
        RejectReason.DEVICE_OFFLINE,
        RejectReason.BRIDGE_OFFLINE,
        RejectReason.BRIDGE_QUEUE_FULL,
        RejectReason.OUTAGE,
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """A step that has been written down: `put` to write a code, `request` to have an offline code computed, neither to
    remove `ref`. `former` is what a refusal restores; `declaration`: for which it was sent."""

    step: Step
    put: CodeToPut | None
    former: dict[str, Any]
    declaration: tuple[object, ...]
    request: OfflineRequest | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A step about to be sent, and the declaration that it was planned for."""

    work: Work
    step: Step
    planned_for: Declared
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Answer:
    work: Work
    command: Command
    outcome: Outcome | Issued
    now: dt.datetime


RequestT = TypeVar("RequestT", Intent, Answer)
ResultT = TypeVar("ResultT")


def begin_commands(intents: Sequence[Intent]) -> list[Command | Exception | None]:
    """Write steps down as sent; None for one whose declaration has changed since it was planned."""
    return _write_together(intents, compute_begin)


def settle_commands(answers: Sequence[Answer]) -> list[AccessCode | Exception | None]:
    """Write down what locks answered; return the code where a lock asks for another PIN."""
    return _write_together(answers, compute_settled)


def _write_together(
    requests: Sequence[RequestT], compute: Callable[[RequestT, Changes], ResultT]
) -> list[ResultT | Exception]:
    """One transaction for all; LeaseLost for what is no longer ours, and a fault in one's data for that one alone."""
    results: list[ResultT | Exception] = []
    parts = []
    with transaction.atomic():
        held = held_among(request.work.lease for request in requests)
        hold([request.work for request in requests])
        for request in requests:
            lease = request.work.lease
            if (lease.account_id, lease.token) not in held:
                results.append(LeaseLost())
                continue
            changes = Changes()
            result = answer_or_error(partial(compute, request, changes))
            results.append(result)
            if not isinstance(result, Exception):
                parts.append(changes)
        write_changes(parts)
    return results


def compute_begin(intent: Intent, changes: Changes) -> Command | None:
    """As `begin_commands`, in memory; the caller writes `changes` before anything is sent."""
    work, step, now = intent.work, intent.step, intent.now
    code = work.codes.get(step.code_id)
    if code is None or code.ended_at is not None:
        return None
    current = declared_of(code)
    declaration = declaration_of(current)
    if declaration != declaration_of(intent.planned_for):
        return None
    if code.outside and code.next_try_at is not None and code.next_try_at > now:
        return None  # the look itself showed that other hands undo what we do: it waits
    former = {"written": code.written, "write_state": code.write_state, "seen": code.seen}
    code.attempts += 1
    if isinstance(step, Issue):
        # Asked twice, the lock system computes the same PIN: there is nothing to be unsure about.
        changes.save_code(code)
        return Command(step, None, former, declaration, offline_request(code))
    code.write_state, code.written_at, code.seen = WriteState.SENT, now, Seen.NEVER
    put = None
    if isinstance(step, Put):
        code.written, code.ref = shape_to_json(step.shape), step.ref
        put = _to_put(step, current, work.capabilities)
    changes.save_code(code)
    _spend(work.device, changes, now=now)
    return Command(step, put, former, declaration)


def offline_request(code: AccessCode) -> OfflineRequest:
    assert code.starts_at is not None  # noqa: S101  -- an offline code always begins at some time
    ends_at = None if code.is_one_time_use else code.ends_at
    kind = OfflineKind(code.offline_kind)
    return OfflineRequest(kind, code.starts_at, ends_at, variant=variant_of(code), name=code.appearance_name)


def declaration_of(declared: Declared) -> tuple[object, ...]:
    """What a person or a booking can change of a code; a plan made for another one is not carried out."""
    return (
        declared.pin_key,
        declared.name,
        declared.starts_at,
        declared.ends_at,
        declared.revoked_at,
        declared.prefer_native,
    )


def declaration_of_row(code: AccessCode) -> tuple[object, ...]:
    return (
        code.pin_key,
        code.appearance_name or code.name,
        code.starts_at,
        code.ends_at,
        code.revoked_at,
        code.prefer_native_scheduling,
    )


def _to_put(step: Put, declared: Declared, capabilities: Capabilities) -> CodeToPut:
    shape = step.shape
    return CodeToPut(
        pin=None if capabilities.assigns_pin else declared.pin,
        name=shape.name,
        ref=step.ref or None,
        starts_at=shape.starts_at,
        ends_at=shape.ends_at,
        enabled=shape.enabled,
    )


def _spend(device: Device, changes: Changes, *, now: dt.datetime) -> None:
    """Count one command against the device's minute (P7)."""
    device.command_times = [moment.isoformat() for moment in (*recent_commands(device, now=now), now)]
    changes.commanded[device.pk] = device


def compute_settled(answer: Answer, changes: Changes) -> AccessCode | None:
    """As `settle_commands`, in memory; the caller writes `changes`."""
    command, outcome, now = answer.command, answer.outcome, answer.now
    if command.request is None:
        _count_for_breaker(answer.work.device, outcome, changes, now=now)
    code = answer.work.codes.get(command.step.code_id)
    if code is None:
        return None  # taken out of our hands meanwhile, by a person
    if command.request is None:
        code.written_at = now
    match outcome:
        case Issued():
            _note_issued(code, outcome, changes, now=now)
        case Applied():
            _note_applied(code, command, outcome, changes, now=now)
        case Rejected():
            _note_rejected(code, command, outcome, now=now)
        case Unknown():
            count_failure(code, f"No answer from the lock: {outcome.message}", now=now)
            code.refusal = RejectReason.UNCONFIRMED.value
    changes.save_code(code)
    if not isinstance(outcome, Rejected) or outcome.advice is not Advice.OTHER_PIN or command.put is None:
        return None
    # The lock may hold this very code from an earlier command, and not show it yet: it is looked for first.
    own = outcome.reason is RejectReason.DUPLICATE_PIN and code.attempts > 1 and code.failures <= LOOKED_FOR
    return None if own else code


def _count_for_breaker(
    device: Device, outcome: Outcome | Issued, changes: Changes, *, now: dt.datetime
) -> None:
    deaf = isinstance(outcome, Unknown) or (isinstance(outcome, Rejected) and outcome.reason in DEAF)
    if not deaf and not device.command_failures:
        return
    device.command_failures = device.command_failures + 1 if deaf else 0
    device.paused_until = None
    if device.command_failures >= BREAK_AFTER:
        pause = FIRST_PAUSE * 2 ** min(device.command_failures - BREAK_AFTER, 8)
        device.paused_until = now + min(pause, LONGEST_PAUSE)
    changes.commanded[device.pk] = device


def give_other_pin(lease: Lease, code: AccessCode, reason: str, *, now: dt.datetime) -> None:
    """Issue another PIN where that harms nobody; else stop, until a person acts. In a transaction of its own: grants
    are locked before their codes, never after."""
    if swap_pin_after_clash(code, now=now):
        return
    with fenced(lease):
        # Only while it is still that PIN, and wanted: somebody may have seen to it meanwhile.
        refused = AccessCode.objects.filter(pk=code.pk, pin_key=code.pin_key, revoked_at=None)
        refused.update(stopped=reason, next_try_at=now + TRY_TAKEN_AGAIN)


def _note_issued(code: AccessCode, issued: Issued, changes: Changes, *, now: dt.datetime) -> None:
    """The PIN of an offline code is known now, and so it opens: nothing has to reach the lock."""
    code.ref, code.write_state, code.confirmed_at = issued.ref, WriteState.APPLIED, now
    code.failures, code.next_try_at, code.message, code.refusal = 0, None, "", ""
    keep_assigned_pin(code, issued.pin, changes, now=now)


def _note_applied(
    code: AccessCode, command: Command, outcome: Applied, changes: Changes, *, now: dt.datetime
) -> None:
    code.refusal = code.stopped = ""
    if command.put is None:
        code.write_state = WriteState.REMOVED
        return
    code.write_state, code.ref = WriteState.APPLIED, outcome.ref
    if outcome.pin is not None and outcome.pin != code.pin:
        keep_assigned_pin(code, outcome.pin, changes, now=now)


def _note_rejected(code: AccessCode, command: Command, outcome: Rejected, *, now: dt.datetime) -> None:
    """A refusal changed nothing on the lock: what we knew before holds again."""
    removing = command.put is None and command.request is None
    if removing and outcome.reason is RejectReason.NOT_FOUND:
        code.write_state = WriteState.REMOVED
        return
    code.written, code.seen = command.former["written"], command.former["seen"]
    code.write_state = WriteState.REJECTED if code.written is None else command.former["write_state"]
    if declaration_of_row(code) != command.declaration:
        return  # changed while the lock was asked: the refusal is not about what is wanted now
    count_failure(code, outcome.message or f"The lock refused: {outcome.reason}", now=now)
    code.refusal = outcome.reason.value
    if outcome.reason is RejectReason.DUPLICATE_NAME:
        code.appearance_name = _other_name(code)
    if not removing and outcome.advice is Advice.STOP and not _came_late(command, outcome, now=now):
        code.stopped = outcome.reason.value


def _came_late(command: Command, outcome: Rejected, *, now: dt.datetime) -> bool:
    """Tell whether the start that was sent had passed on the way: the next try has a later one."""
    start = None if command.put is None else command.put.starts_at
    return outcome.reason is RejectReason.INVALID_WINDOW and start is not None and start <= now


def _other_name(code: AccessCode) -> str:
    """The lock has this name already, perhaps on a code that it hides."""
    rule = replace(capabilities_of(code.device).name_rule, unique=True)
    return appearance_name(code.name, rule, {code.appearance_name}).name
