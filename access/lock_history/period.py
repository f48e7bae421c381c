"""The days that a lock's history shows: whole days of the door's zone, up to today. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from properties.zones import midnight

WEEK = 7
DAY = dt.timedelta(days=1)
# Further back nobody moves by a link; what an address asks for beyond is shown as the last days.
FURTHEST = 366


@dataclass(frozen=True, slots=True)
class Period:
    """`ends_at` is midnight after the last day, which may lie ahead of `now`."""

    days: tuple[dt.date, ...]
    zone: ZoneInfo
    now: dt.datetime

    @property
    def starts_at(self) -> dt.datetime:
        return midnight(self.days[0], self.zone)

    @property
    def ends_at(self) -> dt.datetime:
        return midnight(self.days[-1] + DAY, self.zone)

    @property
    def known_until(self) -> dt.datetime:
        return min(self.ends_at, self.now)

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    @property
    def is_latest(self) -> bool:
        return self.days[-1] == self.today

    @property
    def is_one_day(self) -> bool:
        return len(self.days) == 1

    @property
    def earlier(self) -> dt.date | None:
        """The last day of the period before this one."""
        day = self.days[0] - DAY
        return day if (self.today - day).days < FURTHEST else None

    @property
    def later(self) -> dt.date | None:
        if self.is_latest:
            return None
        return min(self.days[-1] + len(self.days) * DAY, self.today)

    @property
    def week(self) -> tuple[dt.date, ...]:
        """The days that links lead to from here, one by one."""
        if not self.is_one_day:
            return self.days
        last = min(self.days[0] + 3 * DAY, self.today)
        return tuple(last - (WEEK - 1 - number) * DAY for number in range(WEEK))

    def share(self, moment: dt.datetime) -> float:
        """Where a moment lies, from 0 at the left to 1 at the right."""
        whole = self.ends_at - self.starts_at
        return min(1.0, max(0.0, (moment - self.starts_at) / whole))


def period_asked(*, until: str, days: str, zone: ZoneInfo, now: dt.datetime) -> Period:
    """From what an address says, which may be nonsense."""
    today = now.astimezone(zone).date()
    try:
        last = dt.date.fromisoformat(until)
    except ValueError:
        last = today
    if last > today or (today - last).days > FURTHEST:
        last = today
    number = 1 if days == "1" else WEEK
    return Period(tuple(last - (number - 1 - back) * DAY for back in range(number)), zone, now)
