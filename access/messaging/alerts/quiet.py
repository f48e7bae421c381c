"""Quiet hours (pure): clock times of a property, over midnight too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Both None, or equal: none."""

    start: dt.time | None = None
    end: dt.time | None = None

    def holds(self, moment: dt.datetime, zone: ZoneInfo) -> bool:
        if self.start is None or self.end is None or self.start == self.end:
            return False
        clock = moment.astimezone(zone).time().replace(tzinfo=None)
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end
