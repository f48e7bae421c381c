"""The vocabulary shared by the classifier and its channels, and the digest by which a change is told."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from properties.calendars.parsing import CalendarEvent
    from properties.enums import Channel, EventClass


@dataclass(frozen=True, slots=True)
class Reading:
    """What a channel makes of an event; `reason` is a sentence for the person who looks at it."""

    kind: EventClass
    reason: str
    name: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """What a description says in labelled lines. All text; `last4` keeps its zeros."""

    name: str = ""
    reference: str = ""
    email: str = ""
    phone: str = ""
    last4: str = ""
    check_in_time: dt.time | None = None
    check_out_time: dt.time | None = None
    adults: int | None = None


@dataclass(frozen=True, slots=True)
class Classified:
    event: CalendarEvent
    channel: Channel
    kind: EventClass
    reason: str
    name: str = ""
    reference: str = ""
    email: str = ""
    phone: str = ""
    last4: str = ""
    check_in_time: dt.time | None = None
    check_out_time: dt.time | None = None
    adults: int | None = None


def digest_of(classified: Classified) -> str:
    """Covers what matters of an event; not its DTSTAMP, nor the words around the facts."""
    event = classified.event
    facts = [
        classified.kind, event.arrival_date, event.departure_date, classified.check_in_time, classified.check_out_time,
        classified.name, classified.reference, classified.email, classified.phone, classified.last4, classified.adults,
    ]  # fmt: skip
    return hashlib.sha256(
        json.dumps([None if one is None else str(one) for one in facts]).encode()
    ).hexdigest()
