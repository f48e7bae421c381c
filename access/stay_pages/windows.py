"""A stay's window taken apart: where each time comes from, and the stretches of which the picture is made.

What is stored (`Stay.starts_at`, `ends_at`) is the truth. Where the rules that hold now would give another window, as
for a stay that was long over when they changed, nothing is taken apart. Pure.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

from properties.booking.details import rules_of, times_of
from properties.models import Property, Stay
from properties.window import Edge, Window, access_window, to_utc

MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TimeSource:
    """One origin of the two times. `counts_in`, `counts_out`: whether it is the one that holds."""

    kind: str
    label: str
    check_in: dt.time | None
    check_out: dt.time | None
    counts_in: bool
    counts_out: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the picture: buffer, early, late, base, or `shut`, which is booked and yet closed. `ends_at` None: no
    end."""

    kind: str
    label: str
    begins_at: dt.datetime
    ends_at: dt.datetime | None
    nights: int = 0

    @property
    def minutes(self) -> int:
        return 0 if self.ends_at is None else round((self.ends_at - self.begins_at) / MINUTE)


@dataclass(frozen=True, slots=True)
class WindowPage:
    """`is_kept`: the rules have changed since, and the window stays as it was. `clocks_change`: during the stay."""

    zone: zoneinfo.ZoneInfo
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    sources: tuple[TimeSource, ...]
    stretches: tuple[Stretch, ...]
    buffer_before: int
    buffer_after: int
    is_kept: bool
    is_agreed: bool
    clocks_change: bool

    @property
    def offset(self) -> str:
        """The zone as it is at the start: UTC+13:00."""
        local = self.starts_at.astimezone(self.zone)
        return f"UTC{local:%z}"[:6] + ":" + f"{local:%z}"[3:5]


def window_page(stay: Stay) -> WindowPage:
    place = stay.unit.property
    whole = access_window(times_of(stay), rules_of(place))
    is_kept = whole != Window(stay.starts_at, stay.ends_at)
    return WindowPage(
        zone=place.zone,
        starts_at=stay.starts_at,
        ends_at=stay.ends_at,
        sources=tuple(_sources(stay, place)),
        stretches=(_total(stay),) if is_kept else tuple(_stretches(stay, place)),
        buffer_before=place.buffer_before,
        buffer_after=place.buffer_after,
        is_kept=is_kept,
        is_agreed=bool(stay.override_check_in_time or stay.override_check_out_time),
        clocks_change=_offset(stay.starts_at, place) != _offset(stay.ends_at or stay.starts_at, place),
    )


def _sources(stay: Stay, place: Property) -> Iterator[TimeSource]:
    agreed = (stay.override_check_in_time, stay.override_check_out_time)
    booked = (stay.check_in_time, stay.check_out_time)
    yield TimeSource(
        "usual",
        "Usual times",
        place.check_in_time,
        place.check_out_time,
        counts_in=agreed[0] is None and booked[0] is None,
        counts_out=agreed[1] is None and booked[1] is None,
    )
    if any(booked):
        yield TimeSource(
            "booked",
            "Of this booking",
            *booked,
            counts_in=booked[0] is not None and agreed[0] is None,
            counts_out=booked[1] is not None and agreed[1] is None,
        )
    if any(agreed):
        yield TimeSource(
            "agreed",
            "Agreed instead",
            *agreed,
            counts_in=agreed[0] is not None,
            counts_out=agreed[1] is not None,
        )


def _stretches(stay: Stay, place: Property) -> Iterator[Stretch]:
    """In the order of time, without gaps."""
    booked_in, agreed_in = _start(stay, place, agreed=False), _start(stay, place, agreed=True)
    booked_out, agreed_out = _end(stay, place, agreed=False), _end(stay, place, agreed=True)
    begins = max(booked_in, agreed_in)
    ends = None if booked_out is None or agreed_out is None else min(booked_out, agreed_out)
    if ends is not None and ends <= begins:
        # Nothing of what was booked is left: what was agreed lies before or after it.
        booked_in, booked_out = begins, ends = agreed_in, agreed_out
    yield from _before(stay, booked_in, agreed_in)
    yield Stretch("base", "Stay", begins, ends, nights=_nights(stay))
    yield from _after(stay, booked_out, agreed_out)


def _before(stay: Stay, booked: dt.datetime, agreed: dt.datetime) -> Iterator[Stretch]:
    if booked < stay.starts_at:
        yield Stretch("shut", "Later check-in", booked, stay.starts_at)
    if stay.starts_at < agreed:
        yield Stretch("buffer", "Buffer", stay.starts_at, agreed)
    if agreed < booked:
        yield Stretch("early", "Early check-in", agreed, booked)


def _after(stay: Stay, booked: dt.datetime | None, agreed: dt.datetime | None) -> Iterator[Stretch]:
    if booked is None or agreed is None or stay.ends_at is None:
        return
    if booked < agreed:
        yield Stretch("late", "Late check-out", booked, agreed)
    if agreed < stay.ends_at:
        yield Stretch("buffer", "Buffer", agreed, stay.ends_at)
    if stay.ends_at < booked:
        yield Stretch("shut", "Earlier check-out", stay.ends_at, booked)


def _start(stay: Stay, place: Property, *, agreed: bool) -> dt.datetime:
    time = stay.check_in_time or place.check_in_time
    if agreed:
        time = stay.override_check_in_time or time
    return to_utc(stay.arrival_date, time, place.zone, edge=Edge.START)


def _end(stay: Stay, place: Property, *, agreed: bool) -> dt.datetime | None:
    if stay.departure_date is None:
        return None
    time = stay.check_out_time or place.check_out_time
    if agreed:
        time = stay.override_check_out_time or time
    return to_utc(stay.departure_date, time, place.zone, edge=Edge.END)


def _total(stay: Stay) -> Stretch:
    return Stretch("base", "Stay", stay.starts_at, stay.ends_at, nights=_nights(stay))


def _nights(stay: Stay) -> int:
    return 0 if stay.departure_date is None else (stay.departure_date - stay.arrival_date).days


def _offset(moment: dt.datetime, place: Property) -> dt.timedelta | None:
    return moment.astimezone(place.zone).utcoffset()
