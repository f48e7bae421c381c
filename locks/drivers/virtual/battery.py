"""How a virtual lock's battery goes down: by what it is made of, in the days that its mood gives it. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping

# Level left after a share of the battery's life, as points of a broken line.
Curve = tuple[tuple[float, float], ...]
_EVEN: Curve = ((0.0, 1.0), (1.0, 0.0))
CURVES: Mapping[str, Curve] = {
    "alkaline": ((0.0, 1.0), (0.15, 0.9), (0.85, 0.2), (1.0, 0.0)),
    "lithium": ((0.0, 1.0), (0.8, 0.85), (0.95, 0.4), (1.0, 0.0)),
    "lithium_ion": ((0.0, 1.0), (0.9, 0.15), (1.0, 0.0)),
    "nimh": ((0.0, 1.0), (0.1, 0.8), (0.85, 0.6), (1.0, 0.0)),
}


def drained(level: float, chemistry: str, *, lasted: dt.timedelta, days: float) -> float:
    """The level after `lasted`, of a battery that goes from full to empty in `days`."""
    curve = CURVES.get(chemistry, _EVEN)
    age = _age_at(curve, level) + lasted / dt.timedelta(days=days)
    return _level_at(curve, age)


def _level_at(curve: Curve, age: float) -> float:
    for (age1, level1), (age2, level2) in itertools.pairwise(curve):
        if age <= age2:
            return level1 + (level2 - level1) * (max(age, age1) - age1) / (age2 - age1)
    return 0.0


def _age_at(curve: Curve, level: float) -> float:
    for (age1, level1), (age2, level2) in itertools.pairwise(curve):
        if level >= level2:
            return age1 + (age2 - age1) * (level1 - min(level, level1)) / (level1 - level2)
    return 1.0
