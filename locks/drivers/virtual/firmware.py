"""What a virtual lock's firmware does with a command once it has arrived. Pure, on a LockState.

Knows nothing of moods and connections (serving.py) nor of the keypad (pressing.py).
"""

from __future__ import annotations

import datetime as dt

from locks.capabilities import Capabilities
from locks.constraints import NoPin, PinSpace, choose_pin, pin_problem
from locks.drivers.base import Applied, CodeToPut, ObservedCode, Outcome, Rejected, RejectReason
from locks.drivers.virtual.state import HeldCode, LockState

EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)

Bounds = tuple[dt.datetime | None, dt.datetime | None]


def put(state: LockState, code: CodeToPut, *, now: dt.datetime, foreign: bool = False) -> Outcome:
    """Store a code in a new place, or over the one in place `ref`."""
    capabilities = state.capabilities
    current = held_at(state, code.ref) if code.ref else None
    bounds = stored_bounds(code, capabilities)
    refusal = (
        _place_refusal(state, code, current)
        or _content_refusal(code, current, capabilities)
        or _window_refusal(code, current, bounds, capabilities, None if foreign else now)
        or _clash_refusal(state, code, current, bounds)
    )
    if refusal is not None:
        return refusal
    pin = _pin_to_store(state, code, current)
    slot = current.slot if current else _next_free_slot(state)
    name = code.name[: capabilities.name_rule.max_length]
    state.codes[slot] = HeldCode(slot, pin, name, bounds[0], bounds[1], code.enabled, foreign, now)
    return Applied(str(slot), pin if capabilities.assigns_pin else None)


def remove(state: LockState, ref: str) -> Outcome:
    """Clear a place. Clearing an empty one is applied as well: it is empty."""
    held = held_at(state, ref)
    if held is not None:
        del state.codes[held.slot]
    return Applied(ref)


def read(state: LockState) -> tuple[ObservedCode, ...]:
    """Everything in memory, with its PIN, in the order of places."""
    return tuple(_shown(state.codes[slot]) for slot in sorted(state.codes))


def foreign_refs(state: LockState) -> frozenset[str]:
    return frozenset(str(slot) for slot, code in state.codes.items() if code.foreign)


def held_at(state: LockState, ref: str) -> HeldCode | None:
    return state.codes.get(int(ref)) if ref.isascii() and ref.isdecimal() else None


def _shown(code: HeldCode) -> ObservedCode:
    return ObservedCode(str(code.slot), code.pin, code.name, code.starts_at, code.ends_at, code.enabled)


def stored_bounds(code: CodeToPut, capabilities: Capabilities) -> Bounds:
    """The window as the lock keeps it: to its grain, outwards; none on a lock without schedules."""
    if not capabilities.native_scheduling:
        return None, None
    starts_at = None if code.starts_at is None else _floored(code.starts_at, capabilities.grain)
    ends_at = None if code.ends_at is None else _ceiled(code.ends_at, capabilities.grain)
    return starts_at, ends_at


def _floored(at: dt.datetime, grain: dt.timedelta) -> dt.datetime:
    return at - (at - EPOCH) % grain if grain else at


def _ceiled(at: dt.datetime, grain: dt.timedelta) -> dt.datetime:
    return at + (EPOCH - at) % grain if grain else at


def overlap(one: Bounds, other: Bounds) -> bool:
    (start, end), (other_start, other_end) = one, other
    ends_before = end is not None and other_start is not None and end <= other_start
    starts_after = start is not None and other_end is not None and start >= other_end
    return not ends_before and not starts_after


def _place_refusal(state: LockState, code: CodeToPut, current: HeldCode | None) -> Rejected | None:
    places = state.capabilities.max_codes
    if not state.capabilities.online_codes:
        return Rejected(RejectReason.NOT_ALLOWED, "This lock takes offline codes only.")
    if code.ref and current is None:
        return Rejected(RejectReason.NOT_FOUND, "There is no code in that place.")
    if current is None and places is not None and len(state.codes) >= places:
        return Rejected(RejectReason.FULL, "The lock's memory is full.")
    return None


def _content_refusal(
    code: CodeToPut, current: HeldCode | None, capabilities: Capabilities
) -> Rejected | None:
    if not code.enabled and not capabilities.holds_disabled_codes:
        return Rejected(RejectReason.NOT_ALLOWED, "This lock cannot hold a code that is switched off.")
    if capabilities.assigns_pin:
        if code.pin is not None and (current is None or code.pin != current.pin):
            return Rejected(RejectReason.NOT_ALLOWED, "This lock chooses its codes itself.")
        return None
    problem = pin_problem(code.pin or "", capabilities)
    return Rejected(RejectReason.INVALID_PIN, problem) if problem else None


def _window_refusal(
    code: CodeToPut,
    current: HeldCode | None,
    bounds: Bounds,
    capabilities: Capabilities,
    now: dt.datetime | None,
) -> Rejected | None:
    """`now` None: somebody at the lock, whom its cloud's rule about starts does not concern."""
    starts_at, ends_at = bounds
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        return Rejected(RejectReason.INVALID_WINDOW, "The window ends before it begins.")
    if capabilities.both_bounds and (starts_at is None) != (ends_at is None):
        return Rejected(RejectReason.INVALID_WINDOW, "This lock needs a start and an end, or neither.")
    is_as_held = current is not None and current.starts_at == starts_at
    # What was asked for counts, not what it is widened to.
    is_past = now is not None and code.starts_at is not None and code.starts_at <= now
    if capabilities.start_in_future and is_past and not is_as_held:
        return Rejected(RejectReason.INVALID_WINDOW, "The window must begin in the future.")
    return None


def _clash_refusal(
    state: LockState, code: CodeToPut, current: HeldCode | None, bounds: Bounds
) -> Rejected | None:
    capabilities = state.capabilities
    name = code.name[: capabilities.name_rule.max_length].casefold()
    for held in state.codes.values():
        if held is current:
            continue
        if code.pin is not None and held.pin == code.pin:
            apart = capabilities.holds_same_pin_in_disjoint_windows and not overlap(
                bounds, (held.starts_at, held.ends_at)
            )
            if not apart:
                return Rejected(RejectReason.DUPLICATE_PIN, "The lock already holds this code.")
        if capabilities.name_rule.unique and held.name.casefold() == name:
            return Rejected(RejectReason.DUPLICATE_NAME, "The lock already holds a code of this name.")
    return None


def _pin_to_store(state: LockState, code: CodeToPut, current: HeldCode | None) -> str:
    if code.pin is not None:
        return code.pin
    if current is not None:
        return current.pin
    used = {held.pin for held in state.codes.values()}
    pin = choose_pin(PinSpace(lengths=state.capabilities.pin_lengths), taken=used.__contains__, rng=state.rng)
    # Never so: a lock has far fewer places than there are PINs of its length.
    return "" if isinstance(pin, NoPin) else pin


def _next_free_slot(state: LockState) -> int:
    """Go round through the places, so that one that was cleared rests as long as it can before it is used again."""
    slot, places = state.next_slot, state.capabilities.max_codes
    while slot in state.codes or (places is not None and slot > places):
        slot = 1 if places is not None and slot >= places else slot + 1
    state.next_slot = slot + 1
    return slot
