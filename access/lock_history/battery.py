"""A battery's line over 90 days: levels as they were read, broken where nobody could know, and its forecast to empty.

Only changes were kept, so a level holds until the next one; but not through a time when the lock was out of reach.
`line_of` is pure.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from access.online import Spell
from locks.batteries import NEW_BATTERY, Forecast, Reading, level_at, life_left
from locks.enums import Chemistry
from locks.models import Device

DAY: Final = dt.timedelta(days=1)
BACK: Final = 90 * DAY
AHEAD: Final = 120 * DAY
LEAST_AHEAD: Final = 14 * DAY
# A shorter silence tells nothing: levels move slowly.
GAP: Final = DAY
STEPS: Final = 12
MOST: Final = 2400
# One point for each of these: nobody sees more.
SAMPLE: Final = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class BatteryLine:
    """`pieces`: stretches in which the level was known. `forecast`: from now to empty, or to the edge; `band`: its
    upper and lower border. `renewed`: when another battery was put in. `days`: each day's last level, newest first.
    """

    starts_at: dt.datetime
    now: dt.datetime
    ends_at: dt.datetime
    pieces: tuple[tuple[Reading, ...], ...]
    forecast: tuple[Reading, ...]
    upper: tuple[Reading, ...]
    lower: tuple[Reading, ...]
    renewed: tuple[dt.datetime, ...]
    days: tuple[Reading, ...]
    empty_on: dt.datetime | None
    chemistry: str

    @property
    def is_known(self) -> bool:
        return bool(self.pieces)

    @property
    def chemistry_words(self) -> str:
        """What the forecast reckons with; alkaline where nobody said."""
        if self.chemistry in Chemistry:
            return str(Chemistry(self.chemistry).label).lower()
        return "alkaline, as nobody said otherwise"

    def share(self, moment: dt.datetime) -> float:
        return (moment - self.starts_at) / (self.ends_at - self.starts_at)


def battery_line(
    device: Device, forecast: Forecast, spells: Sequence[Spell], *, zone: ZoneInfo, now: dt.datetime
) -> BatteryLine:
    """`spells`: when it could be reached, of the last 90 days."""
    starts_at = now - BACK
    rows = device.battery_readings.filter(of_keypad=False)
    before = rows.filter(at__lt=starts_at).order_by("-at", "-pk").first()
    inside = list(rows.filter(at__gte=starts_at).order_by("-at", "-pk")[:MOST])[::-1]
    readings = [Reading(row.at, row.level) for row in inside]
    if before is not None:
        readings.insert(0, Reading(starts_at, before.level))
    level, chemistry = device.battery_level, device.battery_chemistry
    return line_of(readings, level, chemistry, forecast, spells, zone=zone, now=now)


def line_of(
    readings: Sequence[Reading],
    level: float | None,
    chemistry: str,
    forecast: Forecast,
    spells: Sequence[Spell],
    *,
    zone: ZoneInfo,
    now: dt.datetime,
) -> BatteryLine:
    """Readings oldest first, none older than 90 days. `level`: what it said last. `zone`: whose days are counted."""
    silences = [
        (one.starts_at, one.ends_at) for one in spells if one.online is not True and one.length >= GAP
    ]
    renewed = tuple(
        later.at for one, later in itertools.pairwise(readings) if later.level - one.level > NEW_BATTERY
    )
    ahead = LEAST_AHEAD
    if level is not None and forecast.days_left is not None:
        ahead = min(max(forecast.latest or 0, forecast.days_left) * DAY * 1.08, AHEAD)
    ends_at = now + max(ahead, LEAST_AHEAD)

    def drawn(days: float | None) -> tuple[Reading, ...]:
        if level is None or days is None:
            return ()
        return _falling(level, chemistry, days, now=now, until=ends_at)

    known = level is not None and forecast.days_left is not None
    return BatteryLine(
        now - BACK,
        now,
        ends_at,
        pieces=tuple(_pieces(_sampled(readings, renewed), level, silences, now=now)),
        forecast=drawn(forecast.days_left),
        upper=drawn(forecast.latest),
        lower=drawn(forecast.earliest),
        renewed=renewed,
        days=tuple({one.at.astimezone(zone).date(): one for one in readings}.values())[::-1],
        empty_on=now + forecast.days_left * DAY if known and forecast.days_left is not None else None,
        chemistry=chemistry,
    )


def _sampled(readings: Sequence[Reading], renewed: Sequence[dt.datetime]) -> list[Reading]:
    """The last of each half day, with both sides of a change of batteries."""
    kept: dict[object, Reading] = {}
    epoch = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    generation = 0
    for one in readings:
        generation += one.at in renewed
        kept[((one.at - epoch) // SAMPLE, generation)] = one
    return list(kept.values())


def _pieces(
    readings: Sequence[Reading],
    level: float | None,
    silences: Sequence[tuple[dt.datetime, dt.datetime]],
    *,
    now: dt.datetime,
) -> list[tuple[Reading, ...]]:
    """Cut the line wherever a silence began, and go on after it with the level that was found then."""
    if not readings:
        return []
    points = list(readings)
    if level is not None:
        points.append(Reading(max(now, points[-1].at), level))
    pieces: list[list[Reading]] = [[points[0]]]
    for one, later in itertools.pairwise(points):
        over = [pair for pair in silences if pair[0] < later.at and pair[1] > one.at]
        for begins, ends in over:
            pieces[-1].append(Reading(max(begins, one.at), one.level))
            found = later.level if later.at - ends < SAMPLE else one.level
            pieces.append([Reading(min(ends, later.at), found)])
        if not over or over[-1][1] < later.at:
            pieces[-1].append(later)
    return [tuple(piece) for piece in pieces if len(piece) > 1 and piece[0].at < piece[-1].at]


def _falling(
    level: float, chemistry: str, days: float, *, now: dt.datetime, until: dt.datetime
) -> tuple[Reading, ...]:
    """By the chemistry's own curve, from here to empty; cut at the edge."""
    life, length = life_left(level, chemistry), days * DAY
    shown = min(length, until - now)
    points = []
    for number in range(STEPS + 1):
        after = shown * (number / STEPS)
        left = life * (1 - after / length) if length else 0.0
        points.append(Reading(now + after, level_at(left, chemistry)))
    return tuple(points)
