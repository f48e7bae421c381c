"""How full a battery is in one word, and how long it will last. Pure.

What a lock reports is a voltage turned into a share, and voltage falls differently by chemistry: an alkaline cell's
nearly evenly, a lithium cell's hardly at all until the last tenth of its life, then steeply. So levels are first turned
into the share of life that is left, by a curve for each chemistry, and the line is drawn through those.

Statuses: critical below 10 %, low below 20 %, full from 75 %, good between; a battery is called better again only when
it has risen 3 points above the border, since levels swing with the temperature. Lithium that cannot be recharged is
low below 40 % and critical below 20 %: what looks comfortable there is the edge of the cliff.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from locks.enums import Chemistry

DAY = dt.timedelta(days=1)
HYSTERESIS = 0.03
NEW_BATTERY = 0.15  # a rise by more than this is another battery, or a charge
MIN_READINGS = 4
MIN_SPAN = 5 * DAY
MIN_FALL = 0.01  # of its life, over all readings
SAMPLES = 48
LONGEST_DAYS = 730.0


class BatteryStatus(enum.StrEnum):
    CRITICAL = "critical"
    LOW = "low"
    GOOD = "good"
    FULL = "full"


class NoForecast(enum.StrEnum):
    """Why there is no forecast; a phrase for people."""

    MAINS = "it has mains power"
    TOO_FEW = "too few readings since the battery was new"
    TOO_SHORT = "readings cover less than five days"
    NOT_FALLING = "the level is not falling"


@dataclass(frozen=True, slots=True)
class Reading:
    at: dt.datetime
    level: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """`days_left` with the band `earliest` to `latest`, in days; None with the `reason`.

    `since`: when this battery was put in, as far as readings tell.
    """

    days_left: float | None
    earliest: float | None = None
    latest: float | None = None
    reason: NoForecast | None = None
    since: dt.datetime | None = None


# Level reported → share of life left. Between the points, straight lines.
_LINEAR = ((0.0, 0.0), (1.0, 1.0))
CURVES: Mapping[str, tuple[tuple[float, float], ...]] = {
    Chemistry.ALKALINE: ((0.0, 0.0), (0.1, 0.05), (0.9, 0.88), (1.0, 1.0)),
    Chemistry.LITHIUM: ((0.0, 0.0), (0.3, 0.02), (0.5, 0.05), (0.7, 0.1), (0.8, 0.2), (0.9, 0.5), (1.0, 1.0)),
    Chemistry.LITHIUM_ION: ((0.0, 0.0), (0.1, 0.03), (0.2, 0.12), (1.0, 1.0)),
    Chemistry.NIMH: ((0.0, 0.0), (0.2, 0.04), (0.4, 0.12), (0.6, 0.35), (0.8, 0.75), (1.0, 1.0)),
}
_BORDERS: Mapping[str, tuple[float, float, float]] = {Chemistry.LITHIUM: (0.2, 0.4, 0.9)}
_USUAL_BORDERS = (0.1, 0.2, 0.75)


def status_of(level: float, chemistry: str = "", *, before: BatteryStatus | None = None) -> BatteryStatus:
    """`before`: what it was called until now; a little more than the border is needed to be called better."""
    critical, low, full = _BORDERS.get(chemistry, _USUAL_BORDERS)
    fresh = _named(level, critical, low, full)
    order = list(BatteryStatus)
    if before is None or order.index(fresh) <= order.index(before):
        return fresh
    careful = _named(level - HYSTERESIS, critical, low, full)
    return max(careful, before, key=order.index)


def _named(level: float, critical: float, low: float, full: float) -> BatteryStatus:
    if level < critical:
        return BatteryStatus.CRITICAL
    if level < low:
        return BatteryStatus.LOW
    return BatteryStatus.FULL if level >= full else BatteryStatus.GOOD


def forecast(
    readings: Sequence[Reading],
    chemistry: str = "",
    *,
    now: dt.datetime,
    has_direct_power: bool = False,
) -> Forecast:
    """Readings oldest first. An unknown chemistry is taken for alkaline, the usual one in locks.

    The line is the median of the slopes between all pairs of readings, so that a third of them may be nonsense.
    """
    if has_direct_power:
        return Forecast(None, reason=NoForecast.MAINS)
    current = since_last_change(readings)
    since = current[0].at if current else None
    if len(current) < MIN_READINGS:
        return Forecast(None, reason=NoForecast.TOO_FEW, since=since)
    points = _sampled(current, until=max(now, current[-1].at))
    if points[-1].at - points[0].at < MIN_SPAN:
        return Forecast(None, reason=NoForecast.TOO_SHORT, since=since)
    days = [(point.at - points[0].at) / DAY for point in points]
    lives = [life_left(point.level, chemistry) for point in points]
    slopes = sorted(
        (later - earlier) / (day - day_before)
        for (day_before, earlier), (day, later) in itertools.combinations(zip(days, lives, strict=True), 2)
    )
    slope = median(slopes)
    if slope * days[-1] > -MIN_FALL:
        return Forecast(None, reason=NoForecast.NOT_FALLING, since=since)
    left = max(
        0.0, median(life - slope * day for day, life in zip(days, lives, strict=True)) + slope * days[-1]
    )
    return Forecast(
        _days(left, slope),
        earliest=_days(left, slopes[len(slopes) // 4]),
        latest=_days(left, slopes[(3 * len(slopes)) // 4]),
        since=since,
    )


def since_last_change(readings: Sequence[Reading]) -> list[Reading]:
    """The readings of the battery that is in now. One odd low reading before a usual one is no change of battery."""
    first = 0
    for index in range(1, len(readings)):
        before = median(reading.level for reading in readings[max(first, index - 3) : index])
        if readings[index].level - before > NEW_BATTERY:
            first = index
    return list(readings[first:])


def life_left(level: float, chemistry: str = "") -> float:
    curve = CURVES.get(chemistry or Chemistry.ALKALINE, _LINEAR)
    level = min(1.0, max(0.0, level))
    for (left, low), (right, high) in itertools.pairwise(curve):
        if level <= right:
            return low + (high - low) * (level - left) / (right - left)
    return 1.0


def level_at(life: float, chemistry: str = "") -> float:
    """The other way round: what a battery with this share of its life left reports."""
    curve = CURVES.get(chemistry or Chemistry.ALKALINE, _LINEAR)
    life = min(1.0, max(0.0, life))
    for (left, low), (right, high) in itertools.pairwise(curve):
        if life <= high:
            return left + (right - left) * (life - low) / (high - low)
    return 1.0


def _sampled(readings: Sequence[Reading], *, until: dt.datetime) -> list[Reading]:
    """The level at even steps of time: only changes were read, and a level that held for long weighs as much."""
    first = readings[0].at
    step = (until - first) / (SAMPLES - 1)
    samples: list[Reading] = []
    at = 0
    for number in range(SAMPLES):
        moment = until if number == SAMPLES - 1 else first + number * step
        while at + 1 < len(readings) and readings[at + 1].at <= moment:
            at += 1
        samples.append(Reading(moment, readings[at].level))
    return samples


def _days(left: float, slope: float) -> float:
    return LONGEST_DAYS if slope >= 0 else min(LONGEST_DAYS, left / -slope)
