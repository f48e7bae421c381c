"""One event in our own shape (facts on managers, 4d.7): lean, with a link to ask for the rest, never with a PIN.

`type` speaks of a reservation's access in a few words (`OwnType`); what they have no word for goes by the name of the
event itself, which `event_type` always holds. `sequence` grows with each event, in the order in which they became
visible, and `previous_sequence` is that of the one before about the same reservation: who has not had that one knows
that something is missing, or late.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from access.enums import EventType
from access.models import Event
from access.telling.events import About, account_of, code_id_of
from access.telling.moments import told_moment


class OwnType(enum.StrEnum):
    READY = "access.ready"
    CHANGED = "access.changed"
    FAILED = "access.failed"
    BACKUP_USED = "access.backup_used"
    FIRST_ENTRY = "access.first_entry"
    ENDED = "access.ended"
    LOW_BATTERY = "device.low_battery"
    OFFLINE = "device.offline"


OWN_TYPES: Mapping[EventType, OwnType] = {
    EventType.CODE_SCHEDULED: OwnType.READY,
    EventType.CODE_SET: OwnType.READY,
    EventType.CODE_CHANGED: OwnType.CHANGED,
    EventType.PIN_ISSUED: OwnType.CHANGED,
    EventType.CODE_DELAY_SETTING: OwnType.FAILED,
    EventType.CODE_FAILED_SETTING: OwnType.FAILED,
    EventType.BACKUP_PULLED: OwnType.BACKUP_USED,
    EventType.CODE_DELETED: OwnType.ENDED,
    EventType.LOCK_UNLOCKED: OwnType.FIRST_ENTRY,
    EventType.DEVICE_LOW_BATTERY: OwnType.LOW_BATTERY,
    EventType.DEVICE_DISCONNECTED: OwnType.OFFLINE,
}
_OF_DEVICES = frozenset({OwnType.LOW_BATTERY, OwnType.OFFLINE})
# What of an event's data is told; each is a plain value without any secret.
_DATA = (
    "change", "reason", "method", "error_code", "battery_level", "battery_status", "backup_access_code_id",
    "action_attempt_id", "device_name", "endpoint_id", "message",
)  # fmt: skip
_NOTHING_ABOUT = About()


def own_type(event: Event, about: About = _NOTHING_ABOUT) -> str:
    """`access.…` tells of what somebody was given: not of the codes of a lock's pool that nobody has."""
    event_type = EventType(event.type)
    own = OWN_TYPES.get(event_type)
    if own is None or (own not in _OF_DEVICES and not _is_somebodys(event)):
        return event_type.value
    if own is OwnType.FIRST_ENTRY and not about.is_first_entry:
        return event_type.value
    if event_type is EventType.CODE_SET and about.was_scheduled:
        return event_type.value  # ready since it was scheduled
    return own.value


def own_names(event_type: EventType) -> frozenset[str]:
    """Every name under which an event of this type may be told: what an endpoint may have chosen it by."""
    own = OWN_TYPES.get(event_type)
    return frozenset({event_type.value} if own is None else {event_type.value, own.value})


ALL_NAMES: frozenset[str] = frozenset().union(*map(own_names, EventType))


def keyturn_event(event: Event, *, about: About = _NOTHING_ABOUT) -> dict[str, Any]:
    """`event` comes as `loading.with_told` loads it for our own shape."""
    account, annotated = account_of(event), cast("Any", event)
    return {
        "id": str(event.public_id),
        "type": own_type(event, about),
        "event_type": event.type,
        "description": EventType(event.type).label,
        "occurred_at": told_moment(event.occurred_at),
        "created_at": told_moment(event.created_at),
        "workspace_id": str(event.workspace.public_id),
        "sequence": event.position,
        "previous_sequence": annotated.previous_position,
        "reservation": _reservation(event),
        "access_code_id": code_id_of(event),
        "device_id": str(event.device.public_id) if event.device is not None else None,
        "account_id": str(account.public_id) if account is not None else None,
        "data": {name: event.data[name] for name in _DATA if event.data.get(name) not in (None, "")},
        "link": _link(event),
    }


def _is_somebodys(event: Event) -> bool:
    code = event.access_code
    return event.stay is not None or (
        code is not None and not (code.is_backup and code.pulled_for_id is None)
    )


def _reservation(event: Event) -> dict[str, str] | None:
    stay = event.stay
    if stay is None:
        return None
    return {"id": str(stay.public_id), "source": stay.source, "external_id": stay.external_id}


def _link(event: Event) -> str | None:
    """Where to ask for the rest, below the address of this Keyturn."""
    if event.stay is not None:
        source, external_id = quote(event.stay.source, safe=""), quote(event.stay.external_id, safe="")
        return f"/api/v1/reservations/{source}/{external_id}"
    code_id = code_id_of(event)
    return f"/api/v1/access-codes/{code_id}" if code_id is not None else None
