"""Declare the codes of many new stays in a few statements: a booking system that is connected sends a thousand.

It makes what access.declaring makes of each, for those whose way is the usual one: entitled, with no wish for a PIN, on
doors that take ours. All others, and all of a lot that met another writer, are declared one by one. What is missed is
found by access.declaring.sweep_stays. Stays that changed are for access.following_many.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from access.codes.for_stays import is_offline_only
from access.declaring import ACTOR, declare_stay, is_entitled
from access.enums import EventType
from access.events import code_event
from access.issuing import PIN_CONSTRAINT, put_pin, space_of
from access.models import AccessCode, AccessGrant, Event
from access.pins import pin_key_of, taken_by_device
from access.shifting import name_for
from locks.constraints import NoPin, PinSpace, choose_pin, takes_our_pin
from locks.devices import capabilities_of
from locks.models import Device
from locks.queries import doors_by_unit
from locks.waking import wake_devices
from properties import booking
from properties.enums import PinPolicy, StayKind
from properties.models import Stay

logger = logging.getLogger(__name__)

LOT = 250


@dataclass(slots=True)
class _Doors:
    """What opens one unit; `space` None: not to be done here."""

    devices: list[Device]
    space: PinSpace | None
    takers: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Lot:
    grants: list[AccessGrant] = field(default_factory=list)
    codes: list[AccessCode] = field(default_factory=list)
    done: list[Stay] = field(default_factory=list)


def declare_new_stays(stay_ids: Sequence[int], *, now: dt.datetime) -> None:
    declare_in_lots(stay_ids, _declare_lot, now=now)


def declare_in_lots(
    stay_ids: Sequence[int],
    declare_lot: Callable[[Sequence[int], dt.datetime], list[int]],
    *,
    now: dt.datetime,
) -> None:
    """`declare_lot` returns those of its stays that have to be declared one by one."""
    for start in range(0, len(stay_ids), LOT):
        lot = stay_ids[start : start + LOT]
        try:
            left = declare_lot(lot, now)
        except IntegrityError as error:
            if PIN_CONSTRAINT not in str(error):
                raise
            left = list(lot)
        for stay_id in left:
            try:
                declare_stay(stay_id, now=now)
            except Exception as error:  # noqa: BLE001 -- one stay must not keep the others from their codes
                logger.error("Stay %s cannot be declared: %s", stay_id, type(error).__name__)  # noqa: TRY400


@transaction.atomic
def _declare_lot(stay_ids: Sequence[int], now: dt.datetime) -> list[int]:
    stays = list(
        Stay.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit__property", "guest", "workspace")
        .filter(pk__in=stay_ids, acknowledged_revision=0, revision=1)
        .exclude(pk__in=AccessGrant.objects.filter(stay__in=stay_ids).values("stay"))
        .order_by("pk")
    )
    doors = _doors_of(stays)
    taken = taken_by_device({device.pk for one in doors.values() for device in one.devices}, now=now)
    lot, left = _Lot(), []
    for stay in stays:
        if not is_entitled(stay) or (stay.ends_at is not None and stay.ends_at <= now):
            lot.done.append(stay)
        elif not _declare(stay, doors[stay.unit_id], taken, lot):
            left.append(stay.pk)
    _write(lot, now=now)
    return left


def _doors_of(stays: Iterable[Stay]) -> dict[int, _Doors]:
    found = {}
    for unit_id, doors in doors_by_unit({stay.unit_id: stay.unit for stay in stays}.values()).items():
        devices = sorted((door.device for door in doors if door.device.is_managed), key=lambda one: one.pk)
        space = None if any(is_offline_only(device) for device in devices) else space_of(devices)
        takers = frozenset(device.pk for device in devices if takes_our_pin(capabilities_of(device)))
        usable = space is not None and not space.is_empty
        found[unit_id] = _Doors(devices, space if usable else None, takers)
    return found


def _wants_phone_digits(stay: Stay) -> bool:
    return stay.kind == StayKind.GUEST and stay.workspace.pin_policy == PinPolicy.PHONE


def _declare(stay: Stay, doors: _Doors, taken: Mapping[int, set[int]], lot: _Lot) -> bool:
    """Put grant and codes into the lot; tell whether that was possible."""
    if stay.preferred_code is not None or doors.space is None or _wants_phone_digits(stay):
        return False
    grant = AccessGrant(workspace=stay.workspace, stay=stay)
    if doors.takers:
        keys = [taken[device] for device in doors.takers]
        pin = choose_pin(doors.space, taken=lambda one: any(pin_key_of(one) in used for used in keys))
        if isinstance(pin, NoPin):
            return False
        grant.pin, grant.pin_key = pin, pin_key_of(pin)
        for used in keys:
            used.add(grant.pin_key)
    for device in doors.devices:
        code = AccessCode(
            device=device, grant=grant, name=name_for(stay), starts_at=stay.starts_at, ends_at=stay.ends_at
        )
        put_pin(code, grant.pin if device.pk in doors.takers else None)
        lot.codes.append(code)
    lot.grants.append(grant)
    lot.done.append(stay)
    return True


def _write(lot: _Lot, *, now: dt.datetime) -> None:
    AccessGrant.objects.bulk_create(lot.grants)
    AccessCode.objects.bulk_create(lot.codes)
    Event.objects.bulk_create(
        code_event(code, EventType.CODE_CREATED, now=now, actor=ACTOR) for code in lot.codes
    )
    wake_devices({code.device_id for code in lot.codes}, at=now)
    booking.acknowledge_all(lot.done)
