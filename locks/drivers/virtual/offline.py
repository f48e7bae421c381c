"""Offline codes of the virtual brands: PINs that a lock recognises with no connection, and nobody stores.

A PIN is a number under a keyed permutation of all numbers of its length. The number says which window it stands for
(start, duration, variant); one that decrypts to nonsense is no code. The key is the lock's secret, the kind and the
cycle in which the start lies, so that an old PIN does not come alive again when the counter of starts comes round.
Pure: `issue` is the maker's cloud, `find_open` the lock, by its own clock and zone. Uses are the caller's to keep.
"""

from __future__ import annotations

import datetime as dt
import hmac
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from locks.capabilities import Capabilities, OfflineKind, OfflineRule, UserLevel
from locks.drivers.base import Issued, OfflineRequest, Rejected, RejectReason
from locks.drivers.virtual.state import LockState

ROUNDS = 8
GUESSES = 1000  # numbers of a PIN's length for each one that means something
SHORTEST_PIN = 8
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LEVEL_STEP = dt.timedelta(minutes=5)  # to which check-in and check-out times of user levels are set
EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """A window as a PIN carries it: `start` in steps since the epoch, `length` in lengths (hours or days)."""

    kind: OfflineKind
    start: int
    length: int
    variant: int

    @property
    def ref(self) -> str:
        return f"{self.kind}:{self.start}:{self.length}:{self.variant}"


@dataclass(frozen=True, slots=True)
class _Format:
    """How the windows of one rule become numbers. `cycle`: how many starts are told apart by the number alone."""

    step: dt.timedelta
    length_unit: dt.timedelta
    cycle: int
    lengths: int
    variants: int

    @property
    def size(self) -> int:
        return self.cycle * self.lengths * self.variants

    @property
    def digits(self) -> int:
        needed = len(str(self.size * GUESSES))
        return max(SHORTEST_PIN, needed + needed % 2)


def issue(state: LockState, request: OfflineRequest, *, now: dt.datetime) -> Issued | Rejected:
    rule = state.capabilities.offline_rule(request.kind)
    if rule is None:
        return Rejected(RejectReason.NOT_ALLOWED, "This lock has no offline codes of that kind.")
    zone = zone_of(state)
    refusal = _refusal(request, rule, state.capabilities, zone, now)
    if refusal is not None:
        return refusal
    form = _format_of(rule)
    phase = _phase(request.starts_at, zone, form.step)
    start = (request.starts_at - EPOCH - phase) // form.step
    length = 0 if request.ends_at is None else _length(request.starts_at, request.ends_at, rule, zone)
    window = Window(request.kind, start, length, request.variant)
    return Issued(_pin_of(window, form, state), window.ref)


def find_open(state: LockState, pin: str, *, clock: dt.datetime) -> Window | None:
    """Return the window that `pin` stands for if it opens at `clock`, by the uses that the lock remembers."""
    zone = zone_of(state)
    for rule in state.capabilities.offline_rules:
        if state.capabilities.offline_rule(rule.kind) is None:
            continue
        for window in _windows_of(pin, rule, state, clock, zone):
            if _is_open(window, rule, state.offline_uses, clock, zone):
                return window
    return None


def bounds_of(
    window: Window, rule: OfflineRule, *, zone: dt.tzinfo, near: dt.datetime
) -> tuple[dt.datetime, dt.datetime]:
    """The window in time; `near` is a moment by which the zone's offset is taken."""
    form = _format_of(rule)
    start = EPOCH + window.start * form.step + _phase(near, zone, form.step)
    if rule.valid_for is not None:
        return start, start + rule.valid_for
    if form.length_unit == DAY:
        # The same time of day after so many days, whatever the clocks did between.
        local = start.astimezone(zone)
        return start, (local + window.length * DAY).astimezone(dt.UTC)
    return start, start + window.length * form.length_unit


def zone_of(state: LockState) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(state.time_zone) if state.time_zone else dt.UTC
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return dt.UTC


