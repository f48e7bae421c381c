"""How the parts of a stay's page say moments and numbers within a sentence. Pure."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from properties.zones import zone_name


def when(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """With the year: a sentence of a record stands alone."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {zone_name(local)}"


def times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
