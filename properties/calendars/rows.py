"""Between rows and the plain data of merging: what is known of a feed, and what an event's row makes of a stay."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet

from properties.booking import GuestDetails, StayDetails
from properties.calendars.known import KnownEvent, KnownStay
from properties.calendars.reading import Classified, digest_of
from properties.compiled import compiled
from properties.enums import Channel, Decision, EventClass, StayKind, StayStatus
from properties.models import CalendarFeed, FeedEvent, Guest, Stay

FORGET_AFTER: Final = dt.timedelta(days=30)
SOURCE_PREFIX: Final = "feed:"
POLICY: Final = "the feed's policy"
MAX_EMAIL: Final = 254


def source_of(feed: CalendarFeed) -> str:
    return f"{SOURCE_PREFIX}{feed.public_id}"


def load_rows(feed: CalendarFeed, *, today: dt.date) -> dict[str, FeedEvent]:
    """By UID; without what left the calendar long ago."""
    return {row.uid: row for row in _rows_since(feed.pk, today - FORGET_AFTER)}


@compiled
def _rows_since(feed_id: int, day: dt.date) -> QuerySet[FeedEvent]:
    recent = Q(retired_at__isnull=True) | Q(departure_date__gte=day)
    return FeedEvent.objects.filter(recent, feed=feed_id).select_related("stay__guest", "stay__unit")


def load_orphans(feed: CalendarFeed, *, now: dt.datetime) -> dict[str, Stay]:
    """Stays of this unit that a deleted feed has left behind, by the id they had there."""
    return {stay.external_id: stay for stay in _orphans(feed.unit_id, now)}


@compiled
def _orphans(unit_id: int, now: dt.datetime) -> QuerySet[Stay]:
    stays = Stay.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        unit=unit_id,
        source__startswith=SOURCE_PREFIX,
        feed_events__isnull=True,
    ).exclude(status=StayStatus.CANCELLED)
    return stays.select_related("guest", "unit")


def known_of_row(row: FeedEvent) -> KnownEvent:
    return KnownEvent(
        pk=row.pk,
        uid=row.uid,
        kind=EventClass(row.classified),
        decision=Decision(row.decision),
        by_policy=row.decided_by == POLICY,
        digest=row.digest,
        missed=row.missed,
        missing_since=row.missing_since,
        retired=row.retired_at is not None,
        stay=_known_stay(row.stay, row.details) if row.stay else None,
    )


def known_of_orphan(stay: Stay) -> KnownEvent:
    return KnownEvent(None, stay.external_id, EventClass.STAY, stay=_known_stay(stay, {}))


def _known_stay(stay: Stay, shown: dict[str, Any]) -> KnownStay:
    """Who it is, as the calendar showed it: a name that a person corrected must not hide the booking."""
    guest = stay.guest or Guest()
    return KnownStay(
        pk=stay.pk,
        live=stay.status != StayStatus.CANCELLED,
        cancel_reason=stay.cancel_reason,
        arrival_date=stay.arrival_date,
        departure_date=stay.departure_date,
        starts_at=stay.starts_at,
        ends_at=stay.ends_at,
        tentative=stay.status == StayStatus.TENTATIVE,
        name=shown.get("name") or guest.name,
        reference=shown.get("reference") or stay.reference,
        last4=shown.get("last4") or guest.phone_last4,
    )


def show_event(row: FeedEvent, classified: Classified) -> None:
    """Put into the row what the calendar now says; `row.digest` says what was carried out, and stays as it is."""
    event = classified.event
    row.classified = classified.kind
    row.summary = event.summary
    row.arrival_date = event.arrival_date
    row.departure_date = event.departure_date
    row.raw = event.raw
    row.details = {
        "channel": classified.channel,
        "name": classified.name,
        "reference": classified.reference,
        "email": classified.email,
        "phone": classified.phone,
        "last4": classified.last4,
        "check_in_time": _clock_text(classified.check_in_time),
        "check_out_time": _clock_text(classified.check_out_time),
        "adults": classified.adults,
        "digest": digest_of(classified),
    }


def details_of_row(row: FeedEvent, feed: CalendarFeed) -> StayDetails:
    """What this event makes of its stay; what the calendar does not say of a guest stays as it was."""
    shown, base = row.details, row.stay
    tentative = row.classified == EventClass.TENTATIVE and row.decision != Decision.ACCEPTED
    return StayDetails(
        unit=base.unit if base else feed.unit,
        arrival_date=row.arrival_date,
        departure_date=row.departure_date,
        kind=StayKind(base.kind) if base else StayKind.GUEST,
        status=StayStatus.TENTATIVE if tentative else StayStatus.CONFIRMED,
        check_in_time=_clock(shown.get("check_in_time")),
        check_out_time=_clock(shown.get("check_out_time")),
        guest=_guest_of(shown, base),
        channel=Channel(shown.get("channel") or Channel.GENERIC),
        reference=shown.get("reference") or (base.reference if base else ""),
        original=row.raw,
        adults=shown["adults"] if shown.get("adults") is not None else (base.adults if base else None),
        notes=base.notes if base else "",
        hold_access=base.hold_access if base else False,
        preferred_code=base.preferred_code if base else None,
        metadata=base.metadata if base else {},
    )


def _guest_of(shown: dict[str, Any], base: Stay | None) -> GuestDetails:
    known = (base.guest if base else None) or Guest()
    return GuestDetails(
        name=shown.get("name") or known.name,
        email=_email(shown.get("email", "")) or known.email,
        phone=shown.get("phone") or known.phone,
        phone_last4=shown.get("last4") or known.phone_last4,
        language=known.language,
    )


def _email(text: str) -> str:
    """A calendar's odd address must not cost the guest the booking."""
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text if len(text) <= MAX_EMAIL else ""


def _clock_text(time: dt.time | None) -> str | None:
    return time.isoformat() if time else None


def _clock(text: str | None) -> dt.time | None:
    return dt.time.fromisoformat(text) if text else None
