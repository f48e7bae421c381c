"""The audit log: who did what, when and where, from the histories (StayChange, Event, WorkspaceChange), newest first.

Called by the page of the log and by its export. None of them holds a PIN. As everywhere, what Keyturn or a calendar
did by itself is told from what people and programs did by the actor's name.
"""

from __future__ import annotations

import csv
import datetime as dt
import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from access.enums import EventType
from access.models import Event
from access.timeline import TimelineEntry, entry_of_change, entry_of_event
from properties.models import Property, Stay, StayChange, Workspace, WorkspaceChange

PAGE: Final = 50
MAX_PAGE: Final = 100
CHUNK: Final = 500
UTC: Final = ZoneInfo("UTC")
BY_ITSELF: Final = Q(actor__in=("", "Keyturn")) | Q(actor__startswith="Calendar ")
WORKSPACE: Final = "workspace"
# What a person may ask for: words, and how the types of its events begin. None: the stays' own history.
KINDS: Final[dict[str, tuple[str, tuple[str, ...] | None]]] = {
    "stays": ("Bookings", None),
    WORKSPACE: ("Settings, team, properties, feeds", ()),
    "pins": ("Codes shown and issued", ("pin.",)),
    "codes": ("Codes on locks", ("access_code.",)),
    "doors": ("Doors opened and locked", ("lock.", "action_attempt.", "bolt.")),
    "locks": ("Locks and accounts", ("device.", "connected_account.", "connect_webview.")),
    "webhooks": ("Webhooks", ("webhook.",)),
}
HEADER: Final = ("time_utc", "who", "what", "details", "property", "unit", "lock", "guest")
# What a spreadsheet takes for a formula, at the beginning of a cell.
RISKY: Final = re.compile(r"(^|[;\t\r\n])(\s*[=+\-@]|[\t\r\n])")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """`who`: part of an actor's name. `everything`: also what nobody did by hand."""

    who: str = ""
    kind: str = ""
    since: dt.datetime | None = None
    place: Property | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class AuditLine:
    entry: TimelineEntry
    zone: ZoneInfo
    place: str = ""
    unit: str = ""
    lock: str = ""
    stay: Stay | None = None

    @property
    def where(self) -> str:
        return " · ".join(filter(None, (self.place, self.unit, self.lock)))


@dataclass(frozen=True, slots=True)
class AuditPage:
    lines: list[AuditLine]
    newer: int | None
    older: int | None


def page_of_audit(workspace: Workspace, asked: AuditFilter, *, number: int) -> AuditPage:
    number = max(1, min(number, MAX_PAGE))
    last = number * PAGE
    # As many of each as the pages up to this one could need, and one more to know whether another follows.
    lines = [_of_event(row) for row in _events(workspace, asked)[: last + 1]]
    lines += [_of_change(row) for row in _changes(workspace, asked)[: last + 1]]
    lines += [_of_workspace(row) for row in _of_settings(workspace, asked)[: last + 1]]
    lines.sort(key=lambda line: line.entry.at, reverse=True)
    return AuditPage(
        lines[last - PAGE : last],
        newer=number - 1 if number > 1 else None,
        older=number + 1 if len(lines) > last and number < MAX_PAGE else None,
    )


def lines_of_audit(workspace: Workspace, asked: AuditFilter) -> Iterator[AuditLine]:
    """All of them, never held in memory at once."""
    events = map(_of_event, _events(workspace, asked).iterator(chunk_size=CHUNK))
    changes = map(_of_change, _changes(workspace, asked).iterator(chunk_size=CHUNK))
    settings = map(_of_workspace, _of_settings(workspace, asked).iterator(chunk_size=CHUNK))
    return heapq.merge(events, changes, settings, key=lambda line: line.entry.at, reverse=True)


