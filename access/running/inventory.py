"""Keep what the lock says it holds beside what we declared; tell when codes that are not ours appear or vanish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from access.enums import EventType
from access.events import device_event
from access.models import AccessCode, LockCode
from access.pins import pin_key_of
from access.running.changes import Changes
from access.states import Outside
from locks.constraints import takes_our_pin
from locks.devices import capabilities_of
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
    live = {code.pk: code for code in codes if code.ref and code.ended_at is None}
    ours = {code.ref: code for code in live.values() if code.ref not in foreign}
    known = {code.pk: code for code in codes}
    for ref in list(places):
        row = places[ref]
        linked = live.get(row.access_code_id or 0)
        if linked is not None and linked.ref == ref:
            # It came to this place while we looked, or its absence is not certain yet.
            ours.setdefault(ref, linked)
        if ref not in shown or (row.access_code_id in known and ref not in ours):
            _note_vanished(device, places.pop(ref), known, changes, now=now)
    for ref, place in shown.items():
        places[ref] = _note_place(device, place, ours.get(ref), places.get(ref), changes, now=now)


def _note_vanished(
    device: Device, row: LockCode, known: Mapping[int, AccessCode], changes: Changes, *, now: dt.datetime
) -> None:
    """What was not ours is told of, also where somebody asked us to remove it (and that one is named)."""
    code = known.get(row.access_code_id or 0)
    if row.access_code_id is None or (code is not None and not code.is_managed):
        told = {"name": row.name, "access_code_id": str(row.public_id)}
        if code is not None:
            told["reason"] = code.revoke_reason
        changes.events.append(device_event(device, EventType.FOREIGN_REMOVED, now=now, **told))
    changes.vanished.append(row)


def _tidied(place: ObservedCode) -> ObservedCode:
    """Cut a name down to what the database takes: it is only shown."""
    name = (place.name or "").replace("\0", "")[:NAME_LENGTH]
    return place if name == place.name else replace(place, name=name)


def _note_place(
    device: Device,
    place: ObservedCode,
    code: AccessCode | None,
    row: LockCode | None,
    changes: Changes,
    *,
    now: dt.datetime,
) -> LockCode:
    hidden = place.pin is None and row is not None and row.name == place.name
    key = None if place.pin is None else pin_key_of(place.pin)
    values: dict[str, Any] = {
        "access_code_id": None if code is None else code.pk,
        # A PIN that a lock masks for a while stays known, and taken.
        "pin_key": row.pin_key if hidden and row is not None else key,
        "name": place.name or "",
        "starts_at": place.starts_at,
        "ends_at": place.ends_at,
        "enabled": place.enabled,
    }
    if row is not None and all(getattr(row, field) == value for field, value in values.items()):
        return row
    is_new = row is None
    row = row or LockCode(device=device, ref=place.ref, first_seen_at=now)
    edited = code is not None and code.outside == Outside.MODIFIED and key not in (None, code.pin_key)
    # Where the lock chooses, what it chose is the guest's anyway.
    if edited and takes_our_pin(capabilities_of(device)):
        row.other_pin, row.other_pin_at = place.pin, now
        if not is_new:
            changes.edited.append(row)
    if code is None and is_new:
        told = {"name": place.name or "", "access_code_id": str(row.public_id)}
        changes.events.append(device_event(device, EventType.FOREIGN_CREATED, now=now, **told))
    for field, value in values.items():
        setattr(row, field, value)
    # Who said that it may stay spoke of the code that stood there then.
    row.ignored_at = None
    if not hidden:
        row.pin = place.pin
    (changes.found if is_new else changes.places).append(row)
    return row
