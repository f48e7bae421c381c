"""A person's word on an event that the calendar left open: it is a stay, or it is not."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from properties.booking import BookingError, SaveOutcome, cancel_stay, reinstate_stay
from properties.calendars.applying import release_stay, save_event
from properties.calendars.locking import lock_feed
from properties.calendars.rows import known_of_row
from properties.enums import CancelReason, Decision, StayStatus
from properties.models import CalendarFeed, FeedEvent
from properties.noting import note_change


@transaction.atomic
def decide_event(event: FeedEvent, *, decision: Decision, actor: str, now: dt.datetime) -> FeedEvent:
    """ACCEPTED books the stay (or changes or reinstates it), IGNORED cancels it where there is one.

    Neither moves a guest out of the house: an event of later nights becomes a stay of its own, or none.
    May be called again with the other word. Raise BookingError where the event makes no stay.
    """
    if decision not in {Decision.ACCEPTED, Decision.IGNORED}:
        raise BookingError({"decision": "Say whether it is a stay (accepted) or not (ignored)."})
    feed = lock_feed(event.feed_id)
    if feed is None:
        raise BookingError({"event": "Its calendar has been removed."})
    row = FeedEvent.objects.select_related("stay__guest", "stay__unit").get(pk=event.pk, feed=feed)
    row.decision, row.decided_by, row.decided_at = decision, actor[:200], now
    # The word is about what the calendar says now; only what it says from here on is news.
    row.digest = row.details.get("digest", "")
    is_another = _is_another_booking(row, feed, now)
    if decision == Decision.ACCEPTED:
        if is_another:
            release_stay(row, actor=actor, now=now)
        saved = save_event(row, feed, actor=actor, now=now)
        row.stay = saved.stay
        if saved.outcome is SaveOutcome.KEPT_CANCELLED:
            row.stay = reinstate_stay(saved.stay, actor=actor, now=now, status=StayStatus.CONFIRMED)
        row.reason = f"Accepted by {actor}."[:200]
    else:
        if row.stay is not None and row.stay.status != StayStatus.CANCELLED and not is_another:
            row.stay = cancel_stay(row.stay, reason=CancelReason.PERSON, actor=actor, now=now)
        row.reason = f"Ignored by {actor}."[:200]
    row.save()
    _note(row, feed, actor=actor, now=now)
    return row


def _note(row: FeedEvent, feed: CalendarFeed, *, actor: str, now: dt.datetime) -> None:
    place = feed.unit.property
    said = "a stay" if row.decision == Decision.ACCEPTED else "not a stay"
    days = f"{row.arrival_date:%-d %b %Y} to {row.departure_date:%-d %b %Y}"
    told = f"{row.summary or 'Event without a title'}, {days}, {feed.unit.name}: {said}"
    note_change(place.workspace, "Calendar event decided", told, actor=actor, now=now, place=place)


def _is_another_booking(row: FeedEvent, feed: CalendarFeed, now: dt.datetime) -> bool:
    stay = known_of_row(row).stay
    today = now.astimezone(feed.unit.property.zone).date()
    return stay is not None and stay.would_lose_its_guest(row.arrival_date, now, today)
