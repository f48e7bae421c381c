"""Ask something of a lock once: open, close, set auto-lock.

`request_attempt` only writes it down and wakes the device; access.running.attempting sends it. Called by pages and the
API. An attempt that could not be sent within `PATIENCE` ends in an error: nobody expects a door to open later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from access.enums import AttemptStatus, AttemptType
from access.models import ActionAttempt
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.models import Device
from locks.waking import wake_devices

PATIENCE = dt.timedelta(seconds=60)
# Per device and minute, for locking and unlocking each (facts 12).
MOST_A_MINUTE = 15
SHORTEST_DELAY, LONGEST_DELAY = 1, 60
MINUTE = dt.timedelta(minutes=1)


class AttemptRefused(Exception):
    """Not asked of the lock. `type` is the founding API's error type; the message is a sentence. `wait`: after which
    it may be asked, where time does it."""

    def __init__(
        self,
        type: str,  # noqa: A002  -- the API's word
        message: str,
        *,
        wait: dt.timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.type, self.wait = type, wait


@transaction.atomic
def request_attempt(
    device: Device,
    type: AttemptType | str,  # noqa: A002  -- the model's word
    *,
    arguments: Mapping[str, Any] | None = None,
    requested_by: str,
    now: dt.datetime,
) -> ActionAttempt:
    """Write the attempt down and wake the device; the same one asked again while it waits is the same attempt."""
    device = (
        Device.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account")
        .get(pk=device.pk)
    )
    arguments = dict(arguments or {})
    kind = AttemptType(type)
    _check(device, kind, arguments)
    attempts = ActionAttempt.objects.filter(device=device, type=kind)
    waiting = attempts.filter(status=AttemptStatus.PENDING, sent_at=None, arguments=arguments).first()
    if waiting is not None:
        return waiting
    latest = attempts.filter(requested_at__gt=now - MINUTE).order_by("-requested_at")
    moments = list(latest.values_list("requested_at", flat=True)[:MOST_A_MINUTE])
    if len(moments) == MOST_A_MINUTE:
        raise AttemptRefused(
            "rate_limit_exceeded",
            f"A lock takes at most {MOST_A_MINUTE} of these a minute.",
            wait=moments[-1] + MINUTE - now,
        )
    attempt = ActionAttempt.objects.create(
        device=device, type=kind, arguments=arguments, requested_by=requested_by, requested_at=now
    )
    wake_devices([device.pk], at=now)
    return attempt


def can(capabilities: Capabilities, kind: AttemptType) -> bool:
    match kind:
        case AttemptType.LOCK_DOOR:
            return capabilities.can_lock
        case AttemptType.UNLOCK_DOOR:
            return capabilities.can_unlock
        case AttemptType.CONFIGURE_AUTO_LOCK:
            return capabilities.auto_lock
        case AttemptType.SIMULATE_KEYPAD_ENTRY | AttemptType.SIMULATE_MANUAL_LOCK:
            return False  # nothing that is asked of a lock from afar


def _check(device: Device, kind: AttemptType, arguments: Mapping[str, Any]) -> None:
    if device.removed_at is not None:
        raise AttemptRefused("device_not_found", "The account no longer lists this lock.")
    if not device.is_managed:
        raise AttemptRefused("device_unmanaged", "This lock is not managed; manage it first.")
    if not can(capabilities_of(device), kind):
        raise AttemptRefused("unsupported_device", "This lock cannot do that from a distance.")
    if kind is AttemptType.CONFIGURE_AUTO_LOCK:
        _check_auto_lock(arguments)


def _check_auto_lock(arguments: Mapping[str, Any]) -> None:
    if not isinstance(arguments.get("auto_lock_enabled"), bool):
        raise AttemptRefused("invalid_input", "Say whether the lock is to lock by itself.")
    seconds = arguments.get("auto_lock_delay_seconds")
    if seconds is None:
        return
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int)
        or not SHORTEST_DELAY <= seconds <= LONGEST_DELAY
    ):
        raise AttemptRefused(
            "invalid_input", f"The delay must be from {SHORTEST_DELAY} to {LONGEST_DELAY} seconds."
        )
