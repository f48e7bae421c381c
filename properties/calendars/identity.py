"""Which known stay is an event with a new UID? Pure.

A stay may be recognised only while its own UID is not in the same read, and never so that a guest who is in the house
would be moved out of it. What recognises it, best first: the same reference; the same name or last four digits and
dates that overlap or touch; the same nights. Nothing that both of them tell may differ. Names are compared whole: Ann
is not Anna; a name or a reference that several bookings bear tells nothing. Two events never become one stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from properties.calendars.known import Dated, KnownEvent, KnownStay, Read
from properties.calendars.reading import Classified
from properties.calendars.wording import names_nobody
from properties.enums import CancelReason, EventClass

_BOOKINGS = frozenset({EventClass.STAY, EventClass.TENTATIVE, EventClass.AMBIGUOUS})
_FAR = dt.date.max


def match_events(known: Sequence[KnownEvent], read: Read, *, worn: AbstractSet[str]) -> dict[str, KnownEvent]:
    """UID of each event of the read -> the known event that it is."""
    rows = {one.uid: one for one in known if one.pk is None} | {one.uid: one for one in known if one.pk}
    matched = {one.event.uid: rows[one.event.uid] for one in read.events if one.event.uid in rows}
    fresh = [one for one in read.events if _is_fresh(matched.get(one.event.uid))]
    lost = [one for one in rows.values() if one.uid not in read.uids and one.stay is not None]
    pairs = sorted(
        (score, gone.uid, new.event.uid)
        for gone in lost
        for new in fresh
        if (score := _likeness(new, gone, read, worn)) is not None
    )
    taken: set[str] = set()
    for _, gone_uid, new_uid in pairs:
        if gone_uid not in taken and new_uid not in taken:
            matched[new_uid] = rows[gone_uid]
            taken |= {gone_uid, new_uid}
    return matched


def worn_references(known: Sequence[KnownEvent], read: Read) -> frozenset[str]:
    """References that two bookings bear on different nights: the name of a house, say, and not of a booking."""
    stays = [one.stay for one in known if one.stay is not None and one.stay.live]
    shown = [(one.reference, one.event) for one in read.events if one.kind in _BOOKINGS]
    return frozenset(_worn(shown) | _worn((stay.reference, stay) for stay in stays))


def _worn(bookings: Iterable[tuple[str, Dated]]) -> set[str]:
    worn: set[str] = set()
    ends: dict[str, dt.date] = {}
    for reference, one in sorted(bookings, key=lambda pair: pair[1].arrival_date):
        if reference and one.arrival_date >= ends.get(reference, _FAR):
            worn.add(reference)
        ends[reference] = max(ends.get(reference, dt.date.min), one.departure_date or _FAR)
    return worn


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
    return _shared_nights(event.event, stay) >= event.event.nights


def _comes_before(other: Classified, event: Classified) -> bool:
    if other.reference != event.reference or other.kind not in _BOOKINGS:
        return False
    wide, narrow = other.event, event.event
    if not (wide.arrival_date <= narrow.arrival_date and narrow.departure_date <= wide.departure_date):
        return False
    return wide.nights > narrow.nights or wide.uid < narrow.uid


def touches(one: Dated, other: Dated) -> bool:
    """The dates overlap or are adjacent."""
    return _shared_nights(one, other) >= 0


def overlaps(one: Dated, other: Dated) -> bool:
    return _shared_nights(one, other) > 0


def contradicts(new: Classified, stay: KnownStay, *, worn: AbstractSet[str]) -> bool:
    """They tell of different bookings: another reference, another name, other digits."""
    return _refers_elsewhere(new, stay, worn) or _differ(_told(new, stay))


def _is_fresh(row: KnownEvent | None) -> bool:
    return row is None or row.stay is None


def _likeness(
    new: Classified, gone: KnownEvent, read: Read, worn: AbstractSet[str]
) -> tuple[int, int] | None:
    """Smaller is more alike; None: not the same stay."""
    stay, event = gone.stay, new.event
    if stay is None or stay.has_ended(read.now) or _refers_elsewhere(new, stay, worn):
        return None
    if stay.would_lose_its_guest(event.arrival_date, read.now, read.today):
        return None
    shared = _shared_nights(event, stay)
    if new.reference and new.reference == stay.reference and new.reference not in worn:
        bookish = new.kind in _BOOKINGS or new.kind == EventClass.CANCELLED
        return (0, -shared) if bookish and (shared >= 0 or not _differ(_told(new, stay))) else None
    if not read.complete or new.kind not in _BOOKINGS or shared < 0:
        return None
    told = _told(new, stay)
    if _differ(told) or not _may_be_guessed(stay, told):
        return None
    same_nights = (event.arrival_date, event.departure_date) == (stay.arrival_date, stay.departure_date)
    return (1, -shared) if told else (2, -shared) if same_nights else None


def _may_be_guessed(stay: KnownStay, told: Sequence[tuple[str, str]]) -> bool:
    """What was cancelled comes back only where something tells who it is: its nights may be another guest's now."""
    return stay.live or (stay.cancel_reason == CancelReason.ABSENCE and bool(told))


def _refers_elsewhere(new: Classified, stay: KnownStay, worn: AbstractSet[str]) -> bool:
    return len({new.reference, stay.reference} - {""} - worn) > 1


def _told(new: Classified, stay: KnownStay) -> list[tuple[str, str]]:
    """What both tell of the guest."""
    pairs = [(_plain(new.name), _plain(stay.name)), (new.last4, stay.last4)]
    return [(one, other) for one, other in pairs if one and other]


def _differ(told: Sequence[tuple[str, str]]) -> bool:
    return any(one != other for one, other in told)


def _plain(name: str) -> str:
    return "" if names_nobody(name) else " ".join(name.casefold().split())


def _shared_nights(one: Dated, other: Dated) -> int:
    end = min(one.departure_date or _FAR, other.departure_date or _FAR)
    return (end - max(one.arrival_date, other.arrival_date)).days
