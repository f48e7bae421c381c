"""A calendar is unsubscribed for good. Its stays remain, or those that have not begun are cancelled, as a person says.

Called by the page of the feed. Guests who are in the house keep their stay either way.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from properties.booking import cancel_stay
from properties.calendars.locking import lock_feed
from properties.enums import CancelReason, StayStatus
from properties.models import CalendarFeed, Stay
from properties.noting import note_change


@transaction.atomic
def remove_feed(feed: CalendarFeed, *, cancel: bool, actor: str, now: dt.datetime) -> int:
    """Return how many stays were cancelled."""
    locked = lock_feed(feed.pk)
    if locked is None:
        return 0
    stays = coming_stays_of(locked, now=now) if cancel else []
    for stay in stays:
        cancel_stay(stay, reason=CancelReason.PERSON, actor=actor, now=now)
    place = locked.unit.property
    told = f"{locked}, {locked.unit.name}"
    if cancel:
        told = f"{told}; stays cancelled: {len(stays)}"
    note_change(place.workspace, "Calendar removed", told, actor=actor, now=now, place=place)
    locked.delete()
    return len(stays)


def coming_stays_of(feed: CalendarFeed, *, now: dt.datetime) -> list[Stay]:
    rows = Stay.objects.filter(feed_events__feed=feed, starts_at__gt=now).exclude(status=StayStatus.CANCELLED)
    return list(rows.distinct().order_by("pk"))
