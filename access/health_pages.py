"""What the page of a lock says of its health: battery with forecast, problems, the bolt and what was asked of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.attempts import can
from access.enums import AttemptStatus, AttemptType
from access.inheriting import SeenProblem, problems_seen_on_device
from access.lock_history import is_reachable, last_heard
from access.models import ActionAttempt
from access.stay_pages.doors import BATTERY_TONES
from locks.batteries import Forecast, status_of
from locks.devices import capabilities_of
from locks.enums import Chemistry
from locks.forecasting import forecast_of
from locks.models import Device

ATTEMPT_SHOWN_FOR = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class HealthPanel:
    """`battery` and `battery_tone` empty where no level is known; `attempt`: the last thing asked of the lock.

    `is_reachable` False: what it said last, at `heard_at`, may hold no longer. `next_look`: when a runner comes to it.
    """

    battery: str
    battery_tone: str
    forecast: Forecast
    problems: list[SeenProblem]
    attempt: ActionAttempt | None
    step: str
    may_lock: bool
    may_unlock: bool
    chemistries: list[tuple[str, str]]
    is_reachable: bool
    heard_at: dt.datetime | None
    next_look: dt.datetime | None


def health_panel(device: Device, *, now: dt.datetime) -> HealthPanel:
    capabilities = capabilities_of(device)
    level = device.battery_level
    status = None if level is None else status_of(level, device.battery_chemistry)
    attempt = last_attempt(device, now=now)
    usable = device.is_managed and device.removed_at is None
    return HealthPanel(
        battery="" if status is None else status.value,
        battery_tone="" if status is None else BATTERY_TONES.get(status, "ok"),
        forecast=forecast_of(device, now=now),
        problems=problems_seen_on_device(device),
        attempt=attempt,
        step="" if attempt is None else step_of(attempt),
        may_lock=usable and can(capabilities, AttemptType.LOCK_DOOR),
        may_unlock=usable and can(capabilities, AttemptType.UNLOCK_DOOR),
        chemistries=[(one.value, str(one.label)) for one in Chemistry],
        is_reachable=is_reachable(device, now=now),
        heard_at=last_heard(device),
        next_look=next_look(device),
    )


def is_lock_settling(device: Device, panel: HealthPanel, *, now: dt.datetime) -> bool:
    """Something was asked of the lock, or is due on it now, and is not done yet."""
    asked = panel.attempt is not None and panel.attempt.status == AttemptStatus.PENDING
    return asked or (panel.next_look is not None and panel.next_look <= now)


def next_look(device: Device) -> dt.datetime | None:
    """Runners leave a lock alone while its account rests after failures."""
    rests = device.account.paused_until
    if device.wake_at is None or rests is None:
        return device.wake_at
    return max(device.wake_at, rests)


def step_of(attempt: ActionAttempt) -> str:
    """How far it is: asked, sent, or how it ended."""
    waits = attempt.status == AttemptStatus.PENDING
    step = attempt.status if not waits else "asked" if attempt.sent_at is None else "sent"
    return f"{attempt.pk}-{step}"


def last_attempt(device: Device, *, now: dt.datetime) -> ActionAttempt | None:
    """The last attempt, as long as it is news."""
    recent = device.attempts.filter(requested_at__gt=now - ATTEMPT_SHOWN_FOR)
    return recent.order_by("-requested_at", "-pk").first()
