"""A page of the timeline: rows of units with their bars and lines, ready to be drawn.

Columns are half-days (`cN`, `sN` of static/css/timeline.css); what happens within a bar is drawn in thousandths of its
width. Called by access.views.occupancy.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from access.models import StaffAccess
from access.occupancy.axis import Axis
from access.occupancy.lanes import Bar, lanes_of, put_in_lanes
from access.occupancy.loading import DoorLine, Occupancy
from access.occupancy.segments import LINE_TEXT, segments_of
from access.staffing.declaring import schedule_of
from access.staffing.expanding import windows_after
from access.states import CodeState
from access.status import STATE_TEXT, worst
from properties.booking.details import rules_of, times_of
from properties.enums import StayKind, StayStatus
from properties.models import Property, Stay, Unit
from properties.window import Window, buffers

DAY: Final = dt.timedelta(days=1)
WIDTH: Final = 1000
MOST_WINDOWS: Final = 100
# Of a half-day: as wide as a buffer is drawn at least, and how far apart its strokes are.
LEAST_BUFFER: Final = 0.3
STROKES_APART: Final = 0.12


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: where it begins and how wide it is, in thousandths of what it is drawn in."""

    look: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class DrawnDoor:
    name: str
    label: str
    tone: str
    symbol: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class DrawnStay:
    """A bar. `place`: its columns and lane, as classes; `buffers`: the parts before check-in and after check-out."""

    stay: Stay
    place: str
    state: CodeState | None
    tone: str
    label: str
    doors: tuple[DrawnDoor, ...]
    buffers: tuple[Piece, ...]
    strokes_apart: int
    goes_on: bool
    came_before: bool


@dataclass(frozen=True, slots=True)
class DrawnWindow:
    """One window of somebody of the staff."""

    holder: StaffAccess
    window: Window
    piece: Piece


