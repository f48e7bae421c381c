"""Listen to announced changes of stays, of which a missed one is found by access.declaring.sweep_stays, to changed
doors, and to lists of devices, of which events tell in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from locks.models import Account, Door
from locks.provisioning import Listed
from locks.signals import devices_listed
from properties.signals import stay_changed, stays_changed, stays_created


def connect() -> None:
    """Called once from AppConfig.ready."""
    stay_changed.connect(on_stay_changed, dispatch_uid="access.declare_stay")
    stays_created.connect(on_stays_created, dispatch_uid="access.declare_stays")
    stays_changed.connect(on_stays_changed, dispatch_uid="access.declare_changed_stays")
    devices_listed.connect(on_devices_listed, dispatch_uid="access.tell_of_devices")
    post_save.connect(on_door_changed, sender=Door, dispatch_uid="access.tend_pool")
    post_delete.connect(on_door_changed, sender=Door, dispatch_uid="access.tend_pool_of_no_door")


def on_stay_changed(*, stay_id: int, **_: Any) -> None:
    from access.declaring import declare_stay

    declare_stay(stay_id, now=timezone.now())


def on_stays_created(*, stay_ids: Sequence[int], **_: Any) -> None:
    from access.declaring_many import declare_new_stays

    declare_new_stays(stay_ids, now=timezone.now())


def on_stays_changed(*, stay_ids: Sequence[int], **_: Any) -> None:
    from access.following_many import declare_changed_stays

    declare_changed_stays(stay_ids, now=timezone.now())


def on_door_changed(*, instance: Door, **_: Any) -> None:
    """A lock that became a door gets a pool of backup codes, and loses it where it is a door no more; a missed one is
    found by access.backups.sweep_pools."""
    from access.backups import tend_pool

    transaction.on_commit(lambda: tend_pool(instance.device, now=timezone.now()))


def on_devices_listed(*, account: Account, listed: Listed, now: dt.datetime, **_: Any) -> None:
    from access.arrivals import tell_of_list

    tell_of_list(account, listed, now=now)
