"""Calendars that say what they mean: a guest's name, or a word for reserved, blocked or provisional.

Also Hospitable and Host Tools-like bridges, whose contact data stand in labelled lines (`describing`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from properties.calendars.reading import Reading
from properties.calendars.wording import BLOCKED, RESERVED, TENTATIVE, begins_with, doubt_of
from properties.enums import EventClass

if TYPE_CHECKING:
    from properties.calendars.parsing import CalendarEvent

_TRIPADVISOR: Final = re.compile(r"tripadvisor\b[^:]*:\s*(?P<name>.+)", re.IGNORECASE | re.DOTALL)
_BOOKING_COM: Final = re.compile(r"closed\s*-\s*not available", re.IGNORECASE)
_AIRBNB_BLOCK: Final = re.compile(r"airbnb\s*\(.*", re.IGNORECASE | re.DOTALL)


def read(event: CalendarEvent) -> Reading:
    summary = event.summary
    if _BOOKING_COM.fullmatch(summary):
        return Reading(EventClass.AMBIGUOUS, "Booking.com writes this for bookings and closures alike.")
    if begins_with(summary, BLOCKED) is not None or _AIRBNB_BLOCK.fullmatch(summary):
        return Reading(EventClass.BLOCK, "Its title says that the nights are blocked.")
    doubt = doubt_of(summary)
    if doubt:
        return Reading(EventClass.AMBIGUOUS, doubt)
    name = begins_with(summary, TENTATIVE)
    if name is not None:
        return Reading(EventClass.TENTATIVE, "Its title says that it is provisional.", name=name)
    tripadvisor = _TRIPADVISOR.fullmatch(summary)
    if tripadvisor:
        return Reading(EventClass.STAY, "A Tripadvisor booking.", name=tripadvisor["name"])
    name = begins_with(summary, RESERVED)
    if name is not None:
        return Reading(EventClass.STAY, "Its title says that it is reserved.", name=name)
    return Reading(EventClass.STAY, "Its title names a guest.", name=summary)
