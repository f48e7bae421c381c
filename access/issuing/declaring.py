"""Codes of a grant on its devices: declared with their PIN, held against other writers, revoked.

Choosing and inserting can race with another writer: the database's exclusion constraint decides, and whoever loses
(PinTaken) chooses again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from access.enums import EventType
from access.events import code_event, record_code_event
from access.issuing.choosing import PinTaken, PinUse, pin_for, put_pin
from access.models import AccessCode, AccessGrant, Event
from locks.constraints import takes_our_pin
from locks.devices import capabilities_of
from locks.models import Device
from properties.compiled import compiled

NO_PIN_FITS = "no_pin_fits"
PIN_CONSTRAINT = "code_pin_once_per_device_and_window"


def live_codes_of(grant: AccessGrant) -> list[AccessCode]:
    """Return the codes that should be there, locked against other writers; so are the backups pulled for them, which
    go with their originals and are not returned."""
    return [code for code in _locked_codes(grant.pk) if not code.is_backup]


@compiled
def _locked_codes(grant_id: int) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return codes.filter(grant=grant_id, revoked_at=None, ended_at=None).order_by("pk")


@compiled
def _backups_of(code_id: int) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return codes.filter(pulled_for=code_id, revoked_at=None, ended_at=None)


def revoke_code(code: AccessCode, *, reason: str, now: dt.datetime, actor: str) -> None:
    """Leave a tombstone: the code should be gone, and lives on until its lock confirms that it is. So does the backup
    that was pulled for it."""
    code.revoked_at, code.revoke_reason = now, reason
    code.failures, code.next_try_at, code.stopped = 0, None, ""
    code.save(update_fields=["revoked_at", "revoke_reason", "failures", "next_try_at", "stopped"])
    record_code_event(code, EventType.CODE_CHANGED, now=now, actor=actor, change="revoked", reason=reason)
    if not code.is_backup:
        for backup in _backups_of(code.pk):
            revoke_code(backup, reason=reason, now=now, actor=actor)


def declare_code(
    grant: AccessGrant,
    device: Device,
    *,
    name: str,
    window: tuple[dt.datetime | None, dt.datetime | None],
    now: dt.datetime,
    actor: str,
    pin_use: PinUse = PinUse.SHARED,
    pin_held_until: dt.datetime | None = None,
) -> AccessCode:
    """Insert the code of a grant on a device. Raise PinTaken where its PIN is not free there.

    `pin_held_until`: sooner than usual, where the same PIN has its next window on this device.
    """
    code = _new_code(grant, device, name=name, window=window, now=now, pin_use=pin_use)
    code.pin_held_until = pin_held_until or code.pin_held_until
    with transaction.atomic():
        _insert([code], now=now, actor=actor)
    return code


def declare_codes(
    grant: AccessGrant,
    devices: Sequence[Device],
    *,
    name: str,
    window: tuple[dt.datetime | None, dt.datetime | None],
    now: dt.datetime,
    actor: str,
    pin_use: PinUse,
) -> None:
    """Insert a grant's codes on all these devices at once. PinTaken spoils the caller's transaction, or savepoint."""
    codes = [
        _new_code(grant, device, name=name, window=window, now=now, pin_use=pin_use) for device in devices
    ]
    _insert(codes, now=now, actor=actor)


def _new_code(
    grant: AccessGrant,
    device: Device,
    *,
    name: str,
    window: tuple[dt.datetime | None, dt.datetime | None],
    now: dt.datetime,
    pin_use: PinUse,
) -> AccessCode:
    code = AccessCode(device=device, grant=grant, name=name[:200], starts_at=window[0], ends_at=window[1])
    put_pin(code, pin_for(grant, device, use=pin_use, now=now))
    if code.pin is None and takes_our_pin(capabilities_of(device)):
        code.stopped, code.message = NO_PIN_FITS, "No PIN is free that this lock takes."
    return code


def _insert(codes: Sequence[AccessCode], *, now: dt.datetime, actor: str) -> None:
    try:
        AccessCode.objects.bulk_create(codes)
    except IntegrityError as error:
        if PIN_CONSTRAINT in str(error):
            raise PinTaken from None
        raise
    Event.objects.bulk_create(
        code_event(code, EventType.CODE_CREATED, now=now, actor=actor) for code in codes
    )
