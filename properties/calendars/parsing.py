"""From the bytes of a calendar to its events and to the ones that had to be skipped, with the reason. Pure.

Never an exception, whatever the bytes; one bad event never spoils another. What an event *means* is decided in
`classifying`. `ParsedCalendar.complete` says whether every BEGIN found its END: only then may an absence be believed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from properties.calendars.lines import ContentLine, name_of, read_lines, split_line
from properties.calendars.times import LocalTimes, UnreadableTimeError, read_times

MAX_EVENTS: Final = 3000
MAX_UID: Final = 255
MAX_SUMMARY: Final = 300
MAX_DESCRIPTION: Final = 8000
MAX_RAW: Final = 4000
_WANTED: Final = frozenset(
    {"UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "STATUS", "SEQUENCE", "URL"}
    | {"RRULE", "RDATE", "RECURRENCE-ID"}
)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Dates and times local to the property; times None where the calendar gives none."""

    uid: str
    arrival_date: dt.date
    departure_date: dt.date
    check_in_time: dt.time | None = None
    check_out_time: dt.time | None = None
    summary: str = ""
    description: str = ""
    status: str = ""
    url: str = ""
    sequence: int = 0
    raw: str = field(default="", compare=False)

    @property
    def nights(self) -> int:
        return (self.departure_date - self.arrival_date).days


@dataclass(frozen=True, slots=True)
class Skipped:
    """`nights` only of what has no UID: it may be any booking of these nights."""

    uid: str | None
    summary: str
    reason: str
    nights: LocalTimes | None = None


@dataclass(frozen=True, slots=True)
class ParsedCalendar:
    prodid: str
    complete: bool
    events: tuple[CalendarEvent, ...]
    skipped: tuple[Skipped, ...]


@dataclass(slots=True)
class _Outline:
    """The calendar cut into its parts, nothing read yet."""

    head: list[str] = field(default_factory=list)
    zones: list[list[str]] = field(default_factory=list)
    events: list[list[str]] = field(default_factory=list)
    cut_off: list[list[str]] = field(default_factory=list)
    balanced: bool = True


def parse_calendar(data: bytes, *, zone: zoneinfo.ZoneInfo) -> ParsedCalendar:
    outline = _cut(read_lines(data))
    head = _by_name(outline.head, frozenset({"PRODID", "METHOD"}))
    names = dict(filter(None, map(_zone_name, outline.zones)))
    cancelled = "METHOD" in head and head["METHOD"].value.strip().upper() == "CANCEL"
    found = [_read_event(lines, zone, names, cancelled=cancelled) for lines in outline.events[:MAX_EVENTS]]
    skipped = [one for one in found if isinstance(one, Skipped)]
    skipped += [
        _skip(_by_name(lines, _WANTED), "The calendar ends in the middle of it.") for lines in outline.cut_off
    ]
    events, doubles = _once_each([one for one in found if isinstance(one, CalendarEvent)])
    too_many = len(outline.events) > MAX_EVENTS
    if too_many:
        skipped.append(
            Skipped(None, "", f"The calendar has more than {MAX_EVENTS} events; the rest was not read.")
        )
    return ParsedCalendar(
        prodid=head["PRODID"].value.strip()[:200] if "PRODID" in head else "",
        complete=outline.balanced and not too_many,
        events=tuple(events),
        skipped=(*skipped, *doubles),
    )


def _cut(lines: Iterable[str]) -> _Outline:
    outline, stack, seen = _Outline(), list[str](), False
    for text in lines:
        name = name_of(text)
        if name == "BEGIN":
            seen = True
            _open(outline, stack, _component(text))
        elif name == "END":
            _close(outline, stack, _component(text))
        elif stack == ["VCALENDAR"]:
            outline.head.append(text)
        elif stack == ["VCALENDAR", "VEVENT"]:
            outline.events[-1].append(text)
        elif stack[:2] == ["VCALENDAR", "VTIMEZONE"]:
            outline.zones[-1].append(text)
    while stack:
        outline.balanced = False
        _drop(outline, stack)
    outline.balanced = outline.balanced and seen
    return outline


def _component(text: str) -> str:
    return text.partition(":")[2].strip().upper()


