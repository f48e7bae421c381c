"""Wake a device: the only way to say that something about it must be looked at.

`wake_devices` joins the caller's transaction, so the wake-up is committed with the fact that caused it; idle runners
hear of it at that moment through PostgreSQL's NOTIFY.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction

from locks.models import Device
from locks.signals import devices_woken

CHANNEL = "keyturn_due"


# One statement, since it ends nearly every change of a stay. Locked in one order, so that two callers with the same
# devices don't wait for each other; LEAST passes over nulls; the same word twice in a transaction is told once.
_WAKE = """
    WITH locked AS MATERIALIZED (
        SELECT id FROM locks_device WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE
    ), woken AS (
        UPDATE locks_device SET wake_at = LEAST(wake_at, %s), deadline_at = LEAST(deadline_at, %s),
            declared_seq = declared_seq + 1
        FROM locked WHERE locks_device.id = locked.id
        RETURNING locks_device.id
    )
    SELECT id, pg_notify(%s, '') FROM woken
"""
# For one device, as most callers have it: PostgreSQL plans it once, which it does for no list.
_WAKE_ONE = """
    WITH woken AS (
        UPDATE locks_device SET wake_at = LEAST(wake_at, %s), deadline_at = LEAST(deadline_at, %s),
            declared_seq = declared_seq + 1
        WHERE id = %s RETURNING id
    )
    SELECT id, pg_notify(%s, '') FROM woken
"""


@transaction.atomic
def ask_devices(device_ids: Iterable[int], *, at: dt.datetime) -> None:
    """Wake these devices and have them asked for their status and log too, not for their codes alone. What is known of
    them, and when they were heard, stays known."""
    ids = sorted(set(device_ids))
    # First, since it holds their rows in the one order that all keep to.
    wake_devices(ids, at=at)
    Device.objects.filter(pk__in=ids).update(status_wanted_at=at)


def wake_devices(device_ids: Iterable[int], *, at: dt.datetime) -> None:
    """Make these devices due at `at`, or earlier where they already were."""
    ids = sorted(set(device_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        if len(ids) == 1:
            cursor.execute(_WAKE_ONE, [at, at, ids[0], CHANNEL])
        else:
            cursor.execute(_WAKE, [ids, at, at, CHANNEL])
        woken = sorted(row[0] for row in cursor.fetchall())
    if woken:
        devices_woken.send(sender=Device, device_ids=woken)
