"""Smoobu: the guest's name, plus helper events for the day of check-in and of check-out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from properties.calendars.channels import generic
from properties.calendars.reading import Reading
from properties.enums import EventClass

if TYPE_CHECKING:
    from properties.calendars.parsing import CalendarEvent

_HELPER: Final = re.compile(r"(?:check[- ]?(?:in|out)|anreise|abreise)\b.*", re.IGNORECASE | re.DOTALL)


def read(event: CalendarEvent) -> Reading:
    if _HELPER.fullmatch(event.summary) and event.nights == 1:
        return Reading(EventClass.IGNORED, "A helper event of Smoobu, not a booking.")
    return generic.read(event)
