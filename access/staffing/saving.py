"""The only door through which a holder's access is given, changed and ended. Pages come through it.

Every function is one transaction: the record and the codes that follow from it. A record that is ended stays ended;
who comes back gets a new one, with a new PIN.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from django.db import transaction

from access.enums import StaffKind
from access.models import StaffAccess
from access.staffing.declaring import declare_each
from access.staffing.rules import RuleError, check_begins, normal_rule
from locks.devices import capabilities_of
from locks.models import Door
from properties.models import Workspace

FIRST_DATE: Final = dt.date(2000, 1, 1)
LAST_DATE: Final = dt.date(2100, 1, 1)
MAX_NAME: Final = 100
MAX_CONTACT: Final = 200
MAX_NOTE: Final = 300
MAX_EXCEPTIONS: Final = 200
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class StaffRefused(ValueError):
    """The access cannot be like this: `errors` maps a field to a sentence that says what to do."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDetails:
    """What a person says. `rule` empty: around the clock. `time_zone` empty: that of the doors' property."""

    kind: StaffKind
    holder_name: str
    doors: tuple[Door, ...]
    first_day: dt.date
    last_day: dt.date | None = None
    rule: str = ""
    start_time: dt.time | None = None
    end_time: dt.time | None = None
    exceptions: tuple[dt.date, ...] = ()
    time_zone: str = ""
    contact: str = ""
    note: str = ""


def details_of(staff: StaffAccess) -> StaffDetails:
    return StaffDetails(
        kind=StaffKind(staff.kind),
        holder_name=staff.holder_name,
        doors=tuple(staff.doors.select_related("property", "device__account").order_by("pk")),
        first_day=staff.first_day,
        last_day=staff.last_day,
        rule=staff.rule,
        start_time=staff.start_time,
        end_time=staff.end_time,
        exceptions=tuple(dt.date.fromisoformat(day) for day in staff.exceptions),
        time_zone=staff.time_zone,
        contact=staff.contact,
        note=staff.note,
    )


@transaction.atomic
def save_staff_access(
    workspace: Workspace,
    details: StaffDetails,
    *,
    actor: str,
    now: dt.datetime,
    staff: StaffAccess | None = None,
) -> StaffAccess:
    """Give access, or change that of `staff`, and let the codes follow. Raise StaffRefused."""
    details = _cleaned(details)
    errors = _problems(workspace, details)
    if errors:
        raise StaffRefused(errors)
    kept = _held(staff) if staff is not None else StaffAccess(workspace=workspace)
    for field in fields(StaffDetails):
        if field.name not in ("doors", "exceptions", "rule"):
            setattr(kept, field.name, getattr(details, field.name))
    kept.rule = normal_rule(details.rule) if details.rule else ""
    kept.exceptions = [day.isoformat() for day in details.exceptions]
    kept.declare_at = now
    kept.save()
    kept.doors.set(details.doors)
    return _followed(kept, actor=actor, now=now)


@transaction.atomic
def end_staff_access(staff: StaffAccess, *, actor: str, now: dt.datetime) -> StaffAccess:
    """Take all codes back at once. Ended before: nothing happens."""
    kept = _locked(staff)
    if kept.ended_at is not None:
        return kept
    kept.ended_at = kept.declare_at = now
    kept.save(update_fields=["ended_at", "declare_at"])
    return _followed(kept, actor=actor, now=now)


@transaction.atomic
def add_exception(staff: StaffAccess, day: dt.date, *, actor: str, now: dt.datetime) -> StaffAccess:
    """Let no window begin on this day. A window that began the day before is not cut short."""
    kept = _held(staff)
    details = details_of(kept)
    return save_staff_access(
        kept.workspace,
        replace(details, exceptions=(*details.exceptions, day)),
        actor=actor,
        now=now,
        staff=kept,
    )


def _locked(staff: StaffAccess) -> StaffAccess:
    return StaffAccess.objects.select_for_update(of=("self",), no_key=True).get(pk=staff.pk)


def _held(staff: StaffAccess) -> StaffAccess:
    kept = _locked(staff)
    if kept.ended_at is not None:
        raise StaffRefused({"": "This access is ended. Give access anew; it comes with a new code."})
    return kept


def _followed(staff: StaffAccess, *, actor: str, now: dt.datetime) -> StaffAccess:
    declare_each([staff.pk], now=now, actor=actor)
    staff.refresh_from_db()
    return staff


