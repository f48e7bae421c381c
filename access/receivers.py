"""Listen to announced changes of stays, of which a missed one is found by access.declaring.sweep_stays, and to lists
of devices, of which events tell in the same transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from locks.models import Account
from locks.provisioning import Listed
from locks.signals import devices_listed
from properties.signals import stay_changed


def connect() -> None:
    """Called once from AppConfig.ready."""
    stay_changed.connect(on_stay_changed, dispatch_uid="access.declare_stay")
    devices_listed.connect(on_devices_listed, dispatch_uid="access.tell_of_devices")


def on_stay_changed(*, stay_id: int, **_: Any) -> None:
    from access.declaring import declare_stay

    declare_stay(stay_id, now=timezone.now())


def on_devices_listed(*, account: Account, listed: Listed, now: dt.datetime, **_: Any) -> None:
    from access.arrivals import tell_of_list

    tell_of_list(account, listed, now=now)
