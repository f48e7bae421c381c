"""Which PINs are taken on a device, and the keyed hash by which they are compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection

from django.db import connection
from django.db.models import Q, QuerySet

from access.models import AccessCode, AccessGrant, LockCode
from properties import crypto

# A PIN is not given to somebody else on the same door for so long after it ended.
REST = dt.timedelta(days=30)
# The database keeps a PIN to its code for so long after its window (cleanup may be late).
HELD_AFTER_END = dt.timedelta(hours=24)


# As `_with_pins` says it. Asked for each PIN that is chosen, and composing it cost more than running it.
_TAKEN = """
    SELECT "pin_key" FROM "access_accesscode" WHERE "device_id" = ANY(%s::bigint[]) AND "pin_key" IS NOT NULL
        AND ("ended_at" IS NULL OR "ended_at" > %s) AND (%s::bigint IS NULL OR "grant_id" IS DISTINCT FROM %s::bigint)
    UNION
    SELECT "pin_key" FROM "access_lockcode" WHERE "device_id" = ANY(%s::bigint[]) AND "pin_key" IS NOT NULL
        AND "access_code_id" IS NULL
"""


# For a single device, as most are asked about: PostgreSQL plans it once, since one value is like another to it.
_TAKEN_ON_ONE = """
    SELECT "pin_key" FROM "access_accesscode" WHERE "device_id" = %s AND "pin_key" IS NOT NULL
        AND ("ended_at" IS NULL OR "ended_at" > %s)
    UNION ALL
    SELECT "pin_key" FROM "access_lockcode" WHERE "device_id" = %s AND "pin_key" IS NOT NULL
        AND "access_code_id" IS NULL
"""


def pin_key_of(pin: str) -> int:
    return crypto.keyed_hash("pin", pin)


def held_until(ends_at: dt.datetime | None) -> dt.datetime | None:
    return None if ends_at is None else ends_at + HELD_AFTER_END


def taken_on(
    device_ids: Collection[int], *, now: dt.datetime, besides: AccessGrant | None = None
) -> Callable[[str], bool]:
    """Return a test whether a PIN is in use, or was lately, on any of these devices; the codes of the grant `besides`
    don't count."""
    devices, grant = list(device_ids), None if besides is None else besides.pk
    with connection.cursor() as cursor:
        if len(devices) == 1 and grant is None:
            cursor.execute(_TAKEN_ON_ONE, [devices[0], now - REST, devices[0]])
        else:
            cursor.execute(_TAKEN, [devices, now - REST, grant, grant, devices])
        keys = {key for (key,) in cursor.fetchall()}
    return lambda pin: pin_key_of(pin) in keys


def taken_by_device(device_ids: Collection[int], *, now: dt.datetime) -> dict[int, set[int]]:
    """The keyed hashes of what is in use, or was lately, on each of these devices."""
    codes, foreign = _with_pins(device_ids, now=now)
    found: dict[int, set[int]] = {device: set() for device in device_ids}
    names = ("device_id", "pin_key")
    for device, key in codes.values_list(*names).union(foreign.values_list(*names)):
        found[device].add(key)
    return found


def _with_pins(
    device_ids: Collection[int], *, now: dt.datetime
) -> tuple[QuerySet[AccessCode], QuerySet[LockCode]]:
    recent = Q(ended_at__isnull=True) | Q(ended_at__gt=now - REST)
    codes = AccessCode.objects.filter(recent, device__in=device_ids, pin_key__isnull=False)
    foreign = LockCode.objects.filter(device__in=device_ids, access_code=None, pin_key__isnull=False)
    return codes, foreign
