"""Tell of devices that a list of their account brought, renamed or gave back, and of the account's first lists."""

from __future__ import annotations

import datetime as dt

from access.enums import EventType
from access.events import record_account_event, record_device_event
from access.models import Event
from locks.models import Account
from locks.provisioning import Listed

_OF_ACCOUNT = (
    EventType.ACCOUNT_CONNECTED,
    EventType.ACCOUNT_DISCONNECTED,
    EventType.ACCOUNT_SYNCED,
    EventType.ACCOUNT_SYNCED_AGAIN,
)


def tell_of_list(account: Account, listed: Listed, *, now: dt.datetime) -> None:
    """Called in the transaction that took the list over."""
    for device in (*listed.added, *listed.returned):
        record_device_event(device, EventType.DEVICE_ADDED, now=now, device_name=device.name)
    for device in listed.renamed:
        record_device_event(device, EventType.DEVICE_RENAMED, now=now, device_name=device.name)
    before = Event.objects.filter(account=account, type__in=_OF_ACCOUNT).order_by("-pk")
    last = before.values_list("type", flat=True).first()
    if last in (None, EventType.ACCOUNT_CONNECTED):
        # What was signed in to is told of as connected before its first list.
        again = before.exclude(type=EventType.ACCOUNT_CONNECTED).exists()
        told = EventType.ACCOUNT_SYNCED_AGAIN if again else EventType.ACCOUNT_SYNCED
        record_account_event(account, told, now=now)
