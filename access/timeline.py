"""What happened to a stay or at a lock, as lines for people. The page of a stay merges them: access.stay_pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from access.enums import EventType
from access.issuing import door_name
from access.models import AccessCode, AccessGrant, Event
from locks.models import Device
from properties.models import StayChange
from properties.wording import readable

# How a guest can be reached, as StayChange names it.
CONTACT: Final = frozenset({"guest.email", "guest.phone", "guest.phone_last4"})

# Fields of a stay whose names say too little to people.
FIELDS: Final = {
    "starts_at": "doors open",
    "ends_at": "doors close",
    "override_check_in_time": "check-in agreed",
    "override_check_out_time": "check-out agreed",
    "override_buffer_before": "buffer before, of this stay",
    "override_buffer_after": "buffer after, of this stay",
    "hold_access": "access held back",
    "check_in_time": "check-in",
    "check_out_time": "check-out",
}

# How a bolt was turned, by the name in an event's data.
METHODS: Final = {
    "keycode": "by code",
    "manual": "by hand",
    "automatic": "by itself",
    "remote": "from its maker's app",
    "seamapi": "from here",
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """`kind`: stay or the event's type."""

    at: dt.datetime
    actor: str
    title: str
    detail: str
    kind: str


def timeline_of_device(device: Device, *, limit: int = 50) -> list[TimelineEntry]:
    """Newest first."""
    events = Event.objects.filter(device=device).select_related("device__door", "access_code")
    return [entry_of_event(event, at_device=True) for event in events.order_by("-occurred_at", "-pk")[:limit]]


def timeline_of_code(code: AccessCode, *, limit: int = 50) -> list[TimelineEntry]:
    """Newest first."""
    events = Event.objects.filter(access_code=code).select_related("device__door", "access_code")
    return [entry_of_event(event) for event in events.order_by("-occurred_at", "-pk")[:limit]]


def timeline_of_grant(grant: AccessGrant, *, limit: int = 50) -> list[TimelineEntry]:
    """Newest first: what happened to a holder's codes and PIN, for grants that belong to no stay."""
    events = Event.objects.filter(workspace=grant.workspace_id).select_related("device__door", "access_code")
    of_codes = events.filter(access_code__grant=grant)
    of_pin = events.filter(
        type__in=(EventType.PIN_ISSUED, EventType.PIN_REVEALED), data__grant=str(grant.public_id)
    )
    found = [event for rows in (of_codes, of_pin) for event in rows.order_by("-occurred_at", "-pk")[:limit]]
    found.sort(key=lambda event: (event.occurred_at, event.pk), reverse=True)
    return [entry_of_event(event) for event in found[:limit]]


def entry_of_change(change: StayChange, zone: ZoneInfo, *, with_contact: bool) -> TimelineEntry:
    told = {
        field: _pair(value, zone) if with_contact or field not in CONTACT else "for managers only"
        for field, value in change.fields.items()
    }
    detail = "; ".join(f"{FIELDS.get(field) or _named(field)}: {text}" for field, text in told.items())
    return TimelineEntry(change.at, change.actor, f"Stay {change.action.replace('_', ' ')}", detail, "stay")


def _named(field: str) -> str:
    """Of a path such as unit.buffer_before: unit's buffer before."""
    return field.replace(".", "'s ").replace("_", " ")


def _pair(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, list | tuple) and len(value) == 2:  # noqa: PLR2004  -- before and after
        before, after = (readable(part, zone) for part in value)
        return f"{before} → {after or 'empty'}" if before else after or "empty"
    return readable(value, zone)


def entry_of_event(event: Event, *, at_device: bool = False) -> TimelineEntry:
    """At a device the door is known, and the name of the code tells lines apart."""
    where = ""
    if at_device:
        where = event.access_code.name if event.access_code is not None else ""
    elif event.device is not None:
        where = door_name(event.device)
    detail = " · ".join(dict.fromkeys(word for word in (where, *words_of(event)) if word))
    return TimelineEntry(event.occurred_at, event.actor, EventType(event.type).label, detail, event.type)


def words_of(event: Event) -> list[str]:
    """What the event's data say for people."""
    words = [event.data.get(key) for key in ("reason", "change", "message", "name")]
    words.append(METHODS.get(str(event.data.get("method", ""))))
    if event.data.get("commands"):
        words.append(f"command {event.data['commands']} to the lock")
    return [str(word) for word in words if word]
