"""Keep what the lock says it holds beside what we declared; tell when codes that are not ours appear or vanish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from access.enums import EventType
from access.events import device_event
from access.models import AccessCode, LockCode
from access.pins import pin_key_of
from access.running.changes import Changes
from locks.drivers.base import Empty, Known, ObservedCode
from locks.models import Device

NAME_LENGTH = 200


def note_inventory(
    device: Device,
    observed: Known | Empty,
    codes: Iterable[AccessCode],
    places: dict[str, LockCode],
    changes: Changes,
    *,
    foreign: frozenset[str],
    now: dt.datetime,
) -> None:
    """Make `places` (by ref, as recorded) agree with the reading. `foreign`: places that the planner found not ours."""
    shown = {place.ref: _tidied(place) for place in observed.codes} if isinstance(observed, Known) else {}
    live = [code for code in codes if code.ref and code.ended_at is None]
    ours = {code.ref: code for code in live if code.ref not in foreign}
    for ref in places.keys() - shown.keys():
        row = places.pop(ref)
        if row.access_code_id is None or _was_foreign(row, codes):
            changes.events.append(device_event(device, EventType.FOREIGN_REMOVED, now=now, name=row.name))
        changes.vanished.append(row)
    for ref, place in shown.items():
        places[ref] = _note_place(device, place, ours.get(ref), places.get(ref), changes, now=now)


def _was_foreign(row: LockCode, codes: Iterable[AccessCode]) -> bool:
    """Tell whether this place held a code that is not ours and that somebody asked us to remove."""
    return any(code.pk == row.access_code_id and not code.is_managed for code in codes)


def _tidied(place: ObservedCode) -> ObservedCode:
    """Cut a name down to what the database takes: it is only shown."""
    name = (place.name or "").replace("\0", "")[:NAME_LENGTH]
    return replace(place, name=name)


def _note_place(
    device: Device,
    place: ObservedCode,
    code: AccessCode | None,
    row: LockCode | None,
    changes: Changes,
    *,
    now: dt.datetime,
) -> LockCode:
    values: dict[str, Any] = {
        "access_code_id": None if code is None else code.pk,
        "pin_key": None if place.pin is None else pin_key_of(place.pin),
        "name": place.name or "",
        "starts_at": place.starts_at,
        "ends_at": place.ends_at,
        "enabled": place.enabled,
    }
    if row is not None and all(getattr(row, field) == value for field, value in values.items()):
        return row
    if code is None and row is None:
        changes.events.append(device_event(device, EventType.FOREIGN_CREATED, now=now, name=place.name or ""))
    row = row or LockCode(device=device, ref=place.ref, first_seen_at=now)
    for field, value in values.items():
        setattr(row, field, value)
    row.pin = place.pin
    changes.places.append(row)
    return row