def csv_of(lines: Iterator[AuditLine]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield str(writer.writerow(HEADER))
    for line in lines:
        yield str(writer.writerow([_plain(cell) for cell in _cells(line)]))


def _cells(line: AuditLine) -> tuple[str, ...]:
    entry = line.entry
    moment = entry.at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    guest = line.stay.guest_name if line.stay is not None else ""
    return moment, entry.actor, entry.title, entry.detail, line.place, line.unit, line.lock, guest


def _plain(cell: str) -> str:
    """Text that no spreadsheet runs: what could begin a formula gets an apostrophe, which such programs hide. Many of
    them begin a new cell at a semicolon or a tab, too."""
    return RISKY.sub(r"\1'\2", cell)


class _Echo:
    """What the csv module writes into; it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _events(workspace: Workspace, asked: AuditFilter) -> QuerySet[Event, Any]:
    rows = Event.objects.in_workspace(workspace).select_related(
        "device__door__property", "access_code", "stay__unit__property", "stay__guest"
    )
    if asked.kind:
        begins = KINDS[asked.kind][1]
        types = [one for one in EventType if begins is not None and one.startswith(begins)]
        rows = rows.filter(type__in=types)
    if asked.place is not None:
        at_door = Q(stay__isnull=True, device__door__property=asked.place)
        rows = rows.filter(Q(stay__unit__property=asked.place) | at_door)
    if asked.since is not None:
        rows = rows.filter(occurred_at__gte=asked.since)
    return _by(rows, asked).order_by("-occurred_at", "-pk")


def _changes(workspace: Workspace, asked: AuditFilter) -> QuerySet[StayChange, Any]:
    rows = StayChange.objects.in_workspace(workspace).select_related("stay__unit__property", "stay__guest")
    if asked.kind and KINDS[asked.kind][1] is not None:
        return rows.none()
    if asked.place is not None:
        rows = rows.filter(stay__unit__property=asked.place)
    if asked.since is not None:
        rows = rows.filter(at__gte=asked.since)
    return _by(rows, asked).order_by("-at", "-pk")


def _of_settings(workspace: Workspace, asked: AuditFilter) -> QuerySet[WorkspaceChange, Any]:
    rows = WorkspaceChange.objects.in_workspace(workspace).select_related("place")
    if asked.kind not in ("", WORKSPACE):
        return rows.none()
    if asked.place is not None:
        rows = rows.filter(place=asked.place)
    if asked.since is not None:
        rows = rows.filter(at__gte=asked.since)
    return _by(rows, asked).order_by("-at", "-pk")


def _by(rows: QuerySet[Any, Any], asked: AuditFilter) -> QuerySet[Any, Any]:
    if asked.who:
        rows = rows.filter(actor__icontains=asked.who)
    return rows if asked.everything else rows.exclude(BY_ITSELF)


def _of_event(event: Event) -> AuditLine:
    entry = entry_of_event(event)
    stay, device = event.stay, event.device
    door = getattr(device, "door", None) if device is not None else None
    lock = door.name if door is not None else device.name if device is not None else ""
    if stay is not None:
        return _at_stay(stay, entry, lock=lock)
    if door is not None:
        return AuditLine(entry, door.property.zone, place=door.property.name, lock=lock)
    return AuditLine(entry, UTC, lock=lock)


def _of_change(change: StayChange) -> AuditLine:
    stay = change.stay
    return _at_stay(stay, entry_of_change(change, stay.unit.property.zone, with_contact=True))


def _of_workspace(change: WorkspaceChange) -> AuditLine:
    entry = TimelineEntry(change.at, change.actor, change.what, change.detail, WORKSPACE)
    if change.place is not None:
        return AuditLine(entry, change.place.zone, place=change.place.name)
    return AuditLine(entry, UTC)


def _at_stay(stay: Stay, entry: TimelineEntry, *, lock: str = "") -> AuditLine:
    place = stay.unit.property
    return AuditLine(entry, place.zone, place=place.name, unit=stay.unit.name, lock=lock, stay=stay)
