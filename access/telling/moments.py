"""Moments as programs are told them."""

from __future__ import annotations

import datetime as dt


def told_moment(moment: dt.datetime | None) -> str | None:
    """UTC with milliseconds and a Z, as the founding API writes it."""
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
