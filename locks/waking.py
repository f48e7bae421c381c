"""Wake a device: the only way to say that something about it must be looked at.

`wake_devices` joins the caller's transaction, so the wake-up is committed with the fact that caused it; idle runners
hear of it at that moment through PostgreSQL's NOTIFY.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Least

from locks.models import Device
from locks.signals import devices_woken

CHANNEL = "keyturn_due"


@transaction.atomic
def wake_devices(device_ids: Iterable[int], *, at: dt.datetime) -> None:
    """Make these devices due at `at`, or earlier where they already were. (PostgreSQL's LEAST passes over nulls.)"""
    # Locked in one order, so that two callers with the same devices don't wait for each other.
    ids = list(
        Device.objects.select_for_update(no_key=True)
        .filter(pk__in=device_ids)
        .order_by("pk")
        .values_list("pk")
    )
    Device.objects.filter(pk__in=[pk for (pk,) in ids]).update(
        wake_at=Least(F("wake_at"), at),
        deadline_at=Least(F("deadline_at"), at),
        declared_seq=F("declared_seq") + 1,
    )
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
        devices_woken.send(sender=Device, device_ids=[pk for (pk,) in ids])
