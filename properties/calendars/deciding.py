"""A person's word on an event that the calendar left open: it is a stay, or it is not."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from properties.booking import BookingError, SaveOutcome, cancel_stay, reinstate_stay
from properties.calendars.applying import save_event
from properties.enums import CancelReason, Decision, StayStatus
from properties.models import CalendarFeed, FeedEvent


@transaction.atomic
def decide_event(event: FeedEvent, *, decision: Decision, actor: str, now: dt.datetime) -> FeedEvent:
    """ACCEPTED books the stay (or changes or reinstates it), IGNORED cancels it where there is one.

    May be called again with the other word. Raise BookingError where the event makes no stay.
    """
    if decision not in {Decision.ACCEPTED, Decision.IGNORED}:
        raise BookingError({"decision": "Say whether it is a stay (accepted) or not (ignored)."})
    feeds = CalendarFeed.objects.select_for_update(of=("self",)).select_related("unit__property__workspace")
    feed = feeds.get(pk=event.feed_id)
    row = FeedEvent.objects.select_related("stay__guest", "stay__unit").get(pk=event.pk, feed=feed)
    row.decision, row.decided_by, row.decided_at = decision, actor[:200], now
    if decision == Decision.ACCEPTED:
        saved = save_event(row, feed, actor=actor, now=now)
        row.stay = saved.stay
        if saved.outcome is SaveOutcome.KEPT_CANCELLED:
            row.stay = reinstate_stay(saved.stay, actor=actor, now=now, status=StayStatus.CONFIRMED)
        row.reason = f"Accepted by {actor}."[:200]
    else:
        if row.stay is not None and row.stay.status != StayStatus.CANCELLED:
            row.stay = cancel_stay(row.stay, reason=CancelReason.PERSON, actor=actor, now=now)
        row.reason = f"Ignored by {actor}."[:200]
    row.save()
    return row
