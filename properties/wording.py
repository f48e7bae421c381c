"""How sentences say moments, days and clock times: one format, whoever writes the sentence. Pure.

Pages have their own filters (properties.templatetags.ui), which leave out the year where it is this one.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import Final

from properties.zones import zone_name

_CLOCK: Final = re.compile(r"(\d\d:\d\d):\d\d")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")


def when(moment: dt.datetime | None, zone: zoneinfo.ZoneInfo) -> str:
    """Fri 5 Mar 2027, 14:00 CET: with the year, since a sentence of a record stands alone."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{day_of(local)}, {local:%H:%M} {zone_name(local)}"


def day_of(day: dt.date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def readable(value: object, zone: zoneinfo.ZoneInfo) -> str:
    """What a record of a change holds of a field: days, times and moments as people read them, else as it stands."""
    text = "" if value is None else str(value)
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return clock[1]
    try:
        if _DAY.fullmatch(text):
            return day_of(dt.date.fromisoformat(text))
        if _MOMENT.fullmatch(text):
            moment = dt.datetime.fromisoformat(text)
            return text if moment.tzinfo is None else when(moment, zone)
    except ValueError:
        pass  # a name that looks like a day
    return text
