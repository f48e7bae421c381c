"""Days as an axis: where a moment lies on it, in the clock of one zone. Pure.

A day is as wide as any other, also where the clocks change and it has 23 or 25 hours, so that midnights are where their
lines are and time never runs backwards. Columns are half-days: who leaves in the morning and who comes in the afternoon
share a day.
"""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from dataclasses import dataclass
from typing import Final

from properties.zones import midnight

DAY: Final = dt.timedelta(days=1)
HALVES: Final = 2


@dataclass(frozen=True, slots=True)
class Axis:
    """`days` days from `first` on, in `zone`."""

    first: dt.date
    days: int
    zone: zoneinfo.ZoneInfo

    @property
    def columns(self) -> int:
        return self.days * HALVES

    @property
    def starts_at(self) -> dt.datetime:
        return midnight(self.first, self.zone)

    @property
    def ends_at(self) -> dt.datetime:
        return midnight(self.first + self.days * DAY, self.zone)

    def place(self, moment: dt.datetime) -> float:
        """In days from the beginning; before it negative, and never less for a later moment."""
        day = moment.astimezone(self.zone).date()
        begins, ends = midnight(day, self.zone), midnight(day + DAY, self.zone)
        return (day - self.first).days + (moment - begins) / (ends - begins)

    def cells(self, starts_at: dt.datetime, ends_at: dt.datetime | None) -> tuple[int, int] | None:
        """The half-days from the first to before the last that this touches, within the axis; None: none of them."""
        begin = max(0, math.floor(self.place(starts_at) * HALVES))
        end = self.columns if ends_at is None else min(self.columns, math.ceil(self.place(ends_at) * HALVES))
        if begin >= self.columns or end <= 0:
            return None
        return begin, max(end, begin + 1)

    def moment_of(self, column: int) -> float:
        """Where a column begins, in days."""
        return column / HALVES
