"""One event in the founding API's shape (facts 9.1-9.5), to the field. Pure, over rows that `loading` loaded.

`TOLD` says for each event type what it tells beside the common fields; types that the founding API has no word for are
not among `SEAM_TYPES` and are never sent to programs of its kind. A PIN comes from the code's row, and only
`with_code`; without, `code` is null.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.catalogue import Concerns
from access.enums import AttemptType, EventType
from access.models import Event, Problem
from access.telling.moments import told_moment
from access.telling.problems import six_arrays
from locks.models import Account


@dataclass(frozen=True, slots=True)
class About:
    """What has to be looked up beside the row. `problems`: those that held when it happened. `is_first_entry`: nobody
    came in by a code of that stay before. `was_scheduled`: the lock held that code already, waiting for its start."""

    problems: Collection[Problem] = field(default_factory=tuple)
    is_first_entry: bool = False
    was_scheduled: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    event: Event
    about: About
    with_code: bool


Extra = Callable[[Telling], dict[str, Any]]
_NOTHING_ABOUT = About()
_CODE_ARRAYS = (Concerns.CODE, Concerns.DEVICE, Concerns.ACCOUNT)
_PROPERTIES: Mapping[str, str] = {"allow_external_modification": "is_external_modification_allowed"}
_ATTEMPTS: Mapping[EventType, tuple[AttemptType, str]] = {
    EventType.ATTEMPT_LOCK_OK: (AttemptType.LOCK_DOOR, "success"),
    EventType.ATTEMPT_LOCK_FAILED: (AttemptType.LOCK_DOOR, "error"),
    EventType.ATTEMPT_UNLOCK_OK: (AttemptType.UNLOCK_DOOR, "success"),
    EventType.ATTEMPT_UNLOCK_FAILED: (AttemptType.UNLOCK_DOOR, "error"),
    EventType.ATTEMPT_KEYPAD_OK: (AttemptType.SIMULATE_KEYPAD_ENTRY, "success"),
    EventType.ATTEMPT_KEYPAD_FAILED: (AttemptType.SIMULATE_KEYPAD_ENTRY, "error"),
    EventType.ATTEMPT_BY_HAND_OK: (AttemptType.SIMULATE_MANUAL_LOCK, "success"),
}


def seam_event(event: Event, *, with_code: bool, about: About = _NOTHING_ABOUT) -> dict[str, Any]:
    """`event` comes as `loading.with_told` loads it."""
    telling = Telling(event, about, with_code)
    event_type = EventType(event.type)
    told: dict[str, Any] = {
        "event_id": str(event.public_id),
        "event_type": event_type.value,
        "event_description": event_type.label,
        "workspace_id": str(event.workspace.public_id),
        "created_at": told_moment(event.created_at),
        "occurred_at": told_moment(event.occurred_at),
        **_subjects(event),
    }
    if event.position is not None:
        # No word of theirs: by it, a receiver tells one that was sent again after newer ones.
        told["sequence"] = event.position
    for extra in TOLD.get(event_type, ()):
        told |= extra(telling)
    return told


def account_of(event: Event) -> Account | None:
    return event.account or (event.device.account if event.device is not None else None)


def code_id_of(event: Event) -> str | None:
    """The code's id; of an unmanaged code the event's data names it, since its row may be gone."""
    if event.access_code is not None:
        return str(event.access_code.public_id)
    named = event.data.get("access_code_id") or event.data.get("unmanaged_access_code_id")
    return str(named) if named else None


def _subjects(event: Event) -> dict[str, Any]:
    """Ids and the program's own data of what it happened to; left out where there is none."""
    told: dict[str, Any] = {}
    account = account_of(event)
    if event.device is not None:
        told["device_id"] = str(event.device.public_id)
        told["device_custom_metadata"] = event.device.custom_metadata
    if account is not None:
        told["connected_account_id"] = str(account.public_id)
        told["connected_account_custom_metadata"] = account.custom_metadata
        if account.customer_key:
            told["customer_key"] = account.customer_key
    code_id = code_id_of(event)
    if code_id is not None:
        told["access_code_id"] = code_id
    if event.webview is not None:
        told["connect_webview_id"] = str(event.webview.public_id)
    return told


