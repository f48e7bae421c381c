"""From DTSTART, DTEND and DURATION to local dates and clock times of the property. Pure.

Whole-day events carry no times. A timed event is converted to the property's zone before its date and time of day
are taken; a floating one is in that zone already. An event that begins and ends at exactly 00:00, as written or in the
property's zone, means whole days: nobody checks out at midnight.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from properties.calendars.lines import ContentLine

FIRST_DATE: Final = dt.date(2000, 1, 1)
LAST_DATE: Final = dt.date(2100, 1, 1)
_MOMENT: Final = re.compile(r"([0-9]{8})(?:T([0-9]{4}(?:[0-9]{2})?)(Z?))?", re.ASCII)
_DURATION: Final = re.compile(
    r"\+?P(?:([0-9]{1,3})W)?(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,5})M)?(?:([0-9]{1,6})S)?)?",
    re.ASCII,
)
_MIDNIGHT: Final = dt.time(0, 0)


class UnreadableTimeError(ValueError):
    """The sentence says what is wrong with the event's times."""


@dataclass(frozen=True, slots=True)
class LocalTimes:
    arrival_date: dt.date
    departure_date: dt.date
    check_in_time: dt.time | None
    check_out_time: dt.time | None


@dataclass(frozen=True, slots=True)
class _Written:
    """A value as it stands in the calendar; `zone` None = floating."""

    date: dt.date
    time: dt.time | None
    zone: dt.tzinfo | None


def read_times(
    lines: Mapping[str, ContentLine], *, zone: zoneinfo.ZoneInfo, names: Mapping[str, str]
) -> LocalTimes:
    """`names` maps the calendar's own TZIDs to IANA names. Raise UnreadableTimeError."""
    if "DTSTART" not in lines:
        raise UnreadableTimeError("It has no start that can be read.")
    start = _read(lines["DTSTART"], names)
    end = _read_end(lines, start, names)
    if start.time == _MIDNIGHT and end.time == _MIDNIGHT:
        start, end = _Written(start.date, None, None), _Written(end.date, None, None)
    arrival, check_in = _localize(start, zone)
    departure, check_out = _localize(end, zone)
    if check_in == _MIDNIGHT and check_out == _MIDNIGHT:
        check_in = check_out = None
    if departure <= arrival:
        raise UnreadableTimeError("It has no night: it ends on the day it begins, or before.")
    if not (arrival >= FIRST_DATE and departure < LAST_DATE):
        raise UnreadableTimeError(f"Its dates are not between {FIRST_DATE.year} and {LAST_DATE.year}.")
    return LocalTimes(arrival, departure, check_in, check_out)


def _read_end(lines: Mapping[str, ContentLine], start: _Written, names: Mapping[str, str]) -> _Written:
    if "DTEND" in lines:
        return _read(lines["DTEND"], names)
    if "DURATION" in lines:
        return _add(start, lines["DURATION"].value)
    if start.time is None:
        # RFC 5545, 3.6.1: a whole-day event without an end lasts one day.
        return _Written(start.date + dt.timedelta(days=1), None, None)
    raise UnreadableTimeError("It has a start with a time but no end.")


def _read(line: ContentLine, names: Mapping[str, str]) -> _Written:
    match = _MOMENT.fullmatch(line.value.strip().upper())
    if match is None:
        raise UnreadableTimeError(f"Its {line.name} cannot be read.")
    day, clock, utc = match.groups()
    try:
        date = dt.date.fromisoformat(day)
        time = dt.time.fromisoformat(clock) if clock else None
    except ValueError:
        raise UnreadableTimeError(f"Its {line.name} is no date of the calendar.") from None
    if not FIRST_DATE <= date < LAST_DATE:
        raise UnreadableTimeError(f"Its dates are not between {FIRST_DATE.year} and {LAST_DATE.year}.")
    if time is None or line.params.get("VALUE", "").upper() == "DATE":
        return _Written(date, None, None)
    if utc:
        return _Written(date, time, dt.UTC)
    name = line.params.get("TZID", "").strip().strip('"')
    return _Written(date, time, _find_zone(names.get(name, name)) if name else None)


def _add(start: _Written, text: str) -> _Written:
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None or not any(match.groups()):
        raise UnreadableTimeError("Its DURATION cannot be read.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    nominal = dt.timedelta(weeks=weeks, days=days)
    exact = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if start.time is None:
        return _Written(start.date + nominal + dt.timedelta(days=exact.days), None, None)
    local = dt.datetime.combine(start.date, start.time, tzinfo=start.zone) + nominal
    moment = (local.astimezone(dt.UTC) + exact).astimezone(start.zone) if start.zone else local + exact
    return _Written(moment.date(), moment.time(), start.zone)


def _localize(written: _Written, zone: zoneinfo.ZoneInfo) -> tuple[dt.date, dt.time | None]:
    if written.time is None or written.zone is None:
        return written.date, written.time
    moment = dt.datetime.combine(written.date, written.time, tzinfo=written.zone).astimezone(zone)
    return moment.date(), moment.time()


def _find_zone(name: str) -> dt.tzinfo:
    key = _iana_names().get(WINDOWS_TO_OLSON.get(name, name).casefold())
    parts = name.strip("/").split("/")
    # Some programs put their own path before the name: /example.org/Olson_1/Europe/Zurich.
    for start in range(1, len(parts)):
        key = key or _iana_names().get("/".join(parts[start:]).casefold())
    if key is None:
        raise UnreadableTimeError(f"Its time zone “{name[:60]}” is not known.")
    return zoneinfo.ZoneInfo(key)


@cache
def _iana_names() -> dict[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}
