"""A lock is left to others, and taken back. While it is unmanaged it is read and never written to, with one exception:
what was to be removed when it was given up (its tombstones, its backup pool) is still removed, for nobody else would.

Left to others: codes that stand on the lock turn unmanaged and stay; those that lock keeps a window for run out by
themselves, the others open until somebody removes them. Codes that never got there end. Stays lose the door.

Taken back: its codes stay unmanaged, except those of stays and holders that still have a right to this door and whose
code stands in the same place with the same PIN; for the rest of them codes are declared as for a new door.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q

from access.enums import EventType
from access.events import record_code_event, record_device_event
from access.foreign.converting import manage_in_place, put_in_place
from access.foreign.releasing import release_code, stands_on_lock
from access.issuing import revoke_code
from access.models import AccessCode, AccessGrant, LockCode, Problem
from locks.devices import capabilities_of
from locks.models import Device, Door
from locks.queries import units_of_door
from locks.waking import wake_devices
from properties.booking import touch_units

LEFT = "the lock is no longer managed"


@transaction.atomic
def unmanage_device(device: Device, *, actor: str, now: dt.datetime) -> Device:
    """Leave the lock to others; without effect where it is so already."""
    _touch_stays(device, actor=actor, now=now)
    codes = _live_codes(device)
    device = _hold(device)
    if not device.is_managed:
        return device
    for code in codes:
        _let_go(code, actor=actor, now=now)
    _set_managed(device, managed=False)
    Problem.objects.filter(device=device, cleared_at=None, code__endswith="_backup_access_code_pool").update(
        cleared_at=now
    )
    record_device_event(device, EventType.DEVICE_UNMANAGED, now=now, actor=actor)
    wake_devices([device.pk], at=now)
    return device


@transaction.atomic
def manage_device(device: Device, *, actor: str, now: dt.datetime) -> Device:
    """Take the lock back; without effect where it is managed already."""
    _touch_stays(device, actor=actor, now=now)
    former = _former_codes(device, now=now)
    device = _hold(device)
    if device.is_managed:
        return device
    _set_managed(device, managed=True)
    record_device_event(device, EventType.DEVICE_MANAGED, now=now, actor=actor)
    for code in former:
        _take_back(code, device, actor=actor, now=now)
    wake_devices([device.pk], at=now)
    return device


def _touch_stays(device: Device, *, actor: str, now: dt.datetime) -> None:
    """Hold the stays of this door against changes, and have them declared anew after the commit."""
    door = Door.objects.filter(device=device).first()
    if door is not None:
        touch_units(units_of_door(door).values_list("pk", flat=True), actor=actor, now=now)


def _live_codes(device: Device) -> list[AccessCode]:
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return list(rows.filter(device=device, ended_at=None).order_by("pk"))


def _hold(device: Device) -> Device:
    rows = Device.objects.select_for_update(of=("self",), no_key=True).select_related("account")
    return rows.get(pk=device.pk)


def _set_managed(device: Device, *, managed: bool) -> None:
    """Staff access listens to this save, as stays do to `touch_units`."""
    device.is_managed = managed
    device.save(update_fields=["is_managed", "updated_at"])


def _let_go(code: AccessCode, *, actor: str, now: dt.datetime) -> None:
    """What should be gone is still removed; what stands stays; what never got there ends."""
    if code.revoked_at is not None:
        return
    is_over = code.ends_at is not None and code.ends_at <= now
    if is_over or (code.is_backup and code.pulled_for_id is None):
        revoke_code(code, reason=LEFT, now=now, actor=actor)
    elif stands_on_lock(code) or code.is_offline:
        release_code(code, reason=LEFT, actor=actor, now=now)
    else:
        code.revoked_at = code.ended_at = now
        code.revoke_reason = LEFT
        code.save(update_fields=["revoked_at", "ended_at", "revoke_reason"])
        Problem.objects.filter(access_code=code, cleared_at=None).update(cleared_at=now)
        record_code_event(code, EventType.CODE_DELETED, now=now, actor=actor, reason=LEFT)


def _former_codes(device: Device, *, now: dt.datetime) -> list[AccessCode]:
    """Return what was let go of here and whose holders still have their right, locked after their grants."""
    rows = (
        AccessCode.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=now),
            device=device,
            is_managed=False,
            ended_at__isnull=False,
            grant__revoked_at=None,
        )
        .exclude(grant=None)
        .exclude(is_offline=True)
    )
    grants = AccessGrant.objects.select_for_update(no_key=True).filter(pk__in=rows.values("grant"))
    list(grants.order_by("pk").values_list("pk"))
    held = rows.select_for_update(of=("self",)).select_related("device__account", "grant")
    return list(held.order_by("pk"))


def _take_back(code: AccessCode, device: Device, *, actor: str, now: dt.datetime) -> None:
    """Manage the code again where it stands unchanged in its place; else it is a foreign one, and clash rules hold."""
    places = LockCode.objects.select_for_update().filter(device=device, access_code=None)
    place = places.filter(public_id=code.public_id).first()
    if place is None or not _is_still(code, place):
        return
    place.device = code.device = device
    manage_in_place(code, place, capabilities_of(device), now=now)
    try:
        put_in_place(code, place)
    except IntegrityError:
        return
    record_code_event(code, EventType.FOREIGN_CONVERTED, now=now, actor=actor, name=place.name)


def _is_still(code: AccessCode, place: LockCode) -> bool:
    """The PIN there is the one that the holder was told, and has not been replaced since."""
    grant = code.grant
    own = grant is not None and (grant.pin_key is None or grant.pin_note != "")
    told = code.is_backup or own or (grant is not None and code.pin_key == grant.pin_key)
    return told and (place.pin_key is None or place.pin_key == code.pin_key)