@cache
def _format_of(rule: OfflineRule) -> _Format:
    step = LEVEL_STEP if rule.by_user_level else rule.grain
    if rule.longest is None or rule.shortest is None:
        reach, lengths, unit = rule.valid_for or DAY, 1, step
    else:
        unit = DAY if rule.same_time_of_day else step
        reach, lengths = rule.longest, rule.longest // unit + 1
    # Twice as many starts as can be open at once, so that the cycle before this one is never confused with it.
    cycle: int = 1 << (2 * (reach // step + 2)).bit_length()
    return _Format(step, unit, cycle, lengths, rule.per_slot)


def _phase(at: dt.datetime, zone: dt.tzinfo, step: dt.timedelta) -> dt.timedelta:
    """By how much the lock's steps lie beside those of UTC (zones that are half an hour off)."""
    offset = at.astimezone(zone).utcoffset() or dt.timedelta(0)
    return -offset % step


def _length(starts_at: dt.datetime, ends_at: dt.datetime, rule: OfflineRule, zone: dt.tzinfo) -> int:
    form = _format_of(rule)
    if form.length_unit == DAY:
        return (ends_at.astimezone(zone).date() - starts_at.astimezone(zone).date()).days
    return (ends_at - starts_at) // form.length_unit


def _refusal(
    request: OfflineRequest,
    rule: OfflineRule,
    capabilities: Capabilities,
    zone: dt.tzinfo,
    now: dt.datetime,
) -> Rejected | None:
    if not 0 <= request.variant < rule.per_slot:
        return _no_slot(f"Only {rule.per_slot} codes can begin in one slot.")
    if rule.valid_for is not None:
        if request.ends_at is not None:
            return _invalid("A code that works once has no end of its own.")
        ends_at = request.starts_at + rule.valid_for
    elif request.ends_at is None or request.ends_at <= request.starts_at:
        return _invalid("The window ends before it begins.")
    else:
        ends_at = request.ends_at
    if ends_at <= now:
        return _invalid("The window is over.")
    if rule.by_user_level:
        return _level_refusal(request.starts_at, ends_at, rule, capabilities.user_levels, zone)
    return _rule_refusal(request.starts_at, ends_at, rule, zone)


def _rule_refusal(
    starts_at: dt.datetime, ends_at: dt.datetime, rule: OfflineRule, zone: dt.tzinfo
) -> Rejected | None:
    if not _is_whole(starts_at, rule.grain, zone):
        return _no_slot("The window must begin at a full hour.")
    if rule.valid_for is not None:
        return None
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if rule.same_time_of_day and start.time() != end.time():
        return _no_slot("The window must end at the time of day at which it begins.")
    if not rule.same_time_of_day and (ends_at - starts_at) % rule.grain:
        return _no_slot("The window must last whole hours.")
    lasts = (
        dt.timedelta(days=(end.date() - start.date()).days) if rule.same_time_of_day else ends_at - starts_at
    )
    if rule.shortest is not None and rule.longest is not None and not rule.shortest <= lasts <= rule.longest:
        return _invalid("The window is too short or too long for codes of this kind.")
    return None


def _level_refusal(
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    rule: OfflineRule,
    levels: tuple[UserLevel, ...],
    zone: dt.tzinfo,
) -> Rejected | None:
    if rule.longest is not None and ends_at - starts_at > rule.longest:
        return _invalid("The window is longer than the lock's codes can be.")
    if not any(
        _fits(level, rule.kind, starts_at.astimezone(zone), ends_at.astimezone(zone)) for level in levels
    ):
        return _no_slot("No user level of the door has this window.")
    return None


def _fits(level: UserLevel, kind: OfflineKind, start: dt.datetime, end: dt.datetime) -> bool:
    """Levels of full hours make hourly codes, those of check-in and check-out times daily ones."""
    if not level.is_for_guests or level.is_24_hour != (kind is OfflineKind.HOURLY):
        return False
    if level.is_24_hour:
        return not any((start.minute, start.second, end.minute, end.second))
    return (start.time(), end.time()) == (level.check_in_time, level.check_out_time)


def _is_whole(at: dt.datetime, grain: dt.timedelta, zone: dt.tzinfo) -> bool:
    return not (at.astimezone(zone).replace(tzinfo=dt.UTC) - EPOCH) % grain


def _no_slot(message: str) -> Rejected:
    return Rejected(RejectReason.NO_SLOT, message)


def _invalid(message: str) -> Rejected:
    return Rejected(RejectReason.INVALID_WINDOW, message)


def _is_open(
    window: Window, rule: OfflineRule, uses: Mapping[str, dt.datetime], clock: dt.datetime, zone: dt.tzinfo
) -> bool:
    start, end = bounds_of(window, rule, zone=zone, near=clock)
    if not start <= clock < end:
        return False
    used = window.ref in uses
    if rule.valid_for is not None:
        return not used
    if rule.first_use_within is None or rule.first_use_above is None or end - start <= rule.first_use_above:
        return True
    return used or clock < start + rule.first_use_within


def _pin_of(window: Window, form: _Format, state: LockState) -> str:
    cycle, start = divmod(window.start, form.cycle)
    number = (start * form.lengths + window.length) * form.variants + window.variant
    return f"{_permute(number, form.digits, _key(state, window.kind, cycle)):0{form.digits}d}"


def _windows_of(
    pin: str, rule: OfflineRule, state: LockState, clock: dt.datetime, zone: dt.tzinfo
) -> Iterator[Window]:
    """Every window that the PIN may stand for around `clock`: of this cycle of starts and of the one before."""
    form = _format_of(rule)
    if len(pin) != form.digits or not (pin.isascii() and pin.isdigit()):
        return
    this = ((clock - EPOCH - _phase(clock, zone, form.step)) // form.step) // form.cycle
    for cycle in (this, this - 1):
        number = _restore(int(pin), form.digits, _key(state, rule.kind, cycle))
        if number < form.size:
            rest, variant = divmod(number, form.variants)
            start, length = divmod(rest, form.lengths)
            yield Window(rule.kind, cycle * form.cycle + start, length, variant)


def _key(state: LockState, kind: OfflineKind, cycle: int) -> bytes:
    spoken = f"{state.external_id}|{kind}|{cycle}"
    return hmac.digest(state.secret.encode(), spoken.encode(), "sha256")


def _permute(number: int, digits: int, key: bytes) -> int:
    """A Feistel network on two halves of decimal digits: every number of that length has exactly one image."""
    half: int = 10 ** (digits // 2)
    left, right = divmod(number, half)
    for turn in range(ROUNDS):
        left, right = right, (left + _mix(key, turn, right)) % half
    return left * half + right


def _restore(number: int, digits: int, key: bytes) -> int:
    half: int = 10 ** (digits // 2)
    left, right = divmod(number, half)
    for turn in reversed(range(ROUNDS)):
        left, right = (right - _mix(key, turn, left)) % half, left
    return left * half + right


def _mix(key: bytes, turn: int, half: int) -> int:
    return int.from_bytes(hmac.digest(key, f"{turn}:{half}".encode(), "sha256")[:8])
