"""What an observation proves about each of our codes, and which codes on the lock are foreign.

Our codes are known by `ref`, the lock's own name for a place; names and PINs never identify a code, except for one
whose command got no answer: it is found again by its PIN and name, as they are declared or as they were sent, at a
place that was not there before the command.
A place of ours that shows both another PIN and another name than we wrote is taken for a stranger's, and where the
lock hides PINs, one with another name: it is not ours to touch. A place belongs to one code at most.

A reading from before our last write proves nothing, and absence or difference proves nothing until the lock had time
to settle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from access.planning.shapes import LATE_ARRIVAL, Declared, Edit, Shape
from access.states import Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import Known, Observation, ObservedCode, Unreadable

HOUR = dt.timedelta(hours=1)

IsLostWrite = Callable[[ObservedCode, Declared], bool]


@dataclass(frozen=True, slots=True)
class Sight:
    """`seen` None: this reading says nothing of the code. `retry_at`: when a reading will. `taken`: something that is
    not this code stands at its place."""

    seen: Seen | None
    found: ObservedCode | None = None
    retry_at: dt.datetime | None = None
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """`foreign` None: the lock could not be read. `count`: places in use, None where unknown."""

    sights: dict[int, Sight]
    foreign: tuple[ObservedCode, ...] | None
    count: int | None


def never_readable(capabilities: Capabilities) -> bool:
    return not capabilities.reads_codes


def read(
    codes: Sequence[Declared],
    observed: Observation,
    capabilities: Capabilities,
    strangers: Mapping[str, dt.datetime],
    key_of: Callable[[str], int],
) -> Reading:
    """`strangers`: since when the places are known that were not ours at the last reading. `key_of`: the keyed hash of
    a PIN, as in `Shape.pin_key`: of a PIN that was changed since, only this is known."""
    computed = {code.id: _compute(code) for code in codes if code.is_offline}
    codes = [code for code in codes if not code.is_offline]
    if never_readable(capabilities):
        return Reading(computed | {code.id: _assume(code) for code in codes}, None, None)
    if isinstance(observed, Unreadable):
        return Reading(computed | {code.id: Sight(None) for code in codes}, None, None)
    places = observed.codes if isinstance(observed, Known) else ()
    is_lost_write = partial(_is_lost_write, strangers=strangers, capabilities=capabilities, key_of=key_of)
    found = _match(codes, places, capabilities, is_lost_write)
    sights = {code.id: _judge(code, found.get(code.id), observed.as_of, capabilities) for code in codes}
    held = {place.ref for place in places}
    for code in codes:
        told_since = code.written_at is None or observed.as_of >= code.written_at
        if code.id not in found and code.ref in held and told_since:
            sights[code.id] = replace(sights[code.id], taken=True)
    ours = {place.ref for place in found.values()}
    return Reading(computed | sights, tuple(place for place in places if place.ref not in ours), len(places))


def _match(
    codes: Sequence[Declared],
    places: Sequence[ObservedCode],
    capabilities: Capabilities,
    is_lost_write: IsLostWrite,
) -> dict[int, ObservedCode]:
    by_ref = {place.ref: place for place in places}
    found: dict[int, ObservedCode] = {}
    taken: set[str] = set()
    for code in sorted(codes, key=lambda code: _claim(code, by_ref.get(code.ref))):
        place = by_ref.get(code.ref) if code.ref else None
        if place is not None and place.ref not in taken and not _is_stranger(place, code):
            found[code.id] = place
            taken.add(place.ref)
    lost = [code for code in codes if code.id not in found and _may_stand_elsewhere(code, by_ref)]
    # What fits first: the windows of one holder share a PIN and a name.
    for code, fitting in [*((code, True) for code in lost), *((code, False) for code in lost)]:
        for place in places if code.id not in found else ():
            fits = not fitting or (
                code.written is not None and _fits(place, code, code.written, capabilities)
            )
            if place.ref not in taken and fits and is_lost_write(place, code):
                found[code.id] = place
                taken.add(place.ref)
                break
    return found


def _may_stand_elsewhere(code: Declared, by_ref: Mapping[str, ObservedCode]) -> bool:
    """Tell whether a command for it may have brought it to a place that nobody told us; some lock systems give a code
    that is changed another one."""
    return code.attempts > 0 and (
        not code.ref or (code.write_state is WriteState.SENT and code.ref not in by_ref)
    )


def _claim(code: Declared, place: ObservedCode | None) -> tuple[bool, bool, float]:
    """Where two codes name one place, the earlier of them left it though nobody told us: whose PIN it shows comes
    first, then who was sent there last. A code whose removal was confirmed comes behind all others."""
    knows_pin = place is not None and place.pin is not None and code.pin is not None
    other_pin = knows_pin and place is not None and place.pin != code.pin
    sent_at = 0.0 if code.written_at is None else code.written_at.timestamp()
    return code.write_state is WriteState.REMOVED, other_pin, -sent_at


def _is_stranger(place: ObservedCode, code: Declared) -> bool:
    if place.name is None or code.written is None:
        return False
    other_name = place.name not in (code.written.name, code.shown_name)
    if place.pin is None or code.pin is None:
        # How the lock writes our name is only known once it was seen there.
        return other_name and code.shown_name is not None
    other_pin = code.written.pin_key == code.pin_key and place.pin != code.pin
    return other_pin and other_name


def _is_lost_write(
    place: ObservedCode,
    code: Declared,
    *,
    strangers: Mapping[str, dt.datetime],
    capabilities: Capabilities,
    key_of: Callable[[str], int],
) -> bool:
    """Tell whether this is a command of ours that was executed although nobody told us: it shows what is declared, or
    what was declared when it was sent."""
    known_since = strangers.get(place.ref)
    if known_since is not None and (code.written_at is None or known_since < code.written_at):
        return False
    names, keys = {code.name}, {code.pin_key}
    if code.written is not None:
        names.add(code.written.name)
        keys.add(code.written.pin_key)
    if place.name is not None and place.name not in names:
        return False
    if place.pin is None or not _tells_pin(place, code, capabilities):
        return place.name is not None
    return key_of(place.pin) in keys


def _tells_pin(place: ObservedCode, code: Declared, capabilities: Capabilities) -> bool:
    """Tell whether the PINs of both are known. A lock that chooses its PINs has chosen another one for each new place,
    and of one whose command got no answer we do not know which."""
    chosen_unseen = capabilities.assigns_pin and not code.ref and code.write_state is WriteState.SENT
    return place.pin is not None and code.pin is not None and not chosen_unseen


def _judge(
    code: Declared, place: ObservedCode | None, as_of: dt.datetime, capabilities: Capabilities
) -> Sight:
    if code.written is None:
        return Sight(Seen.ABSENT) if place is None else Sight(Seen.DIFFERS, place)
    written_at = code.written_at or as_of
    settles_at = written_at + capabilities.settle
    if code.write_state is WriteState.SENT and place is None:
        settles_at += LATE_ARRIVAL
    fits = place is not None and _fits(place, code, code.written, capabilities)
    expected = fits != (code.write_state is WriteState.REMOVED)
    if as_of < written_at or (as_of < settles_at and not expected):
        return Sight(None, place, settles_at)
    if place is None:
        return Sight(Seen.ABSENT)
    return Sight(Seen.PRESENT if fits else Seen.DIFFERS, place)


def _fits(place: ObservedCode, code: Declared, shape: Shape, capabilities: Capabilities) -> bool:
    """Tell whether the lock shows the shape that we wrote; what it hides is not held against it."""
    return next(edits_of(place, code, shape, capabilities), None) is None


def edits_of(place: ObservedCode, code: Declared, shape: Shape, capabilities: Capabilities) -> Iterator[Edit]:
    """In what the lock shows something else than the shape that we wrote."""
    knows_pin = _tells_pin(place, code, capabilities) and shape.pin_key == code.pin_key
    if knows_pin and place.pin != code.pin:
        yield Edit("code")
    if place.enabled != shape.enabled:
        yield Edit("enabled")
    if _is_renamed(place, code, shape):
        yield Edit("name")
    if not (capabilities.native_scheduling and capabilities.reads_windows):
        return
    grain = max(capabilities.grain, dt.timedelta(seconds=1))
    shifts = capabilities.shifts_with_clocks
    if not _close(place.starts_at, shape.starts_at, grain, shifts=shifts):
        yield Edit("starts_at", shape.starts_at, place.starts_at)
    if not _close(place.ends_at, shape.ends_at, grain, shifts=shifts):
        yield Edit("ends_at", shape.ends_at, place.ends_at)


def _is_renamed(place: ObservedCode, code: Declared, shape: Shape) -> bool:
    """Tell whether other hands gave the code another name. A lock that never showed ours just as we wrote it has its
    own way with names, and proves nothing."""
    if place.name is None or place.name == shape.name:
        return False
    return code.shown_name == shape.name or (code.outside is not None and code.shown_name is not None)


def _close(
    shown: dt.datetime | None, asked: dt.datetime | None, grain: dt.timedelta, *, shifts: bool
) -> bool:
    """`shifts`: the lock system tells local times and forgets which; an hour's difference is nobody's doing."""
    if shown is None or asked is None:
        return shown is asked
    difference = abs(shown - asked)
    return difference < grain or (shifts and abs(difference - HOUR) < grain)


def _compute(code: Declared) -> Sight:
    """An offline code stands nowhere; it opens as soon as its PIN is known to exist."""
    return Sight(Seen.ASSUMED if code.pin is not None else Seen.ABSENT)


def _assume(code: Declared) -> Sight:
    """Take a confirmed command for evidence, on a lock that can never be read."""
    if code.written is None or code.write_state is WriteState.REMOVED:
        return Sight(Seen.ABSENT)
    return Sight(Seen.ASSUMED if code.write_state is WriteState.APPLIED else None)