@dataclass(frozen=True, slots=True)
class UnitRow:
    unit: Unit
    stays: tuple[DrawnStay, ...]
    windows: tuple[DrawnWindow, ...]
    lanes: int

    @property
    def staff_lane(self) -> str:
        return f"l{self.lanes + 1}"


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one property; `entering`: windows of those whom only doors of all units let in; `now_x`: where the
    line of now stands, None where it is not on the page."""

    place: Property
    rows: tuple[UnitRow, ...]
    entering: tuple[DrawnWindow, ...]
    today: str
    now_x: int | None


@dataclass(frozen=True, slots=True)
class DayHead:
    date: dt.date
    place: str
    is_weekend: bool
    is_monday: bool


def groups_of(found: Occupancy, *, first: dt.date, days: int, now: dt.datetime) -> tuple[Group, ...]:
    groups = []
    for place, units in groupby(found.units, key=lambda unit: unit.property):
        axis = Axis(first, days, place.zone)
        rows = tuple(row_of(unit, found, axis, now=now) for unit in units)
        entering = tuple(windows_of(found.staff.at_entrances.get(place.pk, ()), axis))
        groups.append(Group(place, rows, entering, today_of(axis, now=now), now_x(axis, now=now)))
    return tuple(groups)


def heads_of(first: dt.date, days: int) -> tuple[DayHead, ...]:
    dates = [first + number * DAY for number in range(days)]
    return tuple(
        DayHead(date, f"c{2 * number + 1} s2", date.isoweekday() > 5, date.isoweekday() == 1)  # noqa: PLR2004
        for number, date in enumerate(dates)
    )


def bounds_of(
    first: dt.date, days: int, zones: Sequence[zoneinfo.ZoneInfo]
) -> tuple[dt.datetime, dt.datetime]:
    axes = [Axis(first, days, zone) for zone in zones] or [Axis(first, days, zoneinfo.ZoneInfo("UTC"))]
    return min(axis.starts_at for axis in axes), max(axis.ends_at for axis in axes)


def today_of(axis: Axis, *, now: dt.datetime) -> str:
    """The columns of today, empty where it is on another page."""
    number = (now.astimezone(axis.zone).date() - axis.first).days
    return f"c{2 * number + 1} s2" if 0 <= number < axis.days else ""


def now_x(axis: Axis, *, now: dt.datetime) -> int | None:
    place = axis.place(now)
    return round(place / axis.days * WIDTH) if 0 <= place < axis.days else None


def row_of(unit: Unit, found: Occupancy, axis: Axis, *, now: dt.datetime) -> UnitRow:
    placed = [(stay, axis.cells(stay.starts_at, stay.ends_at)) for stay in found.stays.get(unit.pk, ())]
    bars = put_in_lanes((stay, *cells) for stay, cells in placed if cells is not None)
    stays = tuple(drawn_stay(bar, found.doors.get(bar.item.pk, ()), axis, now=now) for bar in bars)
    windows = tuple(windows_of(found.staff.at_units.get(unit.pk, ()), axis))
    return UnitRow(unit, stays, windows, lanes_of(bars))


def drawn_stay(bar: Bar[Stay], doors: Sequence[DoorLine], axis: Axis, *, now: dt.datetime) -> DrawnStay:
    stay = bar.item
    state = worst(door.state for door in doors)
    tone, label = look_of(stay, state)
    return DrawnStay(
        stay=stay,
        place=f"c{bar.begin + 1} s{bar.span} l{bar.lane + 1}",
        state=state,
        tone=tone,
        label=label,
        doors=tuple(drawn_door(door, bar, axis, now=now) for door in doors),
        buffers=tuple(buffers_of(bar, axis)),
        strokes_apart=max(1, round(WIDTH * STROKES_APART / bar.span)),
        goes_on=stay.ends_at is None or stay.ends_at > axis.ends_at,
        came_before=stay.starts_at < axis.starts_at,
    )


def look_of(stay: Stay, state: CodeState | None) -> tuple[str, str]:
    """Tone and word of a stay: the worst of its doors, or why there are none."""
    if state is not None:
        text = STATE_TEXT[state]
        return text.tone, text.label
    if stay.kind == StayKind.BLOCK:
        return "idle", "Blocked"
    if stay.status == StayStatus.TENTATIVE:
        return "idle", "Tentative, no code"
    if stay.hold_access:
        return "idle", "Held back, no code"
    return "idle", "No code"


def drawn_door(door: DoorLine, bar: Bar[Stay], axis: Axis, *, now: dt.datetime) -> DrawnDoor:
    text = STATE_TEXT[door.state]
    pieces: tuple[Piece, ...] = ()
    if door.line is not None:
        found = segments_of(door.line, now=now)
        pieces = tuple(drawn(bar, axis, one.line.value, one.begins_at, one.ends_at) for one in found)
    return DrawnDoor(
        door.name, text.label, text.tone, door.state.value, tuple(one for one in pieces if one.width)
    )


def buffers_of(bar: Bar[Stay], axis: Axis) -> Iterator[Piece]:
    stay = bar.item
    before, after = buffers(times_of(stay), rules_of(stay.unit))
    first, last = axis.moment_of(bar.begin), axis.moment_of(bar.end)
    if before and axis.place(stay.starts_at) >= first:
        yield in_sight(drawn(bar, axis, "buffer", stay.starts_at, stay.starts_at + before), bar, at_end=False)
    if after and stay.ends_at is not None and axis.place(stay.ends_at) <= last:
        yield in_sight(drawn(bar, axis, "buffer", stay.ends_at - after, stay.ends_at), bar, at_end=True)


def in_sight(buffer: Piece, bar: Bar[Stay], *, at_end: bool) -> Piece:
    """Minutes are less than a pixel among weeks: a buffer is as wide as a mark at least, and goes on inwards."""
    width = max(buffer.width, round(WIDTH * LEAST_BUFFER / bar.span))
    x = buffer.x + buffer.width - width if at_end else buffer.x
    return Piece(buffer.look, max(0, min(x, WIDTH - width)), width)


def drawn(bar: Bar[Stay], axis: Axis, look: str, begins_at: dt.datetime, ends_at: dt.datetime) -> Piece:
    """A part of a bar; what lies outside of the bar is cut off."""
    first, last = axis.moment_of(bar.begin), axis.moment_of(bar.end)
    return piece(look, axis.place(begins_at), axis.place(ends_at), first=first, last=last)


def piece(look: str, begins: float, ends: float, *, first: float, last: float) -> Piece:
    x = round((min(max(begins, first), last) - first) / (last - first) * WIDTH)
    end = round((min(max(ends, first), last) - first) / (last - first) * WIDTH)
    return Piece(look, x, end - x)


def windows_of(holders: Sequence[StaffAccess], axis: Axis) -> Iterator[DrawnWindow]:
    for holder in holders:
        for window in windows_between(holder, axis):
            ends = float(axis.days) if window.ends_at is None else axis.place(window.ends_at)
            begins = axis.place(window.starts_at)
            drawn_piece = piece("staff", begins, ends, first=0.0, last=float(axis.days))
            yield DrawnWindow(holder, window, drawn_piece)


def windows_between(holder: StaffAccess, axis: Axis) -> Iterator[Window]:
    for number, window in enumerate(windows_after(schedule_of(holder), after=axis.starts_at)):
        if window.starts_at >= axis.ends_at or number >= MOST_WINDOWS:
            return
        yield window


LEGEND: Final[Mapping[str, tuple[str, str]]] = {line.value: text for line, text in LINE_TEXT.items()}
