"""What a calendar event is: stay, block, tentative, ambiguous, cancelled or ignored, and who it is about. Pure.

The channel is told by the PRODID, then by the UID's domain, then by the feed's setting; its module under `channels`
reads the event. What holds for every channel stands here: STATUS, very long stays, labelled lines of the description.
Only STAY makes a code by itself; AMBIGUOUS waits for a person or follows the feed's policy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from properties.calendars.channels import airbnb, booking_com, generic, guesty, smoobu, vrbo
from properties.calendars.describing import read_description
from properties.calendars.reading import Classified, Reading
from properties.enums import Channel, EventClass

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.calendars.parsing import CalendarEvent, ParsedCalendar

LONG_STAY_NIGHTS: Final = 90
MAX_NAME: Final = 200
_SURE_STATUS: Final = frozenset({"", "CONFIRMED"})

_BY_PRODID: Final = (
    ("airbnb", Channel.AIRBNB),
    ("booking.com", Channel.BOOKING_COM),
    ("homeaway", Channel.VRBO),
    ("vrbo", Channel.VRBO),
    ("abritel", Channel.VRBO),
    ("guesty", Channel.GUESTY),
    ("hospitable", Channel.HOSPITABLE),
    ("smoobu", Channel.SMOOBU),
    ("host tools", Channel.BRIDGE),
    ("hosttools", Channel.BRIDGE),
)
_BY_DOMAIN: Final = {
    "airbnb.com": Channel.AIRBNB,
    "booking.com": Channel.BOOKING_COM,
    "homeaway.com": Channel.VRBO,
    "vrbo.com": Channel.VRBO,
    "guesty.com": Channel.GUESTY,
    "hospitable.com": Channel.HOSPITABLE,
    "smoobu.com": Channel.SMOOBU,
    "hosttools.com": Channel.BRIDGE,
}
_READERS: Final[dict[Channel, Callable[[CalendarEvent], Reading]]] = {
    Channel.AIRBNB: airbnb.read,
    Channel.BOOKING_COM: booking_com.read,
    Channel.VRBO: vrbo.read,
    Channel.GUESTY: guesty.read,
    Channel.SMOOBU: smoobu.read,
}


def classify_calendar(parsed: ParsedCalendar, *, setting: str = "") -> tuple[Classified, ...]:
    return tuple(classify(event, prodid=parsed.prodid, setting=setting) for event in parsed.events)


def channel_of(prodid: str, uid: str, setting: str = "") -> Channel:
    spoken = re.sub(r"\s+", " ", prodid.casefold())
    for mark, channel in _BY_PRODID:
        if mark in spoken:
            return channel
    domain = re.match(r"[a-z0-9.-]*", uid.casefold().rpartition("@")[2])
    found = _BY_DOMAIN.get(domain.group()) if domain and "@" in uid else None
    return found or (Channel(setting) if setting else Channel.GENERIC)


def classify(event: CalendarEvent, *, prodid: str = "", setting: str = "") -> Classified:
    channel = channel_of(prodid, event.uid, setting)
    reading = _reader(channel, prodid)(event)
    kind, reason = _overrule(event, reading)
    contact = read_description(event.description)
    return Classified(
        event=event,
        channel=channel,
        kind=kind,
        reason=reason,
        name=(reading.name or contact.name)[:MAX_NAME].strip(),
        reference=reading.reference or contact.reference,
        email=contact.email,
        phone=contact.phone,
        last4=contact.last4,
        check_in_time=event.check_in_time or contact.check_in_time,
        check_out_time=event.check_out_time or contact.check_out_time,
        adults=contact.adults,
    )


def _reader(channel: Channel, prodid: str) -> Callable[[CalendarEvent], Reading]:
    if channel == Channel.GUESTY and "lite" in prodid.casefold():
        return guesty.read_lite
    return _READERS.get(channel, generic.read)


def _overrule(event: CalendarEvent, reading: Reading) -> tuple[EventClass, str]:
    if event.status in {"CANCELLED", "CANCELED"}:
        return EventClass.CANCELLED, "The calendar says that it is cancelled."
    if reading.kind == EventClass.STAY and event.status == "TENTATIVE":
        return EventClass.TENTATIVE, "The calendar says that it is tentative."
    if reading.kind == EventClass.STAY and event.status not in _SURE_STATUS:
        return EventClass.AMBIGUOUS, f"Its status “{event.status}” is not known."
    if reading.kind in {EventClass.STAY, EventClass.TENTATIVE} and event.nights > LONG_STAY_NIGHTS:
        return EventClass.AMBIGUOUS, f"{event.nights} nights are more than a guest usually stays."
    return reading.kind, reading.reason
