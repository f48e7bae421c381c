"""How often things happen in the simulated world: brands, lengths of stays, mistakes, faults. Data alone.

`standard` is what an ordinary quarter brings to a house full of locks; `storm` is far more of everything, and faults
that no application can see through, such as clocks that run wrong. `none`: bookings and people's wishes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ZONES = (
    "Europe/Zurich", "Europe/Zurich", "Europe/Lisbon", "America/New_York", "Pacific/Auckland", "Asia/Tokyo",
)  # fmt: skip
GUESTS = (
    "Imogen Varga", "Noor Haddad", "Tomas Ruiz", "Lea Frei", "Ravi Nair", "Ana Sousa", "Piet de Wit", "Mia Okafor",
    "Yuki Tanaka", "Ole Berg", "Zoe Laurent", "Ivan Petrov",
)  # fmt: skip
# About 4.5 nights a stay, and about 65 of 100 nights sold.
NIGHT_WEIGHTS = (4, 10, 13, 11, 9, 6, 8, 2, 1, 1, 0, 0, 0, 2)
GAP_DAYS, GAP_WEIGHTS = (0, 1, 2, 4, 7), (5, 3, 3, 3, 1)
# Flats with a door of their own behind one shared entrance: three doors in four are somebody's own.
FLATS, FLAT_WEIGHTS = (3, 4), (3, 1)

# Up to which throw of the dice a booking has which fate; the rest is left alone.
CANCELLED, MOVED, EXTENDED, OVERRIDDEN, REISSUED, RENAMED = 0.08, 0.20, 0.24, 0.27, 0.30, 0.32
# Managers' mistakes: a PIN issued twice, wrong dates put right within the hour, a stay cancelled and reinstated.
REISSUED_TWICE, MISDATED, REINSTATED = 0.34, 0.36, 0.39
DOOR_MISPLACED_DAYS = 60  # between two times that a house's door is given to the wrong flat, and back again
LAST_MINUTE = 0.04
EVEN = 0.5
DAYS_TO_MOVE = 2
FEWEST_BESIDE_ENTRANCE = 2

# Locks of offline codes alone are doors of flats: whoever shares an entrance would share the few slots of its lock.
BRAND_WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "yale": 4, "august": 3, "schlage": 4, "kwikset": 3, "nuki": 4, "salto_ks": 1, "tedee": 2, "ttlock": 4,
        "wyze": 1, "igloohome": 2, "lockly": 2, "smartthings": 4, "two_n": 1,
        "dormakaba_oracode": 2,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MoodRate:
    """A fault of one lock: once in `every_days`, for `minutes` (None: until its calls are used up)."""

    name: str
    every_days: float
    minutes: tuple[int, int] | None = None
    settings: tuple[tuple[str, object], ...] = ()
    seconds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """Mean days between two happenings, for each feed (`feed`), lock (`foreign`, `edit`) or account; 0 = never.

    `restart`: mean days between two kills of the process that runs the locks.
    """

    feed: float = 0
    foreign: float = 0
    edit: float = 0
    logout: float = 0
    restart: float = 0
    moods: tuple[MoodRate, ...] = ()


NONE = Rates()
STANDARD = Rates(
    feed=30,
    foreign=30,
    edit=45,
    logout=60,
    restart=1,
    moods=(
        MoodRate("offline", 20, (10, 90)),
        MoodRate("applied_but_timeout", 20, None, (("calls", 1),)),
        MoodRate("lost_command", 25, None, (("calls", 1),)),
        MoodRate("lost_write", 30, None, (("calls", 1),)),
        MoodRate("rejecting", 25, None, (("calls", 2),)),
        MoodRate("slow", 20, (20, 60), (), (2, 6)),
        MoodRate("stale_reads", 60, (10, 20)),
        MoodRate("masked_reads", 60, (10, 60)),
        MoodRate("eventually_consistent", 60, (60, 300), (), (20, 60)),
    ),
)
STORM = Rates(
    feed=6,
    foreign=7,
    edit=6,
    logout=10,
    restart=0.2,
    moods=(
        MoodRate("offline", 4, (10, 600)),
        MoodRate("applied_but_timeout", 3, None, (("calls", 3),)),
        MoodRate("lost_command", 4, None, (("calls", 3),)),
        MoodRate("lost_write", 4, None, (("calls", 3),)),
        MoodRate("rejecting", 4, None, (("calls", 5),)),
        MoodRate("full", 10, (30, 300)),
        MoodRate("slow", 4, (20, 300), (), (2, 30)),
        MoodRate("stale_reads", 12, (10, 90)),
        MoodRate("masked_reads", 12, (10, 240)),
        MoodRate("write_only", 20, (30, 240)),
        MoodRate("eventually_consistent", 10, (60, 600), (), (20, 300)),
        MoodRate("drifting_clock", 15, (600, 3000), (), (-240, 240)),
    ),
)
SCHEDULES: Mapping[str, Rates] = MappingProxyType({"none": NONE, "standard": STANDARD, "storm": STORM})


def rates_of(faults: str) -> Rates:
    return SCHEDULES[faults]
