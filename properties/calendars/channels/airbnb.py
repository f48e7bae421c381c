"""Airbnb: "Reserved" with a reservation address is a booking; "(Not available)" never is, however short or odd.

Blocks change their UID every day and appear as one-night events today and a year ahead. Names left the feed in 2019;
older exports have them before the code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from properties.calendars.reading import Reading
from properties.calendars.wording import BLOCKED, RESERVED, begins_with
from properties.enums import EventClass

if TYPE_CHECKING:
    from properties.calendars.parsing import CalendarEvent

BLOCK_UIDS: Final = ("6fec1092d3fa-", "7f662ec65913-")
_REFERENCE: Final = re.compile(r"(?:reservations/details/|[?&]code=)(HM[A-Z0-9]{6,12})")
_NAMED: Final = re.compile(r"(.+) \((HM[A-Z0-9]{6,12})\)")


def read(event: CalendarEvent) -> Reading:
    named = _NAMED.fullmatch(event.summary)
    if named:
        return Reading(EventClass.STAY, "An Airbnb reservation.", name=named[1], reference=named[2])
    if event.uid.startswith(BLOCK_UIDS) or _is_block(event.summary):
        return Reading(EventClass.BLOCK, "Airbnb marks these nights as not available.")
    link = _REFERENCE.search(event.description) or _REFERENCE.search(event.url)
    if link:
        return Reading(EventClass.STAY, "An Airbnb reservation.", reference=link[1])
    if begins_with(event.summary, RESERVED) is not None:
        return Reading(EventClass.STAY, "Airbnb calls it reserved.")
    return Reading(EventClass.AMBIGUOUS, "Airbnb gives neither a reservation nor a block.")


def _is_block(summary: str) -> bool:
    inner = re.sub(r"^airbnb\s*\((.*)\)$", r"\1", summary.strip(), flags=re.IGNORECASE)
    return begins_with(inner, BLOCKED) is not None or summary.casefold().startswith("airbnb (")
