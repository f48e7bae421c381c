"""A checked rule in words, as people would say it. Pure; access.staffing.overview says it of a holder."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from access.staffing.rules import ORDINAL, WEEKDAYS

DAY_NAMES: Final = tuple(calendar.day_name)
PLACES: Final = ("", "first", "second", "third", "fourth", "fifth")
WORKING_DAYS: Final = WEEKDAYS[:5]
TEENS: Final = range(11, 14)
# Days in a row that are told by the first and the last of them.
RANGE: Final = 3


def rule_in_words(rule: str, *, first_day: dt.date) -> str:
    """Tuesday and Saturday; the first and third Monday of the month; every day in July, 10 times."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    said = SAID[parts["FREQ"]](parts, first_day)
    if "BYMONTHDAY" in parts and "BYDAY" in parts:
        said += f", where it is {_weekdays(parts['BYDAY'], 'or')}"
    if "BYMONTH" in parts and parts["FREQ"] != "YEARLY":
        said += f", in {_months(parts)} only"
    if "COUNT" in parts:
        said += f", {parts['COUNT']} times in all" if parts["COUNT"] != "1" else ", once"
    return said[0].upper() + said[1:]


def listed(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _daily(parts: Mapping[str, str], first_day: dt.date) -> str:
    return _weekdays(parts["BYDAY"]) if "BYDAY" in parts else _every(parts, "day")


def _weekly(parts: Mapping[str, str], first_day: dt.date) -> str:
    days = _weekdays(parts["BYDAY"]) if "BYDAY" in parts else DAY_NAMES[first_day.weekday()]
    return days if parts.get("INTERVAL", "1") == "1" else f"{_every(parts, 'week')} on {days}"


def _monthly(parts: Mapping[str, str], first_day: dt.date) -> str:
    days = _days_within(parts, first_day)
    often = parts.get("INTERVAL", "1") != "1"
    if not often and days[0].isupper():
        return days  # plain days of the week: no month has to be named
    return f"{days} of {_every(parts, 'month') if often else 'the month'}"


def _yearly(parts: Mapping[str, str], first_day: dt.date) -> str:
    months = _months(parts) if "BYMONTH" in parts else ""
    if not months:
        months = "any month" if "BYMONTHDAY" in parts else first_day.strftime("%B")
    days = _days_within(parts, first_day)
    often = "" if parts.get("INTERVAL", "1") == "1" else f", {_every(parts, 'year')}"
    return f"{days} of {months}{often}" if not days[0].isupper() else f"{days} in {months}{often}"


SAID: Final[Mapping[str, Callable[[Mapping[str, str], dt.date], str]]] = {
    "DAILY": _daily,
    "WEEKLY": _weekly,
    "MONTHLY": _monthly,
    "YEARLY": _yearly,
}


def _days_within(parts: Mapping[str, str], first_day: dt.date) -> str:
    """Days of a month; plain days of the week begin with a capital."""
    if "BYMONTHDAY" in parts:
        return f"the {listed(_of_month(int(day)) for day in parts['BYMONTHDAY'].split(','))}"
    if "BYDAY" not in parts:
        return f"the {_of_month(first_day.day)}"
    if "BYSETPOS" in parts:
        places = listed(_place(int(place)) for place in parts["BYSETPOS"].split(","))
        return f"the {places} {_any_of(parts['BYDAY'].split(','))}"
    return _ordinals(parts["BYDAY"])


def _ordinals(value: str) -> str:
    """The first and third Monday; the last Friday; Monday where every one is meant."""
    places: dict[str, list[str]] = {}
    for day in value.split(","):
        found = ORDINAL.fullmatch(day)
        assert found is not None  # noqa: S101 -- the rule was checked
        places.setdefault(found[2], []).append(_place(int(found[1])) if found[1] else "")
    if set(map(tuple, places.values())) == {("",)}:
        return _weekdays(value)
    words = [
        f"every {_name(day)}" if "" in of_day else f"the {listed(of_day)} {_name(day)}"
        for day, of_day in places.items()
    ]
    return listed(words)


def _every(parts: Mapping[str, str], what: str) -> str:
    number = int(parts.get("INTERVAL", 1))
    return {1: f"every {what}", 2: f"every second {what}"}.get(number, f"every {number} {what}s")


def _weekdays(value: str, last: str = "and") -> str:
    days = value.split(",")
    if set(days) == set(WEEKDAYS):
        return "every day"
    ordered = sorted(set(days), key=WEEKDAYS.index)
    first = WEEKDAYS.index(ordered[0])
    if len(ordered) >= RANGE and tuple(ordered) == WEEKDAYS[first : first + len(ordered)]:
        return f"{_name(ordered[0])} to {_name(ordered[-1])}"
    return listed(map(_name, ordered)).replace(" and ", f" {last} ")


def _any_of(days: Sequence[str]) -> str:
    if set(days) == set(WEEKDAYS):
        return "day"
    return "working day" if set(days) == set(WORKING_DAYS) else f"among {_weekdays(','.join(days))}"


def _months(parts: Mapping[str, str]) -> str:
    return listed(calendar.month_name[month] for month in sorted(map(int, parts["BYMONTH"].split(","))))


def _name(day: str) -> str:
    return DAY_NAMES[WEEKDAYS.index(day)]


def _place(number: int) -> str:
    if number > 0:
        return PLACES[number]
    return "last" if number == -1 else f"{PLACES[-number]} last"


def _of_month(day: int) -> str:
    if day < 0:
        return f"{_place(day) if -day < len(PLACES) else f'{-day}th last'} day"
    ending = "th" if day in TEENS else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
