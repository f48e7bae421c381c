"""How a zone is called beside a time, the same in pages, sentences and messages. Pure."""

from __future__ import annotations

import datetime as dt


def zone_name(moment: dt.datetime) -> str:
    """Of a moment in its zone: CET, or UTC+13 where the zone has only numbers."""
    name = moment.tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name
