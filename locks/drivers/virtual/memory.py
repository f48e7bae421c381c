"""A virtual lock's memory: what its firmware does with a command once it has arrived. Synchronous, in the caller's
transaction, with the lock's row held; knows nothing of moods and connections (serving.py) nor of the keypad.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from locks.brands import brand_of
from locks.capabilities import Capabilities
from locks.constraints import NoPin, PinSpace, choose_pin, pin_problem
from locks.devices import parse_capabilities
from locks.drivers.base import Applied, CodeToPut, ObservedCode, Outcome, Rejected, RejectReason
from locks.drivers.virtual.models import VirtualCode, VirtualLock
from properties import crypto

EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)

Bounds = tuple[dt.datetime | None, dt.datetime | None]


def capabilities_of_lock(lock: VirtualLock) -> Capabilities:
    """What this lock can do: its brand's row and what it reports of itself."""
    base = brand_of(lock.brand).capabilities
    report = {**lock.reports, "max_codes": lock.capacity} if lock.capacity else lock.reports
    return parse_capabilities(report, base)


def put(lock: VirtualLock, code: CodeToPut, *, now: dt.datetime) -> Outcome:
    """Store a code in a new place, or over the one in place `ref`."""
    capabilities = capabilities_of_lock(lock)
    codes = list(lock.codes.order_by("slot"))
    current = next((held for held in codes if str(held.slot) == code.ref), None) if code.ref else None
    others = [held for held in codes if held is not current]
    bounds = stored_bounds(code, capabilities)
    refusal = (
        _place_refusal(code, current, codes, capabilities)
        or _content_refusal(code, current, capabilities, bounds)
        or _clash_refusal(code, others, capabilities, bounds)
    )
    if refusal is not None:
        return refusal
    pin = _pin_to_store(code, current, others, capabilities)
    slot = current.slot if current else _next_free_slot(lock, {held.slot for held in codes}, capabilities)
    VirtualCode.objects.update_or_create(
        lock=lock,
        slot=slot,
        defaults={
            "pin": pin,
            "name": code.name[: capabilities.name_rule.max_length],
            "starts_at": bounds[0],
            "ends_at": bounds[1],
            "enabled": code.enabled,
            "foreign": False,
            "written_at": now,
        },
    )
    return Applied(str(slot), pin if capabilities.assigns_pin else None)


def remove(lock: VirtualLock, ref: str) -> Outcome:
    """Clear a place. Clearing an empty one is applied as well: it is empty."""
    if ref.isdecimal():
        lock.codes.filter(slot=int(ref)).delete()
    return Applied(ref)


def read(lock: VirtualLock) -> tuple[ObservedCode, ...]:
    """Return everything in memory, in the order of slots; what its brand hides is serving.py's matter."""
    return tuple(map(_shown, lock.codes.order_by("slot")))


def _shown(code: VirtualCode) -> ObservedCode:
    return ObservedCode(
        ref=str(code.slot),
        pin=code.pin,
        name=code.name,
        starts_at=code.starts_at,
        ends_at=code.ends_at,
        enabled=code.enabled,
    )


def foreign_slots(lock: VirtualLock) -> frozenset[str]:
    return frozenset(str(slot) for slot in lock.codes.filter(foreign=True).values_list("slot", flat=True))


def snapshot_of(lock: VirtualLock) -> str:
    """Return the memory as encrypted text, for moods that show an older state."""
    return crypto.encrypt(json.dumps([asdict(code) for code in read(lock)], default=dt.datetime.isoformat))


def codes_in(snapshot: str) -> tuple[ObservedCode, ...]:
    def parsed(fields: dict[str, Any]) -> ObservedCode:
        bounds = {
            name: fields[name] and dt.datetime.fromisoformat(fields[name])
            for name in ("starts_at", "ends_at")
        }
        return ObservedCode(**{**fields, **bounds})

    return tuple(parsed(fields) for fields in json.loads(crypto.decrypt(snapshot)))


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


def _place_refusal(
    code: CodeToPut, current: VirtualCode | None, codes: list[VirtualCode], capabilities: Capabilities
) -> Rejected | None:
    if not capabilities.online_codes:
        return Rejected(RejectReason.NOT_ALLOWED, "This lock takes offline codes only.")
    if code.ref and current is None:
        return Rejected(RejectReason.NOT_FOUND, "There is no code in that place.")
    if current is None and capabilities.max_codes is not None and len(codes) >= capabilities.max_codes:
        return Rejected(RejectReason.FULL, "The lock's memory is full.")
    return None


def _content_refusal(
    code: CodeToPut, current: VirtualCode | None, capabilities: Capabilities, bounds: Bounds
) -> Rejected | None:
    if not code.enabled and not capabilities.holds_disabled_codes:
        return Rejected(RejectReason.NOT_ALLOWED, "This lock cannot hold a code that is switched off.")
    starts_at, ends_at = bounds
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        return Rejected(RejectReason.INVALID_WINDOW, "The window ends before it begins.")
    if capabilities.assigns_pin:
        if code.pin is not None and (current is None or code.pin != current.pin):
            return Rejected(RejectReason.NOT_ALLOWED, "This lock chooses its codes itself.")
        return None
    problem = pin_problem(code.pin or "", capabilities)
    return Rejected(RejectReason.INVALID_PIN, problem) if problem else None


def _clash_refusal(
    code: CodeToPut, others: Iterable[VirtualCode], capabilities: Capabilities, bounds: Bounds
) -> Rejected | None:
    name = code.name[: capabilities.name_rule.max_length]
    for held in others:
        same_time = overlap(bounds, (held.starts_at, held.ends_at)) or not capabilities.native_scheduling
        if code.pin is not None and held.pin == code.pin and same_time:
            return Rejected(RejectReason.DUPLICATE_PIN, "The lock already holds this code.")
        if capabilities.name_rule.unique and held.name.casefold() == name.casefold():
            return Rejected(RejectReason.DUPLICATE_NAME, "The lock already holds a code of this name.")
    return None


def _pin_to_store(
    code: CodeToPut, current: VirtualCode | None, others: Iterable[VirtualCode], capabilities: Capabilities
) -> str:
    if code.pin is not None:
        return code.pin
    if current is not None and current.pin is not None:
        return current.pin
    used = {held.pin for held in others}
    pin = choose_pin(PinSpace(lengths=capabilities.pin_lengths), taken=used.__contains__)
    # Never so: a lock has far fewer places than there are PINs of its length.
    return "" if isinstance(pin, NoPin) else pin


def _next_free_slot(lock: VirtualLock, used: set[int], capabilities: Capabilities) -> int:
    """Go round through the places, so that one that was cleared rests as long as it can before it is used again."""
    slot = lock.next_slot
    places = capabilities.max_codes
    while slot in used or (places is not None and slot > places):
        slot = 1 if places is not None and slot >= places else slot + 1
    lock.next_slot = slot + 1
    return slot
