"""What happened to a stay or at a lock, as lines for people: the two histories (StayChange, Event) merged by time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.enums import EventType
from access.models import Event
from locks.models import Device
from properties.models import Stay, StayChange


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """`kind`: stay or the event's type."""

    at: dt.datetime
    actor: str
    title: str
    detail: str
    kind: str


def timeline_of_stay(stay: Stay) -> list[TimelineEntry]:
    """Oldest first."""
    events = (
        Event.objects.filter(stay=stay)
        .select_related("device__door", "access_code")
        .order_by("occurred_at", "pk")
    )
    entries = [_of_change(change) for change in stay.changes.order_by("at", "pk")]
    entries += [_of_event(event) for event in events]
    return sorted(entries, key=lambda entry: entry.at)


def timeline_of_device(device: Device, *, limit: int = 50) -> list[TimelineEntry]:
    """Newest first."""
    events = Event.objects.filter(device=device).select_related("device__door", "access_code")
    return [_of_event(event, at_device=True) for event in events.order_by("-occurred_at", "-pk")[:limit]]


def _of_change(change: StayChange) -> TimelineEntry:
    detail = "; ".join(f"{field.replace('_', ' ')}: {_pair(value)}" for field, value in change.fields.items())
    return TimelineEntry(change.at, change.actor, f"Stay {change.action.replace('_', ' ')}", detail, "stay")


def _pair(value: object) -> str:
    if isinstance(value, list | tuple) and len(value) == 2:  # noqa: PLR2004  -- before and after
        return f"{value[0]} → {value[1] or 'empty'}" if value[0] else str(value[1] or "empty")
    return str(value)


def _of_event(event: Event, *, at_device: bool = False) -> TimelineEntry:
    """At a device the door is known, and the name of the code tells lines apart."""
    where = ""
    if at_device:
        where = event.access_code.name if event.access_code is not None else ""
    elif event.device is not None:
        where = event.device.door.name if hasattr(event.device, "door") else event.device.name
    words = [event.data.get(key) for key in ("reason", "change", "message", "name")]
    detail = " · ".join([where, *(str(word) for word in words if word)]).strip(" ·")
    return TimelineEntry(event.occurred_at, event.actor, EventType(event.type).label, detail, event.type)
