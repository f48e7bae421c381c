"""Vrbo, HomeAway, Abritel: "Reserved - Name" in the owner's language; "Provisoire" is not yet a booking."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from properties.calendars.reading import Reading
from properties.calendars.wording import BLOCKED, RESERVED, TENTATIVE, begins_with
from properties.enums import EventClass

if TYPE_CHECKING:
    from properties.calendars.parsing import CalendarEvent

_MADE_UP_UID: Final = re.compile(r"[0-9]{8}-[0-9]{8}\b.*", re.DOTALL)


def read(event: CalendarEvent) -> Reading:
    if begins_with(event.summary, BLOCKED) is not None:
        return Reading(EventClass.BLOCK, "Vrbo marks these nights as blocked.")
    name = begins_with(event.summary, TENTATIVE)
    if name is not None:
        return Reading(EventClass.TENTATIVE, "Vrbo calls it provisional.", name=name)
    name = begins_with(event.summary, RESERVED)
    if name is not None:
        return Reading(EventClass.STAY, "Vrbo calls it reserved.", name=name)
    if _MADE_UP_UID.fullmatch(event.uid):
        return Reading(EventClass.BLOCK, "Its id is made of dates, as Vrbo does for blocks.")
    return Reading(EventClass.AMBIGUOUS, "Vrbo calls it neither reserved nor blocked.")
