"""The window of a code that is written to a lock: what is refused, clamped and rounded. Pure.

Called for each code that is created or moved; offline codes have rules of their own (access.codes.offline).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.codes.shapes import UNSET, CodeChanges, CodeRefused, Kind, Refusal
from locks.capabilities import Capabilities, PinRule

EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LATEST_YEAR = 2200
SECOND = dt.timedelta(seconds=1)
# Two codes of one PIN on a lock that cannot hold both: the first must be gone in time for the second to be written.
CHANGEOVER = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both None: ongoing."""

    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None

    @property
    def kind(self) -> Kind:
        return Kind.ONGOING if self.starts_at is None and self.ends_at is None else Kind.TIME_BOUND


def window_for(bounds: Bounds, capabilities: Capabilities, *, now: dt.datetime) -> Bounds:
    """Return the window as the lock can keep it; raise CodeRefused where it makes no sense."""
    if bounds.kind is Kind.ONGOING:
        return bounds
    starts_at, ends_at = _both(bounds)
    check_order(starts_at, ends_at, now=now)
    grain = max(capabilities.grain, SECOND)
    end = ceiled(ends_at, grain)
    start = floored(starts_at, grain)
    if refuses_past(capabilities) and start < now + capabilities.start_lead:
        start = ceiled(now + capabilities.start_lead, grain)
        if start >= end:
            raise CodeRefused(
                Refusal.INVALID,
                "This lock takes no start that has passed, and before it could start now the code would be over. "
                "Choose a later end.",
                "ends_at",
            )
    return Bounds(start, end)


def moved_window(current: Bounds, changes: CodeChanges) -> Bounds:
    """Return the bounds after the changes, before any rounding."""
    starts_at = current.starts_at if changes.starts_at is UNSET else changes.starts_at
    ends_at = current.ends_at if changes.ends_at is UNSET else changes.ends_at
    if changes.kind is Kind.ONGOING:
        if any(isinstance(bound, dt.datetime) for bound in (changes.starts_at, changes.ends_at)):
            raise CodeRefused(
                Refusal.INVALID, "An ongoing code has no window. Leave start and end out.", "starts_at"
            )
        return Bounds()
    moved = Bounds(starts_at, ends_at)
    if changes.kind is Kind.TIME_BOUND or moved.kind is Kind.TIME_BOUND:
        _both(moved)
    return moved


def refuses_past(capabilities: Capabilities) -> bool:
    return capabilities.start_in_future or PinRule.START_DATE_IN_FUTURE in capabilities.pin_rules


def floored(at: dt.datetime, grain: dt.timedelta) -> dt.datetime:
    return at - (at - EPOCH) % grain


def ceiled(at: dt.datetime, grain: dt.timedelta) -> dt.datetime:
    return at + (EPOCH - at) % grain


def are_apart(one: Bounds, other: Bounds, *, gap: dt.timedelta) -> bool:
    """Tell whether one window ends at least `gap` before the other begins."""

    def before(first: Bounds, second: Bounds) -> bool:
        ends, starts = first.ends_at, second.starts_at
        return ends is not None and starts is not None and ends + gap <= starts

    return before(one, other) or before(other, one)


def gap_needed(capabilities: Capabilities) -> dt.timedelta:
    """Return the time between two windows of one PIN on such a lock."""
    return dt.timedelta(0) if capabilities.holds_same_pin_in_disjoint_windows else CHANGEOVER


def _both(bounds: Bounds) -> tuple[dt.datetime, dt.datetime]:
    if bounds.starts_at is None:
        raise CodeRefused(Refusal.INVALID, "Give both a start and an end, or neither.", "starts_at")
    if bounds.ends_at is None:
        raise CodeRefused(Refusal.INVALID, "Give both a start and an end, or neither.", "ends_at")
    return bounds.starts_at, bounds.ends_at


def check_order(starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime) -> None:
    if ends_at.year > LATEST_YEAR:
        raise CodeRefused(
            Refusal.INVALID,
            "The end is too far away. Leave start and end out for an ongoing code.",
            "ends_at",
        )
    if ends_at <= starts_at:
        raise CodeRefused(Refusal.INVALID, "The end must be after the start.", "ends_at")
    if ends_at <= now:
        raise CodeRefused(Refusal.INVALID, "The end must lie in the future.", "ends_at")
