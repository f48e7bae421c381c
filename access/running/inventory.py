"""Keep what the lock says it holds beside what we declared; tell when codes that are not ours appear or vanish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from access.enums import EventType
from access.events import record_device_event
from access.models import AccessCode, LockCode
from access.pins import pin_key_of
from locks.drivers.base import Empty, Known, ObservedCode
from locks.models import Device

NAME_LENGTH = 200


def record_inventory(
    device: Device,
    observed: Known | Empty,
    codes: Sequence[AccessCode],
    *,
    foreign: frozenset[str],
    now: dt.datetime,
) -> None:
    """`foreign`: the places that the planner found not to be ours."""
    places = {place.ref: _tidied(place) for place in observed.codes} if isinstance(observed, Known) else {}
    live = [code for code in codes if code.ref and code.ended_at is None]
    ours = {code.ref: code for code in live if code.ref not in foreign}
    rows = {row.ref: row for row in device.lock_codes.all()}
    for ref, row in rows.items():
        if ref not in places:
            if row.access_code_id is None:
                record_device_event(device, EventType.FOREIGN_REMOVED, now=now, name=row.name)
            row.delete()
    for ref, place in places.items():
        _record_place(device, place, ours.get(ref), rows.get(ref), now=now)


def _tidied(place: ObservedCode) -> ObservedCode:
    """Cut a name down to what the database takes: it is only shown."""
    name = (place.name or "").replace("\0", "")[:NAME_LENGTH]
    return replace(place, name=name)


def _record_place(
    device: Device, place: ObservedCode, code: AccessCode | None, row: LockCode | None, *, now: dt.datetime
) -> None:
    key = None if place.pin is None else pin_key_of(place.pin)
    values: dict[str, Any] = {
        "access_code_id": None if code is None else code.pk,
        "pin_key": key,
        "name": place.name or "",
        "starts_at": place.starts_at,
        "ends_at": place.ends_at,
        "enabled": place.enabled,
    }
    if row is not None and all(getattr(row, field) == value for field, value in values.items()):
        return
    if code is None and row is None:
        record_device_event(device, EventType.FOREIGN_CREATED, now=now, name=place.name or "")
    row = row or LockCode(device=device, ref=place.ref, first_seen_at=now)
    for field, value in values.items():
        setattr(row, field, value)
    row.pin = place.pin
    row.save()