def _code(telling: Telling) -> dict[str, Any]:
    code = telling.event.access_code
    return {"code": code.pin if telling.with_code and code is not None else None}


def _code_arrays(telling: Telling) -> dict[str, Any]:
    return dict(six_arrays(telling.about.problems, of=_CODE_ARRAYS))


def _device_arrays(telling: Telling) -> dict[str, Any]:
    return dict(six_arrays(telling.about.problems, of=_CODE_ARRAYS[1:]))


def _account_arrays(telling: Telling) -> dict[str, Any]:
    return dict(six_arrays(telling.about.problems, of=_CODE_ARRAYS[2:]))


def _changes(telling: Telling) -> dict[str, Any]:
    data = telling.event.data
    before, after = data.get("before") or {}, data.get("after") or {}
    changed = [
        {"property": _PROPERTIES.get(name, name), "from": before[name], "to": after[name]}
        for name in before
        if name in after and before[name] != after[name]
    ]
    if str(data.get("change", "")).startswith("another code"):
        changed.insert(0, {"property": "code", "from": None, "to": _code(telling)["code"]})
    reason = data.get("reason") or data.get("change")
    return {"changed_properties": changed, **({"change_reason": reason} if reason else {})}


def _backup(telling: Telling) -> dict[str, Any]:
    return {"backup_access_code_id": telling.event.data.get("backup_access_code_id")}


def _entry(telling: Telling) -> dict[str, Any]:
    data = telling.event.data
    told: dict[str, Any] = {"method": data.get("method", "unknown")}
    if code_id_of(telling.event) is not None:
        told["access_code_is_managed"] = bool(data.get("access_code_is_managed", True))
    attempt_id = _attempt_id(telling.event)
    if attempt_id is not None:
        told["action_attempt_id"] = attempt_id
    if telling.with_code and telling.event.access_code is not None:
        told["code"] = telling.event.access_code.pin
    return told


_DENIALS: Mapping[str, str] = {
    "expired_code": "The code that was typed has ended.",
    "blocked_by_privacy_mode": "Somebody inside has switched privacy mode on.",
    "too_many_attempts": "Wrong codes were typed several times in a row.",
}


def _denial(telling: Telling) -> dict[str, Any]:
    """The reason is left out where nobody knows it."""
    reason = telling.event.data.get("reason_code", "")
    return {"reason": {"reason_code": reason, "message": _DENIALS[reason]}} if reason in _DENIALS else {}


def _attempt_id(event: Event) -> str | None:
    if event.attempt is not None:
        return str(event.attempt.public_id)
    named = event.data.get("action_attempt_id")
    return str(named) if named else None


def _attempt(telling: Telling) -> dict[str, Any]:
    action_type, status = _ATTEMPTS[EventType(telling.event.type)]
    return {
        "action_attempt_id": _attempt_id(telling.event),
        "action_type": action_type.value,
        "status": status,
    }


def _error_code(telling: Telling) -> dict[str, Any]:
    return {"error_code": telling.event.data.get("error_code") or "device_disconnected"}


def _battery_level(telling: Telling) -> dict[str, Any]:
    return {"battery_level": telling.event.data.get("battery_level")}


def _battery_levels(telling: Telling) -> dict[str, Any]:
    level, device = telling.event.data.get("battery_level"), telling.event.device
    keypad = device.keypad_battery_level if device is not None else None
    told = {"battery_level": level, "device_battery_level": level}
    return told if keypad is None else {**told, "accessory_keypad_battery_level": keypad}


def _battery_status(telling: Telling) -> dict[str, Any]:
    return {"battery_status": telling.event.data.get("battery_status")}


def _device_name(telling: Telling) -> dict[str, Any]:
    device = telling.event.device
    return {"device_name": telling.event.data.get("device_name") or (device.name if device else None)}


