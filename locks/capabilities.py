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
class Capabilities:
    """What one device can do.

    `native_scheduling`: the lock keeps windows and executes them by its own clock.
    `holds_disabled_codes`: a lock without schedules that can hold a code which does not open yet, so that
    just-in-time programming neither works early nor waits for the last minute.
    `grain`: the step to which the lock rounds window bounds (starts down, ends up).
    `settle`: how long a fresh write may be missing from a reading without meaning anything.
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
