"""The database work around one command: written down before it is sent, and its outcome after.

`begin` counts the attempt and marks the outcome as unknown before anything leaves, so that a process killed at any
line leaves behind "may have been sent", and the next look reads the lock before anything is sent again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from access.declaring import swap_pin_after_clash
from access.facts import declared_of, shape_to_json
from access.models import AccessCode
from access.planning import Declared, Put, Step
from access.running.evidence import count_failure, keep_assigned_pin, save_evidence
from access.running.leases import Lease, fenced
from access.running.loading import recent_commands
from access.states import Seen, WriteState
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.drivers.base import Advice, Applied, CodeToPut, Outcome, Rejected, RejectReason, Unknown
from locks.models import Device
from locks.names import appearance_name


@dataclass(frozen=True, slots=True)
class Command:
    """A step that has been written down. `put` None: remove `ref`. `former` is what a refusal restores."""

    step: Step
    put: CodeToPut | None
    former: dict[str, Any]


def begin(lease: Lease, step: Step, planned_for: Declared, *, now: dt.datetime) -> Command | None:
    """Write the step down as sent; None where the declaration has changed since it was planned."""
    with fenced(lease):
        code = _locked(step.code_id)
        current = declared_of(code)
        if declaration_of(current) != declaration_of(planned_for):
            return None
        former = {"written": code.written, "write_state": code.write_state, "seen": code.seen}
        code.attempts += 1
        code.write_state, code.written_at, code.seen = WriteState.SENT, now, Seen.NEVER
        put = None
        if isinstance(step, Put):
            code.written, code.ref = shape_to_json(step.shape), step.ref
            put = _to_put(step, current, capabilities_of(code.device))
        save_evidence(code)
        _spend(code.device, now=now)
        return Command(step, put, former)


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


def _locked(code_id: int) -> AccessCode:
    codes = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return codes.get(pk=code_id)


def _spend(device: Device, *, now: dt.datetime) -> None:
    """Count one command against the device's minute (P7)."""
    device.command_times = [moment.isoformat() for moment in (*recent_commands(device, now=now), now)]
    device.save(update_fields=["command_times"])


def settle(lease: Lease, command: Command, outcome: Outcome, *, now: dt.datetime) -> AccessCode | None:
    """Write down what the lock answered; return the code where the lock asks for another PIN."""
    with fenced(lease):
        code = _locked(command.step.code_id)
        code.written_at = now
        match outcome:
            case Applied():
                _note_applied(code, command, outcome, now=now)
            case Rejected():
                _note_rejected(code, command, outcome, now=now)
            case Unknown():
                count_failure(code, f"No answer from the lock: {outcome.message}", now=now)
        save_evidence(code)
    wants_other_pin = isinstance(outcome, Rejected) and outcome.advice is Advice.OTHER_PIN
    return code if wants_other_pin and command.put is not None else None


def give_other_pin(lease: Lease, code: AccessCode, reason: str, *, now: dt.datetime) -> None:
    """Issue another PIN where that harms nobody; else stop, until a person acts. In a transaction of its own: grants
    are locked before their codes, never after."""
    if swap_pin_after_clash(code, now=now):
        return
    with fenced(lease):
        AccessCode.objects.filter(pk=code.pk).update(stopped=reason)


def _note_applied(code: AccessCode, command: Command, outcome: Applied, *, now: dt.datetime) -> None:
    if command.put is None:
        code.write_state = WriteState.REMOVED
        return
    code.write_state, code.ref = WriteState.APPLIED, outcome.ref
    if outcome.pin is not None and outcome.pin != code.pin:
        keep_assigned_pin(code, outcome.pin, now=now)


def _note_rejected(code: AccessCode, command: Command, outcome: Rejected, *, now: dt.datetime) -> None:
    """A refusal changed nothing on the lock: what we knew before holds again."""
    if command.put is None and outcome.reason is RejectReason.NOT_FOUND:
        code.write_state = WriteState.REMOVED
        return
    code.written, code.seen = command.former["written"], command.former["seen"]
    code.write_state = WriteState.REJECTED if code.written is None else command.former["write_state"]
    count_failure(code, outcome.message or f"The lock refused: {outcome.reason}", now=now)
    if outcome.reason is RejectReason.DUPLICATE_NAME:
        code.appearance_name = _other_name(code)
    if command.put is not None and outcome.advice is Advice.STOP:
        code.stopped = outcome.reason.value


def _other_name(code: AccessCode) -> str:
    """The lock has this name already, perhaps on a code that it hides."""
    rule = replace(capabilities_of(code.device).name_rule, unique=True)
    return appearance_name(code.name, rule, {code.appearance_name}).name
