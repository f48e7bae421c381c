"""What the page of a lock and the API show of codes that are not ours: all that can be read, the PIN only on demand."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from access.enums import EventType
from access.events import device_event, record_device_event
from access.foreign.converting import conversion_problem
from access.foreign.deleting import deletion_problem
from access.models import Event, LockCode
from locks.devices import capabilities_of
from locks.models import Device


@dataclass(frozen=True, slots=True)
class UnmanagedLine:
    """`cannot_convert`, `cannot_delete`: why not, in a sentence; empty where it can be done."""

    place: LockCode
    being_removed: bool
    cannot_convert: str
    cannot_delete: str


def unmanaged_codes(device: Device) -> QuerySet[LockCode]:
    """What the lock holds that is not managed here, with what is being removed on a person's word."""
    foreign = Q(access_code=None) | Q(access_code__is_managed=False)
    return device.lock_codes.filter(foreign).select_related("device__account", "access_code")


def unmanaged_lines(device: Device, *, now: dt.datetime) -> list[UnmanagedLine]:
    capabilities = capabilities_of(device)
    lines = []
    for place in unmanaged_codes(device).order_by("first_seen_at", "pk"):
        refused = conversion_problem(place, capabilities, now=now)
        kept = deletion_problem(place, capabilities)
        lines.append(
            UnmanagedLine(
                place,
                being_removed=place.access_code is not None,
                cannot_convert=refused.message if refused is not None else "",
                cannot_delete=kept.message if kept is not None else "",
            )
        )
    return lines


@transaction.atomic
def reveal_foreign_pin(place: LockCode, *, actor: str, now: dt.datetime) -> str | None:
    """Return the PIN, None where the lock hides it; the look is written down."""
    record_device_event(
        place.device,
        EventType.PIN_REVEALED,
        now=now,
        actor=actor,
        name=place.name,
        access_code_id=str(place.public_id),
    )
    return place.pin


def note_foreign_looks(places: Iterable[LockCode], *, reader: str, actor: str, now: dt.datetime) -> None:
    """Write down that a program is shown these PINs: once for each program, code and PIN, however often it asks."""
    shown = {_look(place, reader): place for place in places if place.pin is not None}
    if not shown:
        return
    devices = {place.device_id for place in shown.values()}
    told = Event.objects.filter(
        device__in=devices, type=EventType.PIN_REVEALED, data__look__in=list(shown)
    ).values_list("data__look", flat=True)
    for look in set(told):
        del shown[look]
    Event.objects.bulk_create(
        device_event(
            place.device,
            EventType.PIN_REVEALED,
            now=now,
            actor=actor,
            name=place.name,
            access_code_id=str(place.public_id),
            look=look,
        )
        for look, place in shown.items()
    )


def _look(place: LockCode, reader: str) -> str:
    """A name for this program's look at this PIN that tells nothing of the PIN: its key is a keyed hash already."""
    return hashlib.sha256(f"{reader} {place.public_id} {place.pin_key}".encode()).hexdigest()[:24]
