"""Which rules of RFC 5545 say on which days a window begins, and the weekly picker as such a rule. Pure.

The library expands a rule; what is allowed in one is decided here. A rule tells days only: the first and last day and
the times of day stand in fields of their own, so DTSTART, UNTIL and anything finer than a day are refused. So is what
can never match, since the library would look for it until the year 9999.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from dateutil.rrule import rrule, rrulestr

MAX_RULE: Final = 300
MAX_INTERVAL: Final = 366
MAX_COUNT: Final = 5_000
# A rule whose first window lies further ahead is taken for a slip.
FIRST_WITHIN: Final = dt.timedelta(days=5 * 366)
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
FINER: Final = ("HOURLY", "MINUTELY", "SECONDLY", "BYHOUR", "BYMINUTE", "BYSECOND")
ELSEWHERE: Final = {
    "DTSTART": "Leave DTSTART out and give the first day in its own field.",
    "UNTIL": "Leave UNTIL out and give the last day in its own field.",
    "EXDATE": "Leave EXDATE out and give the days without a window in their own field.",
    "RDATE": "Leave RDATE out: a rule tells days that come again.",
    "EXRULE": "Leave EXRULE out and give the days without a window in their own field.",
    "TZID": "Leave TZID out: the time zone stands in its own field.",
}
# By frequency, so that a rule always finds a day soon or is known to find none.
PARTS: Final[Mapping[str, frozenset[str]]] = {
    "DAILY": frozenset({"BYDAY", "BYMONTH"}),
    "WEEKLY": frozenset({"BYDAY", "BYMONTH"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"}),
    "YEARLY": frozenset({"BYDAY", "BYMONTH", "BYMONTHDAY"}),
}
LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
ORDINAL: Final = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


class RuleError(ValueError):
    """The rule cannot be so; the message is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Days of the week (Monday is 0), in every `interval`th week from that of the first day on."""

    days: tuple[int, ...]
    interval: int = 1


def weekly_rule(weekly: Weekly) -> str:
    if not weekly.days:
        raise RuleError("Choose at least one day of the week.")
    days = ",".join(WEEKDAYS[day] for day in sorted(set(weekly.days)))
    every = f"INTERVAL={weekly.interval};" if weekly.interval != 1 else ""
    return normal_rule(f"FREQ=WEEKLY;{every}BYDAY={days}")


def weekly_of(rule: str) -> Weekly | None:
    """Return the rule as the weekly picker shows it; None where it says more than that."""
    parts = dict(part.split("=", 1) for part in rule.split(";")) if rule else {}
    if (
        parts.get("FREQ") != "WEEKLY"
        or not parts.keys() <= {"FREQ", "INTERVAL", "BYDAY"}
        or "BYDAY" not in parts
    ):
        return None
    days = tuple(WEEKDAYS.index(day) for day in parts["BYDAY"].split(","))
    return Weekly(days, int(parts.get("INTERVAL", 1)))


def normal_rule(text: str) -> str:
    """Check a rule and return it in one way of writing; raise RuleError."""
    bare = re.sub(r"\s+", "", text).upper().removeprefix("RRULE:").rstrip(";")
    parts = _parts(bare)
    frequency = parts["FREQ"]
    for name, value in parts.items():
        _check_part(name, value, frequency)
    _check_together(parts)
    order = ["FREQ", "INTERVAL", *(name for name in parts if name not in ("FREQ", "INTERVAL"))]
    if parts.get("INTERVAL") == "1":
        order.remove("INTERVAL")
    return ";".join(f"{name}={parts[name]}" for name in order if name in parts)


def _parts(bare: str) -> dict[str, str]:
    if not bare or len(bare) > MAX_RULE:
        raise RuleError(f"Give a rule such as FREQ=WEEKLY;BYDAY=TU, of at most {MAX_RULE} characters.")
    for word, sentence in ELSEWHERE.items():
        if word in bare:
            raise RuleError(sentence)
    if any(word in bare for word in FINER):
        raise RuleError(
            "A rule tells days, not hours: use FREQ=DAILY or longer, and give the times in their fields."
        )
    parts: dict[str, str] = {}
    for part in bare.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise RuleError(f"“{part}” cannot be read. A rule is made of parts such as FREQ=WEEKLY;BYDAY=TU.")
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise RuleError(f"Begin the rule with FREQ= and one of {', '.join(FREQUENCIES)}.")
    return parts


def _check_part(name: str, value: str, frequency: str) -> None:
    checks: dict[str, tuple[Callable[[str], bool], str]] = {
        "INTERVAL": (
            _numbers(1, MAX_INTERVAL, single=True),
            f"INTERVAL is a number from 1 to {MAX_INTERVAL}.",
        ),
        "COUNT": (_numbers(1, MAX_COUNT, single=True), f"COUNT is a number from 1 to {MAX_COUNT}."),
        "WKST": (lambda day: day in WEEKDAYS, "WKST is the first day of the week, such as MO."),
        "BYMONTH": (_numbers(1, 12), "BYMONTH takes numbers from 1 to 12."),
        "BYMONTHDAY": (_numbers(1, 31, signed=True), "BYMONTHDAY takes numbers from 1 to 31, or -31 to -1."),
        "BYSETPOS": (_numbers(1, 4, signed=True), "BYSETPOS takes numbers from 1 to 4, or -4 to -1."),
        "BYDAY": (
            _days_of(frequency),
            "BYDAY takes days such as MO,TH, or with FREQ=MONTHLY such as 1MO or -1FR.",
        ),
    }
    if name == "FREQ":
        return
    if name not in checks:
        raise RuleError(f"{name} is not understood here. Use {', '.join(checks)}.")
    if name.startswith("BY") and name not in PARTS[frequency]:
        raise RuleError(f"{name} does not go with FREQ={frequency}. Use FREQ=MONTHLY for days of a month.")
    holds, sentence = checks[name]
    if not holds(value):
        raise RuleError(sentence)


def _numbers(first: int, last: int, *, signed: bool = False, single: bool = False) -> Callable[[str], bool]:
    form = re.compile(r"[+-]?[0-9]{1,4}" if signed else r"[0-9]{1,4}")

    def holds(value: str) -> bool:
        numbers = [value] if single else value.split(",")
        return all(form.fullmatch(one) is not None and first <= abs(int(one)) <= last for one in numbers)

    return holds


def _days_of(frequency: str) -> Callable[[str], bool]:
    ordinals = frequency in ("MONTHLY", "YEARLY")

    def holds(value: str) -> bool:
        found = [ORDINAL.fullmatch(day) for day in value.split(",")]
        return all(day is not None and (ordinals or day[1] is None) for day in found)

    return holds


def _check_together(parts: Mapping[str, str]) -> None:
    days, month_days = parts.get("BYDAY", ""), parts.get("BYMONTHDAY", "")
    ordinals = any(char.isdigit() for char in days)
    if parts["FREQ"] == "DAILY" and days and parts.get("INTERVAL", "1") != "1":
        raise RuleError("FREQ=DAILY with BYDAY goes with no INTERVAL. Use FREQ=WEEKLY for every second week.")
    if ordinals and month_days:
        raise RuleError("Give either days such as 1MO or days of the month, not both.")
    if parts["FREQ"] == "YEARLY" and days and "BYMONTH" not in parts:
        raise RuleError("With FREQ=YEARLY and BYDAY say the month too, such as BYMONTH=5.")
    if "BYSETPOS" in parts and (not days or ordinals or month_days):
        raise RuleError(
            "BYSETPOS picks among days of the week: give BYDAY without numbers, and no BYMONTHDAY."
        )
    if month_days and not _has_day(month_days, parts.get("BYMONTH", "")):
        raise RuleError("No such day is ever in these months. Change BYMONTHDAY or BYMONTH.")


def _has_day(month_days: str, months: str) -> bool:
    chosen = [int(month) for month in months.split(",")] if months else range(1, 13)
    return any(
        abs(int(day)) <= LONGEST_MONTHS[month - 1] for day in month_days.split(",") for month in chosen
    )


def begin_days(rule: str, *, first_day: dt.date, last_day: dt.date | None) -> Iterator[dt.date]:
    """Yield the days of a checked rule in order, from the first day on; without a last day perhaps for ever."""
    expanded: rrule = rrulestr(rule, dtstart=_midnight(first_day))
    days = (moment.date() for moment in expanded)
    return days if last_day is None else takewhile(lambda day: day <= last_day, days)


def check_begins(rule: str, *, first_day: dt.date, last_day: dt.date | None) -> None:
    """Refuse a rule that begins no window, or none for years."""
    first = next(begin_days(rule, first_day=first_day, last_day=last_day), None)
    if first is None:
        raise RuleError("No window ever begins by this rule between the first and the last day.")
    if first > first_day + FIRST_WITHIN:
        raise RuleError(
            f"The first window would begin on {first:%-d %B %Y}. Give a first day that is nearer to it."
        )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
