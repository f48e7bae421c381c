"""How a zone is called beside a time, the same in pages, sentences and messages; when its days begin. Pure."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo


def zone_name(moment: dt.datetime) -> str:
    """Of a moment in its zone: CET, or UTC+13 where the zone has only numbers."""
    name = moment.tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name


@functools.lru_cache(maxsize=4096)
def midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """When the day begins, in UTC: differences between moments of one zone would leave out changes of its clocks."""
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
