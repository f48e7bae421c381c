"""devices/simulate/* and locks/simulate/*: what can be tried on the virtual locks of a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from access.enums import AttemptStatus, AttemptType, EventType
from access.events import device_event
from access.models import ActionAttempt
from access.seam.endpoints.choosing_devices import find_named_device
from access.seam.endpoints.devices import check_managed
from access.seam.endpoints.rights import check_sandbox
from access.seam.errors import refused
from access.seam.kinds import Flag, Id, Text
from access.seam.reading import needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.attempts import show_lock_attempt
from locks.models import Device
from locks.sandbox import SandboxRefused, Simulation, lock_at_keypad, simulate, simulations_of, type_code

if TYPE_CHECKING:
    from access.seam.routing import Call, Run

routes = Routes()
DEVICE: Final = {"device_id": needs(Id())}
_PATHS: Final = {
    "connect": Simulation.CONNECTION,
    "disconnect": Simulation.DISCONNECTION,
    "remove": Simulation.REMOVAL,
    "connect_to_hub": Simulation.HUB_CONNECTION,
    "disconnect_from_hub": Simulation.HUB_DISCONNECTION,
}
WRONG_CODE: Final = "invalid_code"
# By whether it failed.
_EVENTS: Final = {
    AttemptType.SIMULATE_KEYPAD_ENTRY: (EventType.ATTEMPT_KEYPAD_OK, EventType.ATTEMPT_KEYPAD_FAILED),
    AttemptType.SIMULATE_MANUAL_LOCK: (EventType.ATTEMPT_BY_HAND_OK, EventType.ATTEMPT_BY_HAND_OK),
}


def _simulating(what: Simulation) -> Run:
    def run(call: Call) -> Answer:
        device = _find(call, what)
        _try(lambda: simulate(device, what, now=call.now))
        return {}

    return run


for _path, _what in _PATHS.items():
    routes.change(f"devices/simulate/{_path}", DEVICE, for_sessions=True)(_simulating(_what))


@routes.change(
    "devices/simulate/paid_subscription", {**DEVICE, "is_expired": needs(Flag())}, for_sessions=True
)
def simulate_subscription(call: Call) -> Answer:
    device = _find(call, Simulation.PAID_SUBSCRIPTION)
    _try(lambda: simulate(device, Simulation.PAID_SUBSCRIPTION, on=not call["is_expired"], now=call.now))
    return {}


@routes.change(
    "locks/simulate/keypad_code_entry",
    {**DEVICE, "code": needs(Text(20, shortest=1, pattern=r"[0-9]+", hint="Expected digits"))},
    for_sessions=True,
)
def enter_code(call: Call) -> Answer:
    """The lock itself judges the code, by its memory and clock."""
    device = _find(call, Simulation.KEYPAD_ENTRY)
    opened = _try(lambda: type_code(device, call["code"], now=call.now))
    failure = "" if opened else "The lock did not open by this code."
    return {"action_attempt": _noted(call, device, AttemptType.SIMULATE_KEYPAD_ENTRY, failure)}


@routes.change("locks/simulate/manual_lock_via_keypad", DEVICE, for_sessions=True)
def lock_by_hand(call: Call) -> Answer:
    device = _find(call, Simulation.KEYPAD_ENTRY)
    _try(lambda: lock_at_keypad(device, now=call.now))
    return {"action_attempt": _noted(call, device, AttemptType.SIMULATE_MANUAL_LOCK, "")}


def _find(call: Call, what: Simulation) -> Device:
    check_sandbox(call)
    device = find_named_device(call)
    check_managed(device)
    if what not in simulations_of(device):
        raise refused(
            "device_type_not_supported",
            f"Device type “{device.brand}” is not supported for simulating this; see its can_simulate flags.",
        )
    return device


def _try(deed: Any) -> Any:
    try:
        return deed()
    except SandboxRefused as error:
        raise refused("device_type_not_supported", str(error)) from error


@transaction.atomic
def _noted(call: Call, device: Device, kind: AttemptType, failure: str) -> dict[str, Any]:
    attempt = ActionAttempt.objects.create(
        device=device,
        type=kind,
        status=AttemptStatus.ERROR if failure else AttemptStatus.SUCCESS,
        result=None if failure else {},
        error_type=WRONG_CODE if failure else "",
        message=failure,
        requested_by=call.actor[:200],
        requested_at=call.now,
        sent_at=call.now,
        finished_at=call.now,
    )
    event_type = _EVENTS[kind][bool(failure)]
    event = device_event(
        device,
        event_type,
        now=call.now,
        actor=call.actor[:200],
        action_attempt_id=str(attempt.public_id),
        action_type=kind.value,
        status=str(attempt.status),
    )
    event.attempt = attempt
    event.save()
    return show_lock_attempt(attempt)
