"""What a device can do and which PINs and names it takes, as plain data (no Django, no I/O).

The brand table (locks.brands) gives the usual values of a brand; a device may report its own. Everything that
decides (constraints, planning, status) takes a `Capabilities`. Source of the constraint vocabulary:
facts on the founding API, section 1.4.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class PinRule(enum.StrEnum):
    """`code_constraints[].constraint_type` of the founding API, as far as it concerns the PIN."""

    NO_ZEROS = "no_zeros"
    CANNOT_START_WITH_12 = "cannot_start_with_12"
    NO_TRIPLE_CONSECUTIVE_INTS = "no_triple_consecutive_ints"
    CANNOT_SPECIFY_PIN_CODE = "cannot_specify_pin_code"
    PIN_CODE_MATCHES_EXISTING_SET = "pin_code_matches_existing_set"
    NO_ASCENDING_OR_DESCENDING_SEQUENCE = "no_ascending_or_descending_sequence"
    AT_LEAST_THREE_UNIQUE_DIGITS = "at_least_three_unique_digits"
    CANNOT_CONTAIN_089 = "cannot_contain_089"
    CANNOT_CONTAIN_0789 = "cannot_contain_0789"
    UNIQUE_FIRST_FOUR_DIGITS = "unique_first_four_digits"
    NO_ALL_SAME_DIGITS = "no_all_same_digits"
    START_DATE_IN_FUTURE = "start_date_in_future"


class OfflineKind(enum.StrEnum):
    HOURLY = "hourly"
    DAILY = "daily"
    ONE_TIME = "one_time"


@dataclass(frozen=True, slots=True)
class NameRule:
    """How a code's name must look on the lock; longer names are cut, never refused."""

    min_length: int = 0
    max_length: int = 64
    unique: bool = False
    split_first_last: bool = False


@dataclass(frozen=True, slots=True)
class OfflineRule:
    """What a window of one kind of offline code may be. Bounds are whole multiples of `grain`, in the lock's own zone.

    `shortest` and `longest` None: the code has no end of its own, and works once within `valid_for` of its start.
    `per_slot`: how many codes can begin in one slot (an hour, a day); their `variant` runs from 0 to one less.
    A code that is longer than `first_use_above` must be used first within `first_use_within` of its start.
    `by_user_level`: the window must be one of the door's `user_levels`.
    """

    kind: OfflineKind
    shortest: dt.timedelta | None = None
    longest: dt.timedelta | None = None
    grain: dt.timedelta = dt.timedelta(hours=1)
    same_time_of_day: bool = False
    per_slot: int = 1
    slot: dt.timedelta = dt.timedelta(hours=1)
    valid_for: dt.timedelta | None = None
    first_use_above: dt.timedelta | None = None
    first_use_within: dt.timedelta | None = None
    by_user_level: bool = False


@dataclass(frozen=True, slots=True)
class UserLevel:
    """A slot that a door's owner defined for offline codes (`predefined_time_slots`), in the lock's own zone.

    From `check_in_time` of one day to `check_out_time` of another; `is_24_hour`: from any full hour to any full hour.
    Master and one-shot levels are not for guests.
    """

    user_level_id: str
    name: str
    prefix: int = 0
    check_in_time: dt.time = dt.time(0)
    check_out_time: dt.time = dt.time(0)
    is_24_hour: bool = False
    is_biweekly_mode: bool = False
    is_one_shot: bool = False
    is_master: bool = False

    @property
    def is_for_guests(self) -> bool:
        return not self.is_master and not self.is_one_shot


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one device can do.

    `native_scheduling`: the lock keeps windows and executes them by its own clock.
    `holds_disabled_codes`: a lock without schedules that can hold a code which does not open yet, so that
    just-in-time programming neither works early nor waits for the last minute.
    `grain`: the step to which the lock rounds window bounds (starts down, ends up).
    `settle`: how long a fresh write may be missing from a reading without meaning anything.
    `start_in_future`: a start that has passed is refused; one that is clamped must lie `start_lead` ahead.
    `both_bounds`: a window without a start or without an end is refused.
    `pushes_changes`: the lock system tells at once what happens at the lock, so that reading need not wait.
    `parallel_per_gateway`: how many calls a gateway (bridge) bears at a time; None: as many as the account.
    `tells_refused_entries`: how many wrong tries in a row make one entry of the log; 0: none are told.
    `shifts_with_clocks`: its lock system knows no time zone, so that windows may be an hour off where clocks change.
    `offline_kinds`: what this device offers of its brand's `offline_rules`.
    """

    native_scheduling: bool
    holds_disabled_codes: bool = False
    online_codes: bool = True
    offline_kinds: frozenset[OfflineKind] = frozenset()
    reads_codes: bool = True
    reads_pins: bool = True
    reads_windows: bool = True
    reads_foreign_codes: bool = True
    converts_foreign_codes: bool = True
    names_opening_code: bool = False
    assigns_pin: bool = False
    one_pin_length: bool = False
    pin_lengths: tuple[int, ...] = (4, 5, 6, 7, 8)
    pin_rules: frozenset[PinRule] = frozenset()
    name_rule: NameRule = NameRule()
    max_codes: int | None = None
    grain: dt.timedelta = dt.timedelta(seconds=1)
    settle: dt.timedelta = dt.timedelta(0)
    commands_per_minute: int = 10
    supports_backup_pool: bool = True
    offline_rules: tuple[OfflineRule, ...] = ()
    user_levels: tuple[UserLevel, ...] = ()
    start_in_future: bool = False
    start_lead: dt.timedelta = dt.timedelta(0)
    both_bounds: bool = False
    pushes_changes: bool = False
    auto_lock: bool = False
    tells_auto_lock: bool = False
    parallel_per_gateway: int | None = None
    max_locks_per_gateway: int | None = None
    holds_same_pin_in_disjoint_windows: bool = False
    keeps_log: bool = True
    tells_refused_entries: int = 0
    can_lock: bool = True
    can_unlock: bool = True
    shifts_with_clocks: bool = False

    def offline_rule(self, kind: OfflineKind) -> OfflineRule | None:
        """Return what a code of this kind must keep to; None where the device has no such codes."""
        if kind not in self.offline_kinds:
            return None
        return next((rule for rule in self.offline_rules if rule.kind == kind), None)
