"""Booking.com calls bookings and closures alike "CLOSED - Not available": a person or the feed's policy must decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from properties.calendars.reading import Reading
from properties.calendars.wording import BLOCKED, begins_with
from properties.enums import EventClass

if TYPE_CHECKING:
    from properties.calendars.parsing import CalendarEvent


def read(event: CalendarEvent) -> Reading:
    rest = begins_with(event.summary, ("closed",))
    if rest and begins_with(rest, BLOCKED) is None:
        return Reading(EventClass.STAY, "A Booking.com booking with a name.", name=rest)
    return Reading(EventClass.AMBIGUOUS, "Booking.com does not tell a booking from a closure.")
