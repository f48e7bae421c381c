"""locks/*: devices again under the founding API's older name, and what is asked of a lock once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from access.attempts import LONGEST_DELAY, SHORTEST_DELAY, request_attempt
from access.enums import AttemptStatus, AttemptType
from access.models import ActionAttempt
from access.seam.endpoints.attempting import LOOK_EVERY, PATIENCE
from access.seam.endpoints.choosing_devices import FILTERS, LIMIT, chosen_devices, find_named_device
from access.seam.endpoints.devices import NAME, check_managed
from access.seam.kinds import Flag, Id, Whole
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.attempts import show_lock_attempt
from access.seam.shapes.devices import show_device, show_devices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from access.seam.routing import Call

routes = Routes()
ASKING: Final = {"device_id": needs(Id()), "sync": may(Flag())}


@routes.read("locks/get", {"device_id": may(Id()), "name": may(NAME)}, for_sessions=True)
def get_lock(call: Call) -> Answer:
    device = find_named_device(call)
    check_managed(device)
    shown = show_device(device, call)
    return {"lock": shown, "device": shown}


@routes.read("locks/list", {**FILTERS, **LIMIT}, for_sessions=True)
def list_locks(call: Call) -> Answer:
    """All at once, under both names that programs read."""
    rows = chosen_devices(call, managed=True).order_by("pk")
    devices = show_devices(list(rows[: call.get("limit")]), call)
    return {"locks": devices, "devices": devices}


@routes.change("locks/lock_door", ASKING, for_sessions=True)
def lock_door(call: Call) -> Answer:
    return _ask(call, AttemptType.LOCK_DOOR, {})


@routes.change("locks/unlock_door", ASKING, for_sessions=True)
def unlock_door(call: Call) -> Answer:
    return _ask(call, AttemptType.UNLOCK_DOOR, {})


@routes.change(
    "locks/configure_auto_lock",
    {
        **ASKING,
        "auto_lock_enabled": needs(Flag()),
        "auto_lock_delay_seconds": may(Whole(SHORTEST_DELAY, LONGEST_DELAY)),
    },
    for_sessions=True,
)
def configure_auto_lock(call: Call) -> Answer:
    wanted = {"auto_lock_enabled": call["auto_lock_enabled"]}
    if "auto_lock_delay_seconds" in call:
        wanted["auto_lock_delay_seconds"] = call["auto_lock_delay_seconds"]
    return _ask(call, AttemptType.CONFIGURE_AUTO_LOCK, wanted)


def _ask(call: Call, kind: AttemptType, arguments: Mapping[str, Any]) -> Answer:
    device = find_named_device(call)
    check_managed(device)
    attempt = request_attempt(device, kind, arguments=arguments, requested_by=call.actor[:200], now=call.now)
    return {"action_attempt": show_lock_attempt(_settled(call, attempt))}


def _settled(call: Call, attempt: ActionAttempt) -> ActionAttempt:
    """With `sync`, as it is when the lock has answered, or after a while."""
    until = time.monotonic() + PATIENCE.total_seconds()
    while call.get("sync") and attempt.status == AttemptStatus.PENDING and time.monotonic() < until:
        time.sleep(LOOK_EVERY.total_seconds())
        attempt.refresh_from_db()
    return attempt
