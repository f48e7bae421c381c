"""What should be: the windows of bookings by the calendar on the wall, and what a lock must hold for them. Pure.

Computed from the scenario alone, by other means than the application's, so that an error there is not repeated here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from access.simulation.employing import Employment
from access.simulation.scenario import Booking, HousePlan
from locks.brands import BRANDS

Window = tuple[dt.datetime, dt.datetime]
FAR = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)  # the end of what has none
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
NATIVE_LEAD = dt.timedelta(hours=72)
JIT_LEAD = dt.timedelta(minutes=60)
ENABLE_LEAD = dt.timedelta(seconds=30)


def window_of(booking: Booking, house: HousePlan, *, early_hours: int = 0) -> Window:
    """`early_hours`: what the manager has granted (negative: earlier check-in, positive: later check-out)."""
    zone = zoneinfo.ZoneInfo(house.zone)
    check_in, check_out = house.check_in, house.check_out
    if early_hours < 0:
        check_in = check_in.replace(hour=check_in.hour + early_hours)
    if early_hours > 0:
        check_out = check_out.replace(hour=check_out.hour + early_hours)
    starts = dt.datetime.combine(booking.arrival, check_in, zone).astimezone(dt.UTC)
    ends = dt.datetime.combine(booking.departure, check_out, zone).astimezone(dt.UTC)
    return starts - dt.timedelta(minutes=house.buffer_before), ends + dt.timedelta(minutes=house.buffer_after)


def windows_of(
    holding: Employment, zone_name: str, *, after: dt.datetime, until: dt.datetime
) -> list[Window]:
    """The windows of a holder that end after one moment and begin before another, by the calendar on the wall."""
    zone = zoneinfo.ZoneInfo(zone_name)
    first, last = holding.first_day, holding.last_day
    if holding.begins is None or holding.ends is None:
        ends = FAR if last is None else dt.datetime.combine(last + DAY, dt.time(), zone).astimezone(dt.UTC)
        starts = dt.datetime.combine(first, dt.time(), zone).astimezone(dt.UTC)
        return [(starts, ends)] if after < ends and starts < until else []
    found = []
    day = max(first, after.date() - 3 * DAY)
    while day <= min(last or dt.date.max, until.date() + DAY):
        if day.weekday() in holding.days and day not in holding.exceptions:
            over = DAY if holding.ends <= holding.begins else dt.timedelta(0)
            window = _earlier(day, holding.begins, zone), _later(day + over, holding.ends, zone)
            if window[1] > after and window[0] < min(until, window[1]):
                found.append(window)
        day += DAY
    return found


def _earlier(day: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The first moment at which the clock on the wall has come to this time or jumped over it."""
    midnight = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    passed = dt.timedelta(hours=time.hour, minutes=time.minute)
    moments = (midnight + passed + shift * HOUR for shift in (-1, 0, 1))
    wall = dt.datetime.combine(day, time)
    exact = [at for at in moments if at.astimezone(zone).replace(tzinfo=None) == wall]
    return exact[0] if exact else midnight + passed