TOLD: Mapping[EventType, tuple[Extra, ...]] = {
    EventType.CODE_CREATED: (),
    EventType.CODE_CHANGED: (_changes,),
    EventType.CODE_SCHEDULED: (_code,),
    EventType.CODE_SET: (_code,),
    EventType.CODE_REMOVED: (),
    EventType.CODE_DELETED: (_code,),
    EventType.CODE_DELAY_SETTING: (_code_arrays,),
    EventType.CODE_FAILED_SETTING: (_code_arrays,),
    EventType.CODE_DELAY_REMOVING: (_code_arrays,),
    EventType.CODE_FAILED_REMOVING: (_code_arrays,),
    EventType.CODE_MODIFIED_OUTSIDE: (),
    EventType.CODE_DELETED_OUTSIDE: (),
    EventType.BACKUP_PULLED: (_backup,),
    EventType.FOREIGN_CREATED: (),
    EventType.FOREIGN_REMOVED: (),
    EventType.FOREIGN_CONVERTED: (),
    EventType.FOREIGN_NOT_CONVERTED: (_code_arrays,),
    EventType.LOCK_LOCKED: (_entry,),
    EventType.LOCK_UNLOCKED: (_entry,),
    EventType.LOCK_DENIED: (_denial,),
    EventType.DEVICE_ADDED: (),
    EventType.DEVICE_CONNECTED: (),
    EventType.DEVICE_DISCONNECTED: (_error_code, _device_arrays),
    EventType.DEVICE_UNMANAGED_CONNECTED: (),
    EventType.DEVICE_UNMANAGED_DISCONNECTED: (_error_code, _device_arrays),
    EventType.DEVICE_UNMANAGED: (),
    EventType.DEVICE_MANAGED: (),
    EventType.DEVICE_REMOVED: (),
    EventType.DEVICE_DELETED: (_device_name,),
    EventType.DEVICE_TAMPERED: (),
    EventType.DEVICE_LOW_BATTERY: (_battery_levels,),
    EventType.DEVICE_BATTERY_CHANGED: (_battery_level, _battery_status),
    EventType.DEVICE_THIRD_PARTY: (),
    EventType.DEVICE_THIRD_PARTY_GONE: (),
    EventType.DEVICE_PRIVACY_ON: (),
    EventType.DEVICE_PRIVACY_OFF: (),
    EventType.DEVICE_FLAKY: (_device_arrays,),
    EventType.DEVICE_STABLE: (),
    EventType.DEVICE_SUBSCRIPTION: (_device_arrays,),
    EventType.DEVICE_SUBSCRIPTION_RESOLVED: (),
    EventType.DEVICE_KEYPAD_ON: (),
    EventType.DEVICE_KEYPAD_OFF: (_device_arrays,),
    EventType.DEVICE_RENAMED: (_device_name,),
    EventType.ACCOUNT_CREATED: (),
    EventType.ACCOUNT_DISCONNECTED: (_account_arrays,),
    EventType.ACCOUNT_CONNECTED: (),
    EventType.ACCOUNT_SYNCED: (),
    EventType.ACCOUNT_SYNCED_AGAIN: (),
    EventType.ACCOUNT_DELETED: (),
    EventType.ACCOUNT_LOGGED_IN: (),
    EventType.WEBVIEW_SUCCEEDED: (),
    EventType.WEBVIEW_FAILED: (),
    EventType.ATTEMPT_LOCK_OK: (_attempt,),
    EventType.ATTEMPT_LOCK_FAILED: (_attempt,),
    EventType.ATTEMPT_UNLOCK_OK: (_attempt,),
    EventType.ATTEMPT_UNLOCK_FAILED: (_attempt,),
    EventType.ATTEMPT_KEYPAD_OK: (_attempt,),
    EventType.ATTEMPT_KEYPAD_FAILED: (_attempt,),
    EventType.ATTEMPT_BY_HAND_OK: (_attempt,),
}
SEAM_TYPES = frozenset(TOLD)
# Those whose telling needs the problems that held then.
WITH_PROBLEMS = frozenset(
    event_type
    for event_type, extras in TOLD.items()
    if {_code_arrays, _device_arrays, _account_arrays} & set(extras)
)