def _open(outline: _Outline, stack: list[str], component: str) -> None:
    if component in {"VEVENT", "VCALENDAR"} and component in stack:
        # The one before was never closed: it is cut off, and this one is read for itself.
        outline.balanced = False
        while component in stack:
            _drop(outline, stack)
    if component == "VCALENDAR" and stack:
        outline.balanced = False
        stack.clear()
    stack.append(component)
    if stack == ["VCALENDAR", "VEVENT"]:
        outline.events.append([])
    elif stack == ["VCALENDAR", "VTIMEZONE"]:
        outline.zones.append([])


def _close(outline: _Outline, stack: list[str], component: str) -> None:
    if component not in stack:
        outline.balanced = False
        return
    while stack[-1] != component:
        outline.balanced = False
        _drop(outline, stack)
    stack.pop()


def _drop(outline: _Outline, stack: list[str]) -> None:
    if stack == ["VCALENDAR", "VEVENT"]:
        outline.cut_off.append(outline.events.pop())
    stack.pop()


def _by_name(lines: Iterable[str], wanted: frozenset[str]) -> dict[str, ContentLine]:
    """The first line of each wanted name."""
    found: dict[str, ContentLine] = {}
    for text in lines:
        name = name_of(text)
        if name in wanted and name not in found:
            line = split_line(text)
            if line is not None:
                found[name] = line
    return found


def _zone_name(lines: list[str]) -> tuple[str, str] | None:
    found = _by_name(lines, frozenset({"TZID", "X-LIC-LOCATION"}))
    if "TZID" not in found or "X-LIC-LOCATION" not in found:
        return None
    return found["TZID"].value.strip(), found["X-LIC-LOCATION"].value.strip()


def _read_event(
    lines: list[str], zone: zoneinfo.ZoneInfo, names: dict[str, str], *, cancelled: bool
) -> CalendarEvent | Skipped:
    found = _by_name(lines, _WANTED)
    if not _uid(found):
        nameless = _skip(found, "It has no UID, so it could not be recognised again.")
        return replace(nameless, nights=_nights(found, zone, names))
    if found.keys() & {"RRULE", "RDATE", "RECURRENCE-ID"}:
        return _skip(found, "It repeats; a booking does not.")
    try:
        times = read_times(found, zone=zone, names=names)
    except UnreadableTimeError as wrong:
        return _skip(found, str(wrong))
    return CalendarEvent(
        uid=_uid(found),
        arrival_date=times.arrival_date,
        departure_date=times.departure_date,
        check_in_time=times.check_in_time,
        check_out_time=times.check_out_time,
        summary=_line(found, "SUMMARY")[:MAX_SUMMARY],
        description=_text(found, "DESCRIPTION")[:MAX_DESCRIPTION].strip(),
        status="CANCELLED" if cancelled else _line(found, "STATUS").upper()[:40],
        url=_line(found, "URL")[:MAX_SUMMARY],
        sequence=_number(_line(found, "SEQUENCE")),
        raw="\n".join(lines)[:MAX_RAW],
    )


def _nights(
    found: dict[str, ContentLine], zone: zoneinfo.ZoneInfo, names: dict[str, str]
) -> LocalTimes | None:
    try:
        return read_times(found, zone=zone, names=names)
    except UnreadableTimeError:
        return None


def _once_each(events: list[CalendarEvent]) -> tuple[list[CalendarEvent], list[Skipped]]:
    """Of several events with one UID the highest SEQUENCE counts, then the earliest: the same at every read."""
    best: dict[str, CalendarEvent] = {}
    skipped: list[Skipped] = []
    for event in sorted(events, key=lambda one: (-one.sequence, one.arrival_date, one.departure_date)):
        if event.uid not in best:
            best[event.uid] = event
        elif event != best[event.uid]:
            skipped.append(
                Skipped(event.uid, event.summary, "Another event of this calendar has the same UID.")
            )
    return list(best.values()), skipped


def _skip(found: dict[str, ContentLine], reason: str) -> Skipped:
    return Skipped(_uid(found) or None, _line(found, "SUMMARY")[:120], reason)


def _uid(found: dict[str, ContentLine]) -> str:
    uid = _line(found, "UID")
    if len(uid) <= MAX_UID:
        return uid
    digest = hashlib.sha256(uid.encode()).hexdigest()
    return f"{uid[: MAX_UID - len(digest) - 1]}~{digest}"


def _text(found: dict[str, ContentLine], name: str) -> str:
    return found[name].value if name in found else ""


def _line(found: dict[str, ContentLine], name: str) -> str:
    return " ".join(_text(found, name).split())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004 -- no huge int
