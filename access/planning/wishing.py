"""The step that one code needs, as if it were alone on the lock."""

from __future__ import annotations

from access.planning.reading import Sight, never_readable
from access.planning.shapes import (
    Declared,
    Issue,
    Phase,
    Put,
    Remove,
    Shape,
    Step,
    is_written,
    phase,
    sendable,
    stands_with,
    wanted,
)
from access.planning.situation import (
    Situation,
    clashes,
    misfits,
    seen_of,
    waits_for_a_move,
    waits_for_its_pin,
)
from access.states import Outside, Seen, WriteState
from locks.drivers.base import RejectReason


def wish(code: Declared, situation: Situation) -> Step | None:
    """Return the step that this code needs, as if it were alone on the lock."""
    if code.next_try_at is not None and code.next_try_at > situation.now:
        return None
    if code.is_offline:
        return _assignment(code, situation)
    sight = situation.reading.sights[code.id]
    if situation.reading.count is None and not never_readable(situation.capabilities):
        return None
    shape = wanted(code, situation.capabilities, now=situation.now)
    if shape is None:
        return _removal(code, sight)
    stands = stands_with(code, seen_of(code, sight), shape, situation.capabilities)
    if stands or _is_barred(code, situation) or _is_left_alone(code, sight, shape, situation):
        return None
    return _writing(code, sight, shape, situation)


def _assignment(code: Declared, situation: Situation) -> Issue | None:
    waits = code.pin is None and not code.stopped
    return (
        Issue(code.id)
        if waits and phase(code, situation.capabilities, now=situation.now) is Phase.OFFLINE
        else None
    )


def _writing(code: Declared, sight: Sight, shape: Shape, situation: Situation) -> Step | None:
    known_place = (
        code.write_state is WriteState.APPLIED and code.written != shape and code.ref and not sight.taken
    )
    blind = never_readable(situation.capabilities)
    if sight.seen is None and not known_place and not blind:
        return None
    if blind and code.written is not None and not code.ref:
        # It may stand anywhere on a lock that can't be read: a second command could leave a code that nobody finds.
        return None
    if sight.seen is Seen.ABSENT and code.written is None and waits_for_its_pin(shape, situation):
        return None
    if code.written is not None and code.written != shape and waits_for_a_move(code, shape, situation):
        return None
    if (other := situation.shown.get(code.pin)) is not None and other != code.id:
        return _way_out(code, sight, situation)
    sent = sendable(code, shape, situation.capabilities, now=situation.now)
    place = "" if sight.seen is Seen.ABSENT else _place(code, sight)
    return None if sent is None else Put(code.id, place, sent)


def _way_out(code: Declared, sight: Sight, situation: Situation) -> Remove | None:
    """Another code of ours was changed to this one's PIN: it is put right first. Where codes wait for each other in a
    ring, the first of them gives up its place, which frees the next."""
    ring = [code.id]
    following = situation.shown.get(code.pin)
    while following is not None and following not in ring:
        ring.append(following)
        following = situation.shown.get(situation.pins[following])
    first = following == code.id == min(ring)
    return Remove(code.id, sight.found.ref) if first and sight.found is not None else None


def _is_left_alone(code: Declared, sight: Sight, shape: Shape, situation: Situation) -> bool:
    """Tell whether other hands made this code what it is and may: only what is declared anew is written then."""
    if not code.allow_external:
        return False
    if code.outside is Outside.REMOVED:
        return True
    vanished = (
        sight.seen is Seen.ABSENT and code.written is not None and code.seen in (Seen.PRESENT, Seen.DIFFERS)
    )
    edited = sight.seen is Seen.DIFFERS and is_written(code, shape, situation.capabilities)
    return vanished or edited


def _removal(code: Declared, sight: Sight) -> Remove | None:
    if sight.seen is Seen.ABSENT or (code.written is None and sight.found is None):
        return None
    if sight.found is not None and sight.seen is not None:
        return Remove(code.id, sight.found.ref)
    # Cut short: the lock cannot be read, or our last write is still settling but its place is known.
    assumed = sight.seen is Seen.ASSUMED or (sight.retry_at is None and sight.seen is None)
    settling = code.write_state is WriteState.APPLIED and not sight.taken
    return Remove(code.id, code.ref) if code.ref and (assumed or settling) else None


def _is_barred(code: Declared, situation: Situation) -> bool:
    no_pin = code.pin is None and not situation.capabilities.assigns_pin
    bad_pin = clashes(code, situation) or misfits(code, situation)
    # Refused as taken, it is tried again now and then: the code in the way may be one that the lock hides.
    stopped = code.stopped not in ("", RejectReason.DUPLICATE_PIN)
    return stopped or no_pin or not situation.capabilities.online_codes or bad_pin


def _place(code: Declared, sight: Sight) -> str:
    return sight.found.ref if sight.found is not None else code.ref
