"""A lock's history as lanes of one time axis: the door, entries, refusals, the connection. Pure.

Marks that would lie over each other are one mark with their number, so that each can be seen, pointed at and read; how
many there can be follows from the width alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from access.enums import EventType
from access.lock_history.loading import ALARMS, TURNS, History, HistoryLine
from access.lock_history.period import Period
from access.online import Spell

# The least distance between two marks, as a share of the axis.
APART: Final = 0.03
NAMES: Final = 3
_CONNECTION: Final = {True: ("online", "Online"), False: ("offline", "Offline"), None: ("unknown", "Unknown")}
_DOOR: Final = {True: ("locked", "Locked"), False: ("unlocked", "Unlocked"), None: ("unknown", "Unknown")}


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of a lane. `state` names its look; `x` and `width` are shares of the axis."""

    state: str
    word: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """One or several things that lie too close together to be told apart. `bands`: where it stands for stretches."""

    lines: tuple[HistoryLine, ...]
    x: float
    tone: str
    bands: tuple[Band, ...] = ()

    @property
    def number(self) -> int:
        return len(self.lines) or len(self.bands)

    @property
    def key(self) -> str:
        return self.lines[0].key if self.lines else f"b-{self.bands[0].starts_at:%y%m%d%H%M%S}"

    @property
    def starts_at(self) -> dt.datetime:
        return self.lines[0].at if self.lines else self.bands[0].starts_at

    @property
    def ends_at(self) -> dt.datetime:
        return self.lines[-1].at if self.lines else self.bands[-1].ends_at

    @property
    def words(self) -> str:
        if self.bands:
            return _words_of_bands(self.bands)
        if len(self.lines) == 1:
            return self.lines[0].sentence
        return _words_of_many(self.lines)


@dataclass(frozen=True, slots=True)
class Lane:
    key: str
    title: str
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
    nothing: str = ""

    @property
    def number(self) -> int:
        return sum(mark.number for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Strip:
    """`lines`: everything in words, newest first."""

    period: Period
    lanes: tuple[Lane, ...]
    lines: tuple[HistoryLine, ...]
    left_out: int = 0
    outages: tuple[Band, ...] = field(default=())


def strip_of(
    history: History, spells: Sequence[Spell], period: Period, *, since: Sequence[Spell] = ()
) -> Strip:
    """`spells`: when the lock could be reached, within the period; `since`: from its end until now."""
    happened = history.lines
    entries = [one for one in happened if one.entry]
    refused = [one for one in happened if one.kind == EventType.LOCK_DENIED or one.kind in ALARMS]
    connection = _bands([(_CONNECTION[one.online], one.starts_at, one.ends_at) for one in spells], period)
    outages = tuple(band for band in connection if band.state != "online")
    lanes = (
        _door_lane(history, spells, since, period),
        Lane("entries", "Entries", marks=_marks(entries, period), nothing="none known"),
        Lane("refused", "Refused", marks=_marks(refused, period), nothing="none known"),
        Lane("connection", "Connection", bands=connection, marks=_marks_of_bands(outages)),
    )
    return Strip(period, lanes, tuple(reversed(happened)), history.left_out, outages)


def _door_lane(history: History, spells: Sequence[Spell], since: Sequence[Spell], period: Period) -> Lane:
    turns = [one for one in history.lines if one.kind in TURNS]
    states: list[tuple[dt.datetime, bool | None]] = [(period.starts_at, history.locked_before)]
    states += [(one.at, one.kind == EventType.LOCK_LOCKED) for one in turns]
    # A lock that cannot be reached now may have turned since; what it logged is told once it is back.
    lasts = all(one.online is not True for one in since)
    silent = spells[-1] if spells and spells[-1].online is not True and lasts else None
    if silent is not None and silent.ends_at >= period.known_until:
        states = [one for one in states if one[0] < silent.starts_at]
        states.append((max(silent.starts_at, period.starts_at), None))
    ends = [*(at for at, _ in states[1:]), period.known_until]
    known = [(_DOOR[locked], begins, until) for (begins, locked), until in zip(states, ends, strict=True)]
    bands = _bands(_joined(known), period)
    return Lane("door", "Door", bands, _marks_of_bands(band for band in bands if band.state == "unlocked"))


_Stretch = tuple[tuple[str, str], dt.datetime, dt.datetime]


def _joined(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    joined: list[_Stretch] = []
    for look, begins, ends in stretches:
        if joined and joined[-1][0] == look:
            joined[-1] = (look, joined[-1][1], ends)
        elif ends > begins:
            joined.append((look, begins, ends))
    return joined


def _bands(stretches: Iterable[_Stretch], period: Period) -> tuple[Band, ...]:
    bands = []
    for (state, word), begins, ends in stretches:
        first, last = max(begins, period.starts_at), min(ends, period.known_until)
        if last > first:
            x = period.share(first)
            bands.append(Band(state, word, first, last, x, period.share(last) - x))
    return tuple(bands)


def _marks(lines: Iterable[HistoryLine], period: Period) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for one in lines:
        x = period.share(one.at)
        if marks and x - marks[-1].x < APART:
            joined = (*marks[-1].lines, one)
            marks[-1] = replace(marks[-1], lines=joined, tone=_tone(joined))
        else:
            marks.append(Mark((one,), x, _tone((one,))))
    return tuple(marks)


def _marks_of_bands(bands: Iterable[Band]) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for band in bands:
        if marks and band.x - marks[-1].x < APART:
            marks[-1] = replace(marks[-1], bands=(*marks[-1].bands, band))
        else:
            marks.append(Mark((), band.x, "", (band,)))
    return tuple(marks)


def _tone(lines: Iterable[HistoryLine]) -> str:
    kinds = {one.kind for one in lines}
    if kinds & set(ALARMS):
        return "error"
    return "warn" if EventType.LOCK_DENIED in kinds else "info"


def _words_of_many(lines: Sequence[HistoryLine]) -> str:
    """“4 times unlocked: Ana Silva (3), a code”, “3 in all: 2 times entry refused and tampered with”: always with the
    number that stands in the mark, by which whoever speaks to the page calls it."""
    kinds = Counter(one.title.lower() for one in lines)
    who = Counter(one.who for one in lines if one.who)
    said = " and ".join(f"{number} times {kind}" if number > 1 else kind for kind, number in kinds.items())
    names = [f"{name} ({number})" if number > 1 else name for name, number in who.most_common(NAMES)]
    if len(who) > NAMES:
        names.append(f"{len(who) - NAMES} more")
    whole = f"{len(lines)} in all: {said}" if len(kinds) > 1 else f"{said[:1].upper()}{said[1:]}"
    return whole + (f": {', '.join(names)}" if names else "")


def _words_of_bands(bands: Sequence[Band]) -> str:
    words = list(dict.fromkeys(band.word for band in bands))
    said = " and ".join([words[0], *(word.lower() for word in words[1:])])
    return f"{said}, {len(bands)} times" if len(bands) > 1 else said
