"""Which known stay is an event with a new UID? Pure.

A stay may be recognised only while its own UID is not in the same read. The same reference is enough. Otherwise the
same name or the same last four digits and dates that overlap or touch, nothing contradicting; and never so that a
guest who is in the house would be moved out of it. Names are compared whole: Ann is not Anna. Two events never become
one stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from properties.calendars.known import KnownEvent, KnownStay, Read
from properties.calendars.reading import Classified
from properties.enums import CancelReason, EventClass

_BOOKINGS = frozenset({EventClass.STAY, EventClass.TENTATIVE, EventClass.AMBIGUOUS})
_FAR = dt.date.max


def match_events(known: Sequence[KnownEvent], read: Read) -> dict[str, KnownEvent]:
    """UID of each event of the read -> the known event that it is."""
    rows = {one.uid: one for one in known if one.pk is None} | {one.uid: one for one in known if one.pk}
    matched = {one.event.uid: rows[one.event.uid] for one in read.events if one.event.uid in rows}
    fresh = [one for one in read.events if _is_fresh(matched.get(one.event.uid))]
    lost = [one for one in rows.values() if one.uid not in read.uids and one.stay is not None]
    pairs = sorted(
        (score, gone.uid, new.event.uid)
        for gone in lost
        for new in fresh
        if (score := _likeness(new, gone, read)) is not None
    )
    taken: set[str] = set()
    for _, gone_uid, new_uid in pairs:
        if gone_uid not in taken and new_uid not in taken:
            matched[new_uid] = rows[gone_uid]
            taken |= {gone_uid, new_uid}
    return matched


def is_double(event: Classified, known: Sequence[KnownEvent], read: Read) -> bool:
    """Another event of the same read stands for this booking: same reference, and all its nights.

    A booking that is split over two events keeps both.
    """
    if not event.reference:
        return False
    stays = [one.stay for one in known if one.uid in read.uids and one.uid != event.event.uid]
    if any(
        stay and stay.live and stay.reference == event.reference and _within(event, stay) for stay in stays
    ):
        return True
    return any(_comes_before(other, event) for other in read.events)


def _within(event: Classified, stay: KnownStay) -> bool:
    return _shared_nights(event, stay) >= event.event.nights


def _comes_before(other: Classified, event: Classified) -> bool:
    if other.reference != event.reference or other.kind not in _BOOKINGS:
        return False
    wide, narrow = other.event, event.event
    if not (wide.arrival_date <= narrow.arrival_date and narrow.departure_date <= wide.departure_date):
        return False
    return wide.nights > narrow.nights or wide.uid < narrow.uid


def touches(event: Classified, stay: KnownStay) -> bool:
    """The dates overlap or are adjacent."""
    return _shared_nights(event, stay) >= 0


def overlaps(event: Classified, stay: KnownStay) -> bool:
    return _shared_nights(event, stay) > 0


def _is_fresh(row: KnownEvent | None) -> bool:
    return row is None or row.stay is None


def _likeness(new: Classified, gone: KnownEvent, read: Read) -> tuple[int, int] | None:
    """Smaller is more alike; None: not the same stay."""
    stay = gone.stay
    if stay is None or stay.has_ended(read.now):
        return None
    shared = -_shared_nights(new, stay)
    if new.reference and stay.reference:
        bookish = new.kind in _BOOKINGS or new.kind == EventClass.CANCELLED
        return (0, shared) if new.reference == stay.reference and bookish else None
    if not (read.complete and new.kind in _BOOKINGS and _may_be_guessed(stay) and touches(new, stay)):
        return None
    if stay.has_begun(read.now, read.today) and new.event.arrival_date > read.today:
        return None
    return (1, shared) if _same_person(new, stay) else None


def _may_be_guessed(stay: KnownStay) -> bool:
    return stay.live or stay.cancel_reason == CancelReason.ABSENCE


def _same_person(new: Classified, stay: KnownStay) -> bool:
    pairs = [(_plain(new.name), _plain(stay.name)), (new.last4, stay.last4)]
    told = [(one, other) for one, other in pairs if one and other]
    return bool(told) and all(one == other for one, other in told)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _shared_nights(new: Classified, stay: KnownStay) -> int:
    event = new.event
    end = min(event.departure_date, stay.departure_date or _FAR)
    return (end - max(event.arrival_date, stay.arrival_date)).days