def _cleaned(details: StaffDetails) -> StaffDetails:
    has_rule = bool(details.rule.strip())
    return replace(
        details,
        holder_name=details.holder_name.strip(),
        contact=details.contact.strip(),
        note=details.note.strip(),
        rule=details.rule.strip(),
        time_zone=details.time_zone or _zone_of(details.doors),
        doors=tuple({door.pk: door for door in details.doors}.values()),
        exceptions=tuple(sorted(set(details.exceptions))) if has_rule else details.exceptions,
    )


def _zone_of(doors: Iterable[Door]) -> str:
    zones = {door.property.time_zone for door in doors}
    return zones.pop() if len(zones) == 1 else ""


def _problems(workspace: Workspace, details: StaffDetails) -> dict[str, str]:
    found = {
        "holder_name": _text_problem(details.holder_name, MAX_NAME, "Say who gets access."),
        "contact": _text_problem(details.contact, MAX_CONTACT),
        "note": _text_problem(details.note, MAX_NOTE),
        "doors": _doors_problem(workspace, details.doors),
        "time_zone": _zone_problem(details.time_zone),
        "first_day": _day_problem(details.first_day),
        "last_day": _last_day_problem(details),
        "exceptions": _exceptions_problem(details),
    }
    errors = {name: sentence for name, sentence in found.items() if sentence}
    return errors if errors.keys() & {"first_day", "last_day"} else {**errors, **_rule_problems(details)}


def _text_problem(text: str, longest: int, missing: str = "") -> str:
    if not text:
        return missing
    if len(text) > longest:
        return f"Use at most {longest} characters."
    return "Use letters, digits and signs on one line only." if CONTROL.search(text) else ""


def _doors_problem(workspace: Workspace, doors: Iterable[Door]) -> str:
    ids = [door.pk for door in doors]
    if not ids:
        return "Choose at least one door."
    known = Door.objects.in_workspace(workspace).filter(pk__in=ids).select_related("device__account")
    if known.count() != len(ids):
        return "Choose doors of this workspace only."
    for door in known:
        if not door.device.is_managed:
            return f"{door.name} has a lock that is not managed here; manage it first, or leave the door out."
        if not capabilities_of(door.device).online_codes:
            return (
                f"{door.name} takes only codes that run out by themselves and cannot be taken back, "
                "so nobody can be given regular access to it. Leave the door out."
            )
    return ""


def _zone_problem(name: str) -> str:
    if not name:
        return "The doors lie in several time zones: choose the one in which the times are meant."
    return "" if name in zoneinfo.available_timezones() else "Choose a time zone of the list."


def _day_problem(day: dt.date | None) -> str:
    if day is None or FIRST_DATE <= day <= LAST_DATE:
        return ""
    return f"Give a day between {FIRST_DATE.year} and {LAST_DATE.year}."


def _last_day_problem(details: StaffDetails) -> str:
    if details.last_day is not None and details.last_day < details.first_day:
        return "The last day lies before the first. Change one of them."
    return _day_problem(details.last_day)


def _exceptions_problem(details: StaffDetails) -> str:
    if details.exceptions and not details.rule:
        return "Days without access go with a rule only. Choose days of the week, or leave them out."
    if len(details.exceptions) > MAX_EXCEPTIONS:
        return f"Give at most {MAX_EXCEPTIONS} days without access."
    return next(filter(None, map(_day_problem, details.exceptions)), "")


def _rule_problems(details: StaffDetails) -> dict[str, str]:
    if not details.rule:
        return _around_the_clock_problems(details)
    errors = {}
    if details.start_time is None:
        errors["start_time"] = "Say from when the code opens on these days."
    if details.end_time is None:
        errors["end_time"] = "Say until when the code opens. At or before the start means: on the next day."
    try:
        check_begins(normal_rule(details.rule), first_day=details.first_day, last_day=details.last_day)
    except RuleError as problem:
        errors["rule"] = str(problem)
    return errors


def _around_the_clock_problems(details: StaffDetails) -> dict[str, str]:
    if details.last_day is None and details.end_time is not None:
        return {"end_time": "An end time goes with a last day. Give the last day, or leave the time out."}
    same_day = details.last_day == details.first_day
    if same_day and details.end_time is not None and details.end_time <= (details.start_time or dt.time()):
        return {"end_time": "The end lies before the start on the same day. Change one of them."}
    return {}
