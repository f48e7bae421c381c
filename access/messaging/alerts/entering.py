"""News for those who asked for it: that a guest came in for the first time, as far as a lock tells.

It holds for a day from when Keyturn heard of it, so that one sweep or another finds it and quiet hours end in time; a
stay has one first entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from access.entries import entries_by_guests
from access.enums import AlertKind
from access.issuing import door_name
from access.messaging.alerts.causes import Cause
from access.models import AlertChannel
from properties.models import Workspace
from properties.wording import when

TOLD_FOR = dt.timedelta(days=1)
# The look that read the log reads the codes next, and may find that the one that opened was edited.
SETTLES = dt.timedelta(minutes=1)


def news_of(workspace: Workspace, channels: Sequence[AlertChannel], *, now: dt.datetime) -> Iterator[Cause]:
    """Nothing of before the first of these channels asked to hear of it."""
    asked = [channel.since for channel in channels if AlertKind.ENTRY in channel.severities]
    if not asked:
        return
    # By when it was heard: a lock that was out of reach tells late.
    earliest = max(min(asked), now - TOLD_FOR)
    entries = entries_by_guests().filter(workspace=workspace, stay__isnull=False)
    known = entries.filter(Q(created_at__lt=earliest) | Q(occurred_at__lt=min(asked)), stay=OuterRef("stay"))
    heard = entries.filter(~Exists(known), created_at__range=(earliest, now - SETTLES))
    found = heard.order_by("stay", "occurred_at", "pk")
    for event in found.distinct("stay").select_related("stay__unit__property", "stay__guest", "device__door"):
        stay = event.stay
        assert stay is not None  # noqa: S101 -- filtered above
        place = stay.unit.property
        door = f" at {door_name(event.device)}" if event.device is not None else ""
        yield Cause(
            key=f"entry:{stay.pk}",
            severity=AlertKind.ENTRY,
            title=f"{stay.guest_name}, {place.name} · {stay.unit.name}",
            text=f"First entry{door}: {when(event.occurred_at, place.zone)}.",
            path=reverse("stay-detail", args=[stay.public_id]),
            place=place,
        )
