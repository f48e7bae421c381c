"""Who has access without a booking in the simulated world: cleaners, night staff and residents of one house. Pure.

Each holder's life is thrown by the house's own dice: given access, changed, kept out on a day, given another PIN, ended
while inside or between two windows. `scenario` makes happenings of it; `holders` does them to the application.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from locks.brands import BRANDS

if TYPE_CHECKING:
    from access.simulation.scenario import DoorPlan, HousePlan

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
NAMES = ("Greta Lindqvist", "Samuel Adeyemi", "Carmen Rojas", "Hiro Nakata", "Olga Marin", "Ben Fofana")
# Which house has whom: every third a cleaner, every fifth somebody by night, every seventh a resident.
CLEANED, GUARDED, LIVED_IN = (3, 1), (5, 2), (7, 3)
BY_DAY = ((10, 0, 12, 0), (9, 0, 13, 0), (13, 30, 17, 0))
# Over midnight, and into the hours that clocks skip or show twice; on Saturdays and Sundays, when they change.
BY_NIGHT = ((22, 0, 6, 0), (23, 30, 5, 30), (1, 30, 4, 0), (2, 30, 7, 0))
CHANGED, REPINNED, EXEMPTED, ENDED_INSIDE, ENDED_BETWEEN = 0.35, 0.5, 0.6, 0.3, 0.5
LAST_DAY_KNOWN = 0.3


@dataclass(frozen=True, slots=True)
class Employment:
    """A holder's access as somebody gives it. `days`: of the week, Monday is 0; none: around the clock."""

    key: str
    kind: str
    name: str
    doors: tuple[str, ...]
    first_day: dt.date
    last_day: dt.date | None = None
    days: tuple[int, ...] = ()
    begins: dt.time | None = None
    ends: dt.time | None = None
    exceptions: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens to a holder: `what` is an act of `holders`."""

    at: dt.datetime
    what: str
    employment: Employment
    day: dt.date | None = None


def write_holders(house: HousePlan, *, start: dt.datetime, days: int, dice: random.Random) -> Iterator[Turn]:
    doors = _doors_for_holders(house)
    if not doors:
        return
    kinds = [
        kind
        for kind, (every, rest) in (("cleaner", CLEANED), ("staff", GUARDED), ("resident", LIVED_IN))
        if house.number % every == rest % every
    ]
    for kind in kinds:
        yield from _Life(house, kind, doors, start, days, dice).write()


def _doors_for_holders(house: HousePlan) -> Sequence[DoorPlan]:
    """Locks that take codes, and whose codes we choose: a holder has one PIN."""
    able = (door for door in house.doors if BRANDS[door.brand].capabilities.online_codes)
    return [door for door in able if not BRANDS[door.brand].capabilities.assigns_pin]


class _Life:
    def __init__(
        self,
        house: HousePlan,
        kind: str,
        doors: Sequence[DoorPlan],
        start: dt.datetime,
        days: int,
        dice: random.Random,
    ) -> None:
        self.house, self.kind, self.doors = house, kind, doors
        self.start, self.days, self.dice = start, days, dice

    def write(self) -> Iterator[Turn]:
        dice = self.dice
        begins = dice.uniform(0.3, min(4.0, self.days / 3))
        first = self._first(begins)
        yield Turn(self._at(begins), "employ", first)
        rolls = [dice.random() for _ in range(5)]
        shares = sorted(dice.random() for _ in range(3))
        moments = [begins + 1 + share * max(self.days - begins - 2, 1) for share in shares]
        now = first
        if first.days and rolls[0] < EXEMPTED:
            day = (self._at(moments[0]) + dice.choice((1, 2, 7)) * DAY).date()
            now = dataclasses.replace(now, exceptions=(day,))
            yield Turn(self._at(moments[0]), "exempt", now, day)
        if rolls[1] < CHANGED:
            now = self._changed(now)
            yield Turn(self._at(moments[1]), "reshape", now)
        if rolls[2] < REPINNED:
            yield Turn(self._at(moments[1] + 0.6), "repin", now)
        if rolls[3] < ENDED_INSIDE:
            yield Turn(self._inside(now, moments[2]), "dismiss", now)
        elif rolls[3] < ENDED_BETWEEN:
            yield Turn(self._at(moments[2]), "dismiss", now)

    def _first(self, begins: float) -> Employment:
        dice = self.dice
        day = (self._at(begins) + dice.choice((0, 0, 1, 3)) * DAY).date()
        chosen = tuple(door.key for door in self._chosen())
        who = f"{dice.choice(NAMES)} {self.kind}"
        last = day + dice.randint(10, 60) * DAY if dice.random() < LAST_DAY_KNOWN else None
        key = f"{self.house.key}-{self.kind}"
        if self.kind == "resident":
            return Employment(key, self.kind, who, chosen, day, last)
        days, begins_at, ends_at = self._hours()
        return Employment(key, self.kind, who, chosen, day, last, days, begins_at, ends_at)

    def _chosen(self) -> list[DoorPlan]:
        """One flat's door and the entrance, where there is one."""
        flats = [door for door in self.doors if door.flats]
        entrances = [door for door in self.doors if not door.flats]
        own = [self.dice.choice(flats)] if flats else []
        return [*own, *entrances]

    def _hours(self) -> tuple[tuple[int, ...], dt.time, dt.time]:
        by_night = self.kind == "staff"
        hour, minute, end_hour, end_minute = self.dice.choice(BY_NIGHT if by_night else BY_DAY)
        days = {self.dice.choice((5, 6)) if by_night else self.dice.randrange(7), self.dice.randrange(7)}
        return tuple(sorted(days)), dt.time(hour, minute), dt.time(end_hour, end_minute)

    def _changed(self, now: Employment) -> Employment:
        if not now.days or (len(now.doors) > 1 and self.dice.random() < 0.3):  # noqa: PLR2004  -- a share
            others = tuple(door.key for door in self._chosen())
            return dataclasses.replace(now, doors=others)
        days, begins, ends = self._hours()
        return dataclasses.replace(now, days=days, begins=begins, ends=ends)

    def _inside(self, now: Employment, day: float) -> dt.datetime:
        """A moment at which they are probably inside: half an hour after the start of one of their windows."""
        at = self._at(day)
        if now.begins is None:
            return at
        today = at.date()
        ahead = min((weekday - today.weekday()) % 7 for weekday in now.days)
        zone = zoneinfo.ZoneInfo(self.house.zone)
        begins = dt.datetime.combine(today + ahead * DAY, now.begins, zone).astimezone(dt.UTC)
        return begins + HOUR / 2

    def _at(self, day: float) -> dt.datetime:
        return self.start + round(day * 96) * (HOUR / 4)
