"""A stay's window taken apart: where each time comes from, and the stretches of which the picture is made.

What is stored (`Stay.starts_at`, `ends_at`) is the truth. Where the rules that hold now would give another window, as
for a stay that was long over when they changed, nothing is taken apart. Pure.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from properties.booking.details import rules_of, times_of
from properties.models import Stay
from properties.window import Edge, Rules, Window, access_window, to_utc

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
class BufferSource:
    """As TimeSource, of the minutes before check-in and after check-out."""

    kind: str
    label: str
    before: int | None
    after: int | None
    counts_before: bool
    counts_after: bool


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
    buffers: tuple[BufferSource, ...]
    is_kept: bool
    is_agreed: bool
    has_own_buffers: bool
    clocks_change: bool

    @property
    def offset(self) -> str:
        """The zone as it is at the start: UTC+13:00."""
        local = self.starts_at.astimezone(self.zone)
        return f"UTC{local:%z}"[:6] + ":" + f"{local:%z}"[3:5]


def window_page(stay: Stay) -> WindowPage:
    zone, rules = stay.unit.property.zone, rules_of(stay.unit)
    whole = access_window(times_of(stay), rules)
    is_kept = whole != Window(stay.starts_at, stay.ends_at)
    return WindowPage(
        zone=zone,
        starts_at=stay.starts_at,
        ends_at=stay.ends_at,
        sources=tuple(_sources(stay)),
        stretches=(_total(stay),) if is_kept else tuple(_stretches(stay, rules)),
        buffers=tuple(_buffers(stay)),
        is_kept=is_kept,
        is_agreed=bool(stay.override_check_in_time or stay.override_check_out_time),
        has_own_buffers=any(one.kind == "stay" for one in _buffers(stay)),
        clocks_change=_offset(stay.starts_at, zone) != _offset(stay.ends_at or stay.starts_at, zone),
    )


def _sources(stay: Stay) -> Iterator[TimeSource]:
    """From the weakest to the strongest; of each time the last that says one counts."""
    unit, place = stay.unit, stay.unit.property
    said = {
        ("usual", "Usual times"): (place.check_in_time, place.check_out_time),
        ("unit", "Of this unit"): (unit.check_in_time, unit.check_out_time),
        ("booked", "Of this booking"): (stay.check_in_time, stay.check_out_time),
        ("agreed", "Agreed instead"): (stay.override_check_in_time, stay.override_check_out_time),
    }
    last_in, last_out = (_last(key for key, pair in said.items() if pair[at] is not None) for at in (0, 1))
    for key, pair in said.items():
        if pair != (None, None):
            yield TimeSource(*key, *pair, counts_in=key == last_in, counts_out=key == last_out)


def _buffers(stay: Stay) -> Iterator[BufferSource]:
    unit, place = stay.unit, stay.unit.property
    said = {
        ("usual", "Buffers"): (place.buffer_before, place.buffer_after),
        ("unit", "Buffers of this unit"): (unit.buffer_before, unit.buffer_after),
        ("stay", "Buffers of this stay"): (stay.override_buffer_before, stay.override_buffer_after),
    }
    before, after = (_last(key for key, pair in said.items() if pair[at] is not None) for at in (0, 1))
    for key, pair in said.items():
        if pair != (None, None):
            yield BufferSource(*key, *pair, counts_before=key == before, counts_after=key == after)


def _last(keys: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """The property has an answer to everything."""
    *_, last = keys
    return last


def _stretches(stay: Stay, rules: Rules) -> Iterator[Stretch]:
    """In the order of time, without gaps."""
    booked_in, agreed_in = _start(stay, rules, agreed=False), _start(stay, rules, agreed=True)
    booked_out, agreed_out = _end(stay, rules, agreed=False), _end(stay, rules, agreed=True)
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


def _start(stay: Stay, rules: Rules, *, agreed: bool) -> dt.datetime:
    time = stay.check_in_time or rules.check_in_time
    if agreed:
        time = stay.override_check_in_time or time
    return to_utc(stay.arrival_date, time, rules.zone, edge=Edge.START)


def _end(stay: Stay, rules: Rules, *, agreed: bool) -> dt.datetime | None:
    if stay.departure_date is None:
        return None
    time = stay.check_out_time or rules.check_out_time
    if agreed:
        time = stay.override_check_out_time or time
    return to_utc(stay.departure_date, time, rules.zone, edge=Edge.END)


def _total(stay: Stay) -> Stretch:
    return Stretch("base", "Stay", stay.starts_at, stay.ends_at, nights=_nights(stay))


def _nights(stay: Stay) -> int:
    return 0 if stay.departure_date is None else (stay.departure_date - stay.arrival_date).days


def _offset(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.timedelta | None:
    return moment.astimezone(zone).utcoffset()
