"""Guesty: booking rules come out as events, told only by their UID; names stand between a prefix and a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from properties.calendars.reading import Reading
from properties.calendars.wording import BLOCKED, begins_with, doubt_of
from properties.enums import EventClass

if TYPE_CHECKING:
    from properties.calendars.parsing import CalendarEvent

# <listing>_<kind>_<from>_<to>@guesty.com_<hash>: an = advance notice, bw and bd = booking window.
_RULE_UID: Final = re.compile(r".*_(an|bw|bd|b|a)_[0-9-]{8,10}_[0-9-]{8,10}(@.*)?", re.DOTALL)
_RULES: Final = frozenset({"an", "bw", "bd"})
_CODED: Final = re.compile(
    r"(?:GST-)?(?P<name>.+?)-(?P<code>(?:GY|BC|HA)-[A-Za-z0-9]{3,20}|HM[A-Z0-9]{6,12})(?:-.*)?", re.DOTALL
)


def read(event: CalendarEvent) -> Reading:
    rule = _RULE_UID.fullmatch(event.uid)
    if rule and rule[1] in _RULES:
        return Reading(EventClass.IGNORED, "A booking rule of Guesty, not a booking.")
    if rule or begins_with(event.summary, BLOCKED) is not None:
        return Reading(EventClass.BLOCK, "Guesty marks these nights as blocked.")
    coded = _CODED.fullmatch(event.summary)
    if coded:
        return Reading(EventClass.STAY, "A Guesty reservation.", name=coded["name"], reference=coded["code"])
    doubt = doubt_of(event.summary)
    if doubt:
        return Reading(EventClass.AMBIGUOUS, doubt)
    return Reading(EventClass.STAY, "A Guesty reservation.", name=event.summary)


def read_lite(event: CalendarEvent) -> Reading:
    """Guesty Lite exports the bookings of other channels as blocks."""
    reading = read(event)
    if reading.kind == EventClass.BLOCK and not _RULE_UID.fullmatch(event.uid):
        return Reading(EventClass.AMBIGUOUS, "Guesty Lite calls some bookings blocked.")
    return reading
