"""The houses of the demo as data: addresses, clocks, units, doors with the brands of their locks, and calendars.

Pure. `portfolio` makes them, `bookings` fills those units that no calendar fills.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# The demo's server knows no such calendar: a link that its channel renewed, and nobody copied anew.
DEAD_CALENDAR: Final = "smoobu-terrace"


@dataclass(frozen=True, slots=True)
class Place:
    """`doors` maps a door's name to its brand and the units it serves (none named: all); `feeds` units to calendars.

    `units`: those without a calendar. `bare`: locks that are no door of any unit, by name and brand.
    """

    name: str
    address: str
    time_zone: str
    check_in: dt.time
    check_out: dt.time
    doors: Mapping[str, tuple[str, tuple[str, ...]]]
    feeds: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    units: tuple[str, ...] = ()
    bare: Mapping[str, str] = field(default_factory=dict)
    buffer_before: int = 0
    buffer_after: int = 0
    notes: str = ""


# Whom guests call, at any hour; the number is nobody's.
HOST: Final = "Rui, day and night: +351 912 000 120"
# What guests do at the door, by the brand of its lock.
AT_THE_DOOR: Final[Mapping[str, str]] = {
    "schlage": "Press the round key first; the bolt turns by itself.",
    "yale": "Lay your palm on the screen, type the code, then press the tick.",
    "kwikset": "Type the code, then press the key with the lock.",
    "august": "The keypad is to the left of the door; press its button once to wake it.",
}

PLACES: Final = (
    Place(
        name="Seaview House",
        address="Rua da Praia 12, Cascais",
        notes="The blue door beside the bakery; the lift is behind the second door on the left.",
        time_zone="Europe/Lisbon",
        check_in=dt.time(15),
        check_out=dt.time(11),
        buffer_after=15,
        doors={
            "Entrance": ("schlage", ()),
            "Flat 1 door": ("nuki", ("Flat 1",)),
            "Flat 2 door": ("yale", ("Flat 2",)),
            "Flat 3 door": ("yale", ("Flat 3",)),
            "Flat 4 door": ("august", ("Flat 4",)),
        },
        feeds={"Flat 1": ("airbnb-flat-1", "Airbnb"), "Flat 2": ("airbnb-flat-2", "Airbnb")},
        units=("Flat 3", "Flat 4"),
    ),
    Place(
        name="Maple Cottage",
        address="48 Lake Road, Saranac Lake",
        notes="The drive is the one after the boat ramp. In winter the lower road is cleared first.",
        time_zone="America/New_York",
        check_in=dt.time(16),
        check_out=dt.time(10),
        doors={"Front door": ("kwikset", ()), "Boat house": ("smartthings", ())},
        feeds={"Cottage": ("vrbo-cottage", "Vrbo")},
    ),
    Place(
        name="Lindenhof",
        address="Lindenhofstrasse 3, Zürich",
        notes="From the main station ten minutes on foot, over the Lindenhof; the house has no lift.",
        time_zone="Europe/Zurich",
        check_in=dt.time(14),
        check_out=dt.time(11),
        doors={
            "Studio door": ("tedee", ("Studio",)),
            "Loft door": ("tedee", ("Loft",)),
            "Attic door": ("tedee", ("Attic",)),
        },
        feeds={"Studio": ("booking-studio", "Booking.com")},
        units=("Loft", "Attic"),
        bare={"Laundry room": "nuki"},
    ),
    Place(
        name="Kauri Lodge",
        address="7 Beach Road, Paihia",
        notes="The gate is on the sea side; its keypad is under the cover.",
        time_zone="Pacific/Auckland",
        check_in=dt.time(16),
        check_out=dt.time(11),
        buffer_before=10,
        doors={
            "Gate": ("lockly", ()),
            "Lodge door": ("ttlock", ("Lodge",)),
            "Bach door": ("ttlock", ("Beach bach",)),
        },
        feeds={"Lodge": ("pms-lodge", "Property system")},
        units=("Beach bach",),
    ),
    Place(
        name="Harbour Lofts",
        address="Nyhavn 31, København",
        notes="In the passage to the courtyard. The bell does not work; the keypad does.",
        time_zone="Europe/Copenhagen",
        check_in=dt.time(15),
        check_out=dt.time(11),
        doors={
            "Street door": ("schlage", ()),
            "Loft A door": ("august", ("Loft A",)),
            "Loft B door": ("yale", ("Loft B",)),
            "Loft C door": ("igloohome", ("Loft C",)),
            "Loft D door": ("ttlock", ("Loft D",)),
        },
        units=("Loft A", "Loft B", "Loft C", "Loft D"),
    ),
    Place(
        name="Casa Jacaranda",
        address="Calle Colima 140, Ciudad de México",
        notes="The wooden gate between the two jacarandas.",
        time_zone="America/Mexico_City",
        check_in=dt.time(15),
        check_out=dt.time(12),
        doors={
            "Garden room": ("ttlock", ("Garden room",)),
            "Patio room": ("yale", ("Patio room",)),
            "Terrace suite": ("two_n", ("Terrace suite",)),
        },
        feeds={"Terrace suite": (DEAD_CALENDAR, "Smoobu")},
        units=("Garden room", "Patio room"),
    ),
    Place(
        name="Pine Ridge Cabins",
        address="210 Spray Lakes Road, Canmore",
        notes="There is no reception on the last two miles: open your pass before.",
        time_zone="America/Edmonton",
        check_in=dt.time(16),
        check_out=dt.time(10),
        doors={
            "Cabin 1": ("dormakaba_oracode", ("Cabin 1",)),
            "Cabin 2": ("dormakaba_oracode", ("Cabin 2",)),
            "Cabin 3": ("wyze", ("Cabin 3",)),
            "Sauna": ("kwikset", ("Cabin 1",)),
        },
        units=("Cabin 1", "Cabin 2", "Cabin 3"),
    ),
)
