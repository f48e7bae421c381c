"""The calendars of the demo, in the exact shapes of the channels, with dates relative to the day the demo began.

Pure: text from an anchor and a clock. A pattern of two weeks repeats, so that a demo that is started again later still
has guests; a reservation keeps its UID and reference for good, as it does on the channels.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

FOLD_OCTETS: Final = 75
PATTERN_DAYS: Final = 14
PATTERNS: Final = 4
DAY: Final = dt.timedelta(days=1)
AIRBNB_DETAILS: Final = "https://www.airbnb.com/hosting/reservations/details/"
# The end of a number that text messages do not reach.
UNREACHABLE: Final = "0199"
GUESTS: Final = (
    "Imogen Varga", "Noor Haddad", "Tomas Ruiz", "Lea Frei", "Ravi Nair", "Ana Sousa", "Piet de Wit", "Mia Okafor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clock:
    """`anchor`: when the demo began; `now`: when the calendar is asked for; `shift`: days by which it all is later."""

    anchor: dt.datetime
    now: dt.datetime
    zone: ZoneInfo
    shift: int = 0

    def day(self, offset: int) -> dt.date:
        return self.anchor.astimezone(self.zone).date() + (offset + self.shift) * DAY

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    @property
    def stamp(self) -> str:
        return f"DTSTAMP:{utc(self.now)}"


Calendar = Callable[[str, Clock], str]


def airbnb(name: str, clock: Clock) -> str:
    events = [
        _airbnb_stay(name, clock, first, last)
        for first, last in _spans(clock, (-2, 1), (1, 4), (5, 9), (11, 12))
    ]
    # Blocks get another UID each day, and the edge of the bookable year moves on.
    blocks = [*_spans(clock, (9, 10)), (clock.today + 365 * DAY, clock.today + 366 * DAY)]
    for first, last in blocks:
        uid = f"7f662ec65913-{_digest(name, first, clock.today)}@airbnb.com"
        events.append([*_dates(first, last), "SUMMARY:Airbnb (Not available)", f"UID:{uid}", clock.stamp])
    return _calendar("-//Airbnb Inc//Hosting Calendar 1.0//EN", events, extra=["CALSCALE:GREGORIAN"])


def _airbnb_stay(name: str, clock: Clock, first: dt.date, last: dt.date) -> list[str]:
    digest = _digest(name, first)
    reference = "HM" + digest[:8].upper()
    return [
        clock.stamp,
        *_dates(first, last),
        "SUMMARY:Reserved",
        f"UID:1418fb94e984-{digest}@airbnb.com",
        f"DESCRIPTION:Reservation URL: {AIRBNB_DETAILS}{reference}\\n"
        + f"Phone Number (Last 4 Digits): {_last4(digest)}",
    ]


def vrbo(name: str, clock: Clock) -> str:
    events = []
    for first, last in _spans(clock, (0, 3), (3, 6), (11, 13)):
        uid = _uuid(name, first)
        events.append(
            [*_dates(first, last), f"SUMMARY:Reserved - {_guest(name, first)}", f"UID:{uid}", clock.stamp]
        )
    for first, last in _spans(clock, (6, 8)):
        uid = f"{first:%Y%m%d}-{last:%Y%m%d}-blocked"
        events.append([*_dates(first, last), "SUMMARY:Blocked", f"UID:{uid}", clock.stamp])
    for first, last in _spans(clock, (8, 11)):
        uid = _uuid(name, first)
        events.append([*_dates(first, last), "SUMMARY:Provisoire - O. Lind", f"UID:{uid}", clock.stamp])
    # Vrbo ends its lines with LF alone.
    return _calendar("-//HomeAway.com, Inc.//EN", events).replace("\r\n", "\n")


def booking_com(name: str, clock: Clock) -> str:
    """Each event may be a reservation or a closure: nobody can tell, so they wait for a person."""
    closed = [*_spans(clock, (1, 4), (6, 8)), (clock.today + 480 * DAY, clock.today + 540 * DAY)]
    events = [
        [
            *_dates(first, last),
            f"UID:{_digest(name, first if first < clock.today + 400 * DAY else 'horizon')}@booking.com",
            "SUMMARY:CLOSED - Not available",
            clock.stamp,
        ]
        for first, last in closed
    ]
    return _calendar("-//admin.booking.com\\, b.v.//NONSGML v1.0//EN", events)


def property_system(name: str, clock: Clock) -> str:
    """A property management system: timed events, names, contacts; one cancelled, one broken."""
    begun = clock.anchor.replace(second=0, microsecond=0)
    # One guest leaves, and the next one arrives, while whoever tries the demo is watching.
    change = begun + dt.timedelta(minutes=5)
    leaves = dt.datetime.combine(clock.day(2), dt.time(10), clock.zone)
    ana = _timed(clock, "res-9001", utc(begun - DAY), utc(change), "Ana Sousa")
    ana.append(f"DESCRIPTION:Phone: +351 912 00{UNREACHABLE}")
    tomas = _timed(clock, "res-9002", utc(change + dt.timedelta(minutes=5)), utc(leaves), "Tomas Ruiz")
    tomas.append("DESCRIPTION:Code: HMAAAA1111\\nPhone: +34 600 11 22 33\\nAdults: 2")
    events = [
        *([ana] if change >= clock.now else []),
        *([tomas] if leaves >= clock.now else []),
        [
            *_timed(clock, "res-9004", utc(leaves + 9 * DAY), utc(leaves + 11 * DAY), "P. Osei"),
            "STATUS:CANCELLED",
        ],
        [*_dates(clock.day(5), clock.day(5)), "SUMMARY:Key handover", "UID:res-9005", clock.stamp],
    ]
    for first, last in _spans(clock, (2, 5), (7, 10)):
        digest = _digest(name, first)
        local = [dt.datetime.combine(first, dt.time(16)), dt.datetime.combine(last, dt.time(11))]
        start, end = (f";TZID={clock.zone.key}:{moment:%Y%m%dT%H%M%S}" for moment in local)
        events.append(
            [
                f"DTSTART{start}",
                f"DTEND{end}",
                f"SUMMARY:{_guest(name, first)}",
                f"UID:RES{digest[:6].upper()}@bridge",
                f"DESCRIPTION:Guests: 3\\nPhone (last 4): {_last4(digest)}\\n"
                + f"Booking ID: RES{digest[:6].upper()}\\nCheck-in time: 15:30",
                clock.stamp,
            ]
        )
    return _calendar("-//Example PMS//Reservations//EN", events)


CALENDARS: Final[dict[str, tuple[Calendar, ZoneInfo, int]]] = {
    "airbnb-flat-1": (airbnb, ZoneInfo("Europe/Lisbon"), 0),
    "airbnb-flat-2": (airbnb, ZoneInfo("Europe/Lisbon"), 1),
    "vrbo-cottage": (vrbo, ZoneInfo("America/New_York"), 0),
    "booking-studio": (booking_com, ZoneInfo("Europe/Zurich"), 0),
    "pms-lodge": (property_system, ZoneInfo("Pacific/Auckland"), 0),
}


def render(name: str, *, anchor: dt.datetime, now: dt.datetime) -> str:
    calendar, zone, shift = CALENDARS[name]
    return calendar(name, Clock(anchor=anchor, now=now, zone=zone, shift=shift))


def utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def fold(line: str) -> str:
    """RFC 5545: at most 75 octets a line, never inside a character."""
    parts: list[str] = []
    rest = line
    while len(rest.encode()) > FOLD_OCTETS - bool(parts):
        cut = FOLD_OCTETS - bool(parts)
        while len(rest[:cut].encode()) > FOLD_OCTETS - bool(parts):
            cut -= 1
        parts.append(rest[:cut])
        rest = rest[cut:]
    return "\r\n ".join([*parts, rest])


def _spans(clock: Clock, *offsets: tuple[int, int]) -> Iterator[tuple[dt.date, dt.date]]:
    """The repeating pattern; a channel exports what has not yet ended."""
    for repeat in range(PATTERNS):
        for first, last in offsets:
            span = clock.day(repeat * PATTERN_DAYS + first), clock.day(repeat * PATTERN_DAYS + last)
            if span[1] >= clock.today:
                yield span


def _calendar(prodid: str, events: list[list[str]], *, extra: list[str] | None = None) -> str:
    lines = ["BEGIN:VCALENDAR", f"PRODID:{prodid}", "VERSION:2.0", *(extra or [])]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "".join(f"{fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _dates(first: dt.date, last: dt.date) -> list[str]:
    return [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}"]


def _timed(clock: Clock, uid: str, start: str, end: str, summary: str) -> list[str]:
    return [f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}", f"UID:{uid}@pms.example", clock.stamp]


def _digest(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def _last4(digest: str) -> str:
    return f"{int(digest[:6], 16) % 10_000:04d}"


def _uuid(*parts: object) -> str:
    digest = _digest(*parts)
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def _guest(*parts: object) -> str:
    return GUESTS[int(_digest(*parts)[:8], 16) % len(GUESTS)]
