"""What the page of a lock says of its health: battery with forecast, online share, problems, bolt, last entries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.attempts import can
from access.enums import AttemptType, EventType
from access.inheriting import SeenProblem, problems_seen_on_device
from access.models import ActionAttempt, Event
from access.online import HISTORY, OnlineHistory, online_history
from access.timeline import METHODS
from locks.batteries import BatteryStatus, Forecast, status_of
from locks.devices import capabilities_of
from locks.enums import Chemistry
from locks.forecasting import forecast_of
from locks.models import Device

ENTRIES = 8
ATTEMPT_SHOWN_FOR = dt.timedelta(minutes=10)
TONES = {
    BatteryStatus.CRITICAL: "error",
    BatteryStatus.LOW: "warn",
    BatteryStatus.GOOD: "ok",
    BatteryStatus.FULL: "ok",
}
AT_THE_DOOR = (
    EventType.LOCK_UNLOCKED,
    EventType.LOCK_LOCKED,
    EventType.LOCK_DENIED,
    EventType.DEVICE_TAMPERED,
    EventType.BOLT_JAMMED,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what happened at the door. `who`: the code's name, or who asked for it."""

    at: dt.datetime
    title: str
    how: str
    who: str
    kind: str


@dataclass(frozen=True, slots=True)
class HealthPanel:
    """`battery` and `battery_tone` empty where no level is known; `attempt`: the last thing asked of the lock."""

    battery: str
    battery_tone: str
    forecast: Forecast
    online: OnlineHistory
    days: int
    problems: list[SeenProblem]
    attempt: ActionAttempt | None
    may_lock: bool
    may_unlock: bool
    entries: list[Entry]
    chemistries: list[tuple[str, str]]


def health_panel(device: Device, *, now: dt.datetime) -> HealthPanel:
    capabilities = capabilities_of(device)
    level = device.battery_level
    status = None if level is None else status_of(level, device.battery_chemistry)
    usable = device.is_managed and device.removed_at is None
    return HealthPanel(
        battery="" if status is None else status.value,
        battery_tone="" if status is None else TONES[status],
        forecast=forecast_of(device, now=now),
        online=online_history(device, now=now),
        days=HISTORY.days,
        problems=problems_seen_on_device(device),
        attempt=last_attempt(device, now=now),
        may_lock=usable and can(capabilities, AttemptType.LOCK_DOOR),
        may_unlock=usable and can(capabilities, AttemptType.UNLOCK_DOOR),
        entries=entries_of(device),
        chemistries=[(one.value, str(one.label)) for one in Chemistry],
    )


def last_attempt(device: Device, *, now: dt.datetime) -> ActionAttempt | None:
    """The last attempt, as long as it is news."""
    recent = device.attempts.filter(requested_at__gt=now - ATTEMPT_SHOWN_FOR)
    return recent.order_by("-requested_at", "-pk").first()


def entries_of(device: Device, *, limit: int = ENTRIES) -> list[Entry]:
    events = Event.objects.filter(device=device, type__in=AT_THE_DOOR).select_related("access_code")
    return [_entry(event) for event in events.order_by("-occurred_at", "-pk")[:limit]]


def _entry(event: Event) -> Entry:
    code = event.access_code
    who = code.name if code is not None else event.data.get("name") or event.actor
    how = METHODS.get(str(event.data.get("method", "")), "")
    return Entry(event.occurred_at, EventType(event.type).label, how, str(who), event.type)
