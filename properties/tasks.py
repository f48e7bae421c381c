"""Feed work for the cluster "slow". Tasks take ids only, are idempotent, and may be killed at any line."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from properties.calendars.queueing import enqueue_fetch
from properties.calendars.scheduling import CLAIM
from properties.calendars.syncing import sync_feed
from properties.models import CalendarFeed

BATCH = 500


def fetch_feed(feed_id: int) -> str:
    fetch = sync_feed(feed_id)
    return fetch.outcome if fetch else "nothing to do"


@transaction.atomic
def enqueue_due_feeds() -> int:
    """Run every minute; reads the index of what is due, never what exists.

    A feed is claimed by moving its next fetch ahead, so that a slow queue does not fill with the same feed, and one
    whose task was lost comes back.
    """
    now = timezone.now()
    due = CalendarFeed.objects.filter(
        Q(next_fetch_at__lte=now) | Q(next_fetch_at__isnull=True), is_active=True
    )
    due = due.order_by(F("next_fetch_at").asc(nulls_first=True)).select_for_update(skip_locked=True)
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    CalendarFeed.objects.filter(pk__in=ids).update(next_fetch_at=now + CLAIM)
    for feed_id in ids:
        enqueue_fetch(feed_id)
    return len(ids)
