"""The planner's data, and what a declaration asks of its lock at a given moment."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

from access.states import ProblemCode, Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import ObservedCode

NATIVE_LEAD = dt.timedelta(hours=72)
JIT_LEAD = dt.timedelta(minutes=60)
# A staged code is opened this long before its window: the time that a command may take to reach the lock.
ENABLE_LEAD = dt.timedelta(seconds=30)
# A code that is not on its lock this long before the guest arrives is worth a person's attention.
DANGER_LEAD = dt.timedelta(minutes=30)
SETTING_GRACE = dt.timedelta(minutes=1)
REMOVING_GRACE = dt.timedelta(minutes=2)
READ_EVERY = dt.timedelta(minutes=10)
# A command without an answer may still be on its way for so long before its absence counts.
LATE_ARRIVAL = dt.timedelta(seconds=5)
FAILED_AFTER = 3


class Phase(enum.Enum):
    """What the declaration asks of the lock: nothing yet, a code with its window, a code that does not open yet,
    a code that opens, or that the code be gone."""

    WAITING = enum.auto()
    NATIVE = enum.auto()
    STAGED = enum.auto()
    OPEN = enum.auto()
    GONE = enum.auto()


@dataclass(frozen=True, slots=True)
class Shape:
    """A code as it should stand, or as we wrote it, in a lock's memory."""

    pin_key: int | None
    name: str
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Declared:
    """One live access code with the evidence so far.

    `written` is the shape of the last command that was or may have been executed; None: the lock holds nothing of it.
    `attempts` counts commands ever sent: where it is not 0, a late arrival may yet turn up on the lock.
    `shown_name` is the name that the lock showed at `ref` when it was last read.
    `enable_lead`: how long before its window a staged code is opened; longer where many codes come due at once.
    """

    id: int
    pin: str | None = field(repr=False)
    pin_key: int | None
    name: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    revoked_at: dt.datetime | None = None
    prefer_native: bool = True
    ref: str = ""
    shown_name: str | None = None
    write_state: WriteState = WriteState.NONE
    written: Shape | None = None
    written_at: dt.datetime | None = None
    seen: Seen = Seen.NEVER
    attempts: int = 0
    failures: int = 0
    next_try_at: dt.datetime | None = None
    stopped: str = ""
    enable_lead: dt.timedelta = ENABLE_LEAD


@dataclass(frozen=True, slots=True)
class Put:
    """Write this shape over `ref`, or to a new place where `ref` is empty."""

    code_id: int
    ref: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Remove:
    code_id: int
    ref: str


Step = Put | Remove


@dataclass(frozen=True, slots=True)
class Fact:
    """What one look says of one code. `seen` None: nothing new. `ended`: gone for good. `ref`: where it was found.
    `settled`: the lock holds just what is asked for. `assigned_pin`: the PIN that the lock chose itself."""

    code_id: int
    seen: Seen | None = None
    ref: str | None = None
    ended: bool = False
    settled: bool = False
    assigned_pin: str | None = field(default=None, repr=False)
    needs_other_pin: bool = False
    problems: frozenset[ProblemCode] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """`foreign` None: the lock could not be read."""

    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]
    foreign: tuple[ObservedCode, ...] | None
    wake_at: dt.datetime | None


def runs_natively(code: Declared, capabilities: Capabilities) -> bool:
    bounded = code.starts_at is not None and code.ends_at is not None
    return capabilities.native_scheduling and code.prefer_native and bounded


def lead_of(code: Declared, capabilities: Capabilities) -> dt.timedelta:
    return NATIVE_LEAD if runs_natively(code, capabilities) else JIT_LEAD


def phase(code: Declared, capabilities: Capabilities, *, now: dt.datetime) -> Phase:
    if code.revoked_at is not None or (code.ends_at is not None and now >= code.ends_at):
        return Phase.GONE
    if code.starts_at is None:
        return Phase.OPEN
    if now < code.starts_at - lead_of(code, capabilities):
        return Phase.WAITING
    if runs_natively(code, capabilities):
        return Phase.NATIVE
    if capabilities.holds_disabled_codes and now < code.starts_at - code.enable_lead:
        return Phase.STAGED
    return Phase.OPEN


def wanted(code: Declared, capabilities: Capabilities, *, now: dt.datetime) -> Shape | None:
    """Return the shape that the lock should hold now, or None where it should hold nothing.

    A native code that is on the lock already and whose stay moved beyond the lead stays there, with the new window.
    """
    stage = phase(code, capabilities, now=now)
    preloaded = stage is Phase.WAITING and code.written is not None and runs_natively(code, capabilities)
    if stage is Phase.NATIVE or preloaded:
        starts_at, ends_at = round_window(code.starts_at, code.ends_at, capabilities.grain)
        return Shape(code.pin_key, code.name, starts_at, ends_at)
    if stage in (Phase.STAGED, Phase.OPEN):
        return Shape(code.pin_key, code.name, enabled=stage is Phase.OPEN)
    return None


def round_window(
    starts_at: dt.datetime | None, ends_at: dt.datetime | None, grain: dt.timedelta
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Round outwards to the lock's grain: a guest is never shut out by rounding."""
    epoch = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    first = starts_at and starts_at - (starts_at - epoch) % grain
    last = ends_at and ends_at + (epoch - ends_at) % grain
    return first, last


def stands_as_wanted(code: Declared, seen: Seen, capabilities: Capabilities, *, now: dt.datetime) -> bool:
    """Tell whether the evidence says that the lock holds just what the declaration asks for now."""
    return seen in (Seen.PRESENT, Seen.ASSUMED) and code.written == wanted(code, capabilities, now=now)