def _later(day: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The last such moment."""
    midnight = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    passed = dt.timedelta(hours=time.hour, minutes=time.minute)
    moments = (midnight + passed + shift * HOUR for shift in (1, 0, -1))
    wall = dt.datetime.combine(day, time)
    exact = [at for at in moments if at.astimezone(zone).replace(tzinfo=None) == wall]
    return exact[0] if exact else midnight + passed


def opens_early(window: Window, brand: str, zone_name: str) -> dt.timedelta:
    """By how much a lock may open before a window: a minute; on one that cannot hold what is switched off as much as
    it is told ahead; on one whose lock system may be an hour wrong, that hour where the clocks change."""
    able = BRANDS[brand].capabilities
    native = able.native_scheduling and window[1] < FAR
    if not native:
        return 2 * MINUTE if able.holds_disabled_codes else JIT_LEAD + 2 * MINUTE
    zone = zoneinfo.ZoneInfo(zone_name)
    moments = (window[0] - NATIVE_LEAD, *window)
    changing = len({moment.astimezone(zone).utcoffset() for moment in moments}) > 1
    return 2 * MINUTE + (HOUR if able.shifts_with_clocks and changing else dt.timedelta(0))


def runs_out_at(window: Window, brand: str, zone: str) -> dt.datetime | None:
    """When an offline code for this window runs out by itself: nobody can take it back. None: the code can be."""
    if BRANDS[brand].capabilities.online_codes:
        return None
    end = window[1].astimezone(zoneinfo.ZoneInfo(zone))
    return (end + -dt.timedelta(minutes=end.minute, seconds=end.second) % HOUR).astimezone(dt.UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of one lock for one person from `at` on. `window` None: nothing any more. `after`: until when
    another code of the same person and PIN has the place."""

    at: dt.datetime
    window: Window | None
    name: str = ""
    pin_number: int = 0
    after: dt.datetime | None = None


def needed_writes(asked: Sequence[Asked], brand: str, *, until: dt.datetime) -> list[dt.datetime]:
    """When a programmer who makes no mistakes, on a lock without faults, would send a command for this guest.

    A native lock is written to from 72 hours before the window on; one without schedules gets the code switched off
    an hour before, switched on half a minute before, and cleared at the end.
    """
    return [moment for moment, _ in _changes(asked, brand, until=until)]


def stands_at(asked: Sequence[Asked], brand: str, *, now: dt.datetime) -> bool:
    """Tell whether the lock should hold something for this guest."""
    changes = _changes(asked, brand, until=now)
    return bool(changes) and changes[-1][1] is not None


def _changes(asked: Sequence[Asked], brand: str, *, until: dt.datetime) -> list[tuple[dt.datetime, object]]:
    """Each command with what stands on the lock after it; another PIN takes two."""
    able = BRANDS[brand].capabilities
    if not able.online_codes:
        return []
    changes: list[tuple[dt.datetime, object]] = []
    held: object = None
    ends = [*(one.at for one in asked[1:]), until]
    for this, end in zip(asked, ends, strict=False):
        last = min(end, until)
        native = able.native_scheduling and this.window is not None and this.window[1] < FAR
        staged = not native and able.holds_disabled_codes
        shares = native and able.holds_same_pin_in_disjoint_windows
        alone = dataclasses.replace(this, after=None) if shares else this
        for moment in _moments(alone, native, last):
            # Another PIN is another code: it is loaded when its window comes near, whatever stood there before.
            wanted = _wanted(alone, native, staged, moment, held=_pin(held) == alone.pin_number)
            if wanted == held:
                continue
            changes_pin = held is not None and wanted is not None and _pin(held) != _pin(wanted)
            changes += [(moment, wanted)] * (2 if changes_pin else 1)
            held = wanted
    return changes


def _moments(asked: Asked, native: bool, last: dt.datetime) -> Iterable[dt.datetime]:
    moments = {asked.at}
    if asked.window is not None:
        starts, ends = asked.window
        loads = starts - (NATIVE_LEAD if native else JIT_LEAD)
        moments.add(max(loads, asked.after or loads))
        moments |= {ends} if native else {starts - ENABLE_LEAD, ends}
    return sorted(moment for moment in moments if asked.at <= moment < last)


def _wanted(asked: Asked, native: bool, staged: bool, moment: dt.datetime, *, held: bool) -> object:
    if asked.window is None or moment >= asked.window[1]:
        return None
    if asked.after is not None and moment < asked.after:
        return None
    starts = asked.window[0]
    if native:
        due = held or moment >= starts - NATIVE_LEAD
        return (asked.pin_number, asked.name, asked.window) if due else None
    if moment < starts - JIT_LEAD:
        return None
    return (asked.pin_number, asked.name, not staged or moment >= starts - ENABLE_LEAD)


def _pin(shape: object) -> object:
    return shape[0] if isinstance(shape, tuple) else None


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody last said of a holder. `holding` None: no access any more."""

    at: dt.datetime
    holding: Employment | None
    pin_number: int = 0


def tracks_of(words: Sequence[Word], door: str, zone: str, *, until: dt.datetime) -> list[list[Asked]]:
    """What was asked of one door for a holder, code by code: a change moves those that are there, and what is too
    much goes."""
    tracks: list[list[Asked]] = []
    for word in words:
        holding = word.holding
        windows = []
        if holding is not None and door in holding.doors:
            windows = windows_of(holding, zone, after=word.at, until=until + NATIVE_LEAD)
        ends = [None, *(window[1] for window in windows)]
        wished = [
            Asked(word.at, window, holding.name if holding else "", word.pin_number, after)
            for window, after in zip(windows, ends, strict=False)
        ]
        live = [track for track in tracks if track[-1].window is not None and track[-1].window[1] > word.at]
        _hand_on(live, wished, tracks, at=word.at)
    return tracks


def _hand_on(
    live: list[list[Asked]], wished: list[Asked], tracks: list[list[Asked]], *, at: dt.datetime
) -> None:
    """As few commands as can be: the same window goes on, the others take the next code that is left."""
    open_wishes = []
    for wish in wished:
        same = next((track for track in live if track[-1].window == wish.window), None)
        if same is None:
            open_wishes.append(wish)
            continue
        live.remove(same)
        same.append(wish)
    for wish in open_wishes:
        if live:
            live.pop(0).append(wish)
        else:
            tracks.append([wish])
    for track in live:
        track.append(Asked(at, None))
