"""The planner's data, and what a declaration asks of its lock at a given moment."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field, replace

from access.states import Outside, ProblemCode, Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import ObservedCode

EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
NATIVE_LEAD = dt.timedelta(hours=72)
JIT_LEAD = dt.timedelta(minutes=60)
# A staged code is opened this long before its window: the time that a command may take to reach the lock.
ENABLE_LEAD = dt.timedelta(seconds=30)
# A code that is not on its lock this long before the guest arrives is worth a person's attention.
DANGER_LEAD = dt.timedelta(minutes=30)
SETTING_GRACE = dt.timedelta(minutes=1)
# A code may open for two minutes after its end; that it does for longer is told before, as long before as a look at
# its lock takes.
REMOVING_GRACE = dt.timedelta(minutes=2) - dt.timedelta(seconds=15)
# A code whose window the lock has closed by its own clock opens nothing; that it still takes a place can wait.
CLOSED_GRACE = dt.timedelta(hours=24)
READ_EVERY = dt.timedelta(minutes=10)
# A command without an answer may still be on its way for so long before its absence counts.
LATE_ARRIVAL = dt.timedelta(seconds=5)
FAILED_AFTER = 3
# A lock that refused a PIN as one that it holds may be slow to list it: our own code, from an earlier command.
CLAIMED_FOR = dt.timedelta(minutes=10)


class Phase(enum.Enum):
    """What the declaration asks of the lock: nothing yet, nothing ever (it computes the code itself), a code with its
    window, a code that does not open yet, a code that opens, or that the code be gone."""

    WAITING = enum.auto()
    OFFLINE = enum.auto()
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
    `claimed`: after commands of ours, the lock refused its PIN as one that it holds.
    `shown_name` is the name that the lock showed at `ref` when it was last read.
    `enable_lead`: how long before its window a staged code is opened; longer where many codes come due at once.
    `margin`: by how much the window is stretched on a lock whose clock may be an hour wrong around a change of clocks.
    `spare`: waits in the lock's pool of backup codes. `outside`: what other hands did to it since it last stood as
    we wrote it.
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
    claimed: bool = False
    enable_lead: dt.timedelta = ENABLE_LEAD
    margin: dt.timedelta = dt.timedelta(0)
    is_offline: bool = False
    spare: bool = False
    allow_external: bool = False
    outside: Outside | None = None


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


@dataclass(frozen=True, slots=True)
class Issue:
    """Have the lock system compute the PIN of an offline code; the lock itself is not asked."""

    code_id: int
    ref: str = ""


Step = Put | Remove | Issue


@dataclass(frozen=True, slots=True)
class Edit:
    """A field in which the lock shows something else than we wrote. Of a PIN and a name, only that it does: the one is
    nobody's to read here, the other may be a guest's."""

    field: str
    before: dt.datetime | None = None
    after: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What one look says of one code. `seen` None: nothing new. `ended`: gone for good. `ref`: where it was found.
    `settled`: the lock holds just what is asked for. `assigned_pin`: the PIN that the lock chose itself. `edits`:
    what of it other hands changed, as this look shows."""

    code_id: int
    seen: Seen | None = None
    ref: str | None = None
    ended: bool = False
    settled: bool = False
    assigned_pin: str | None = field(default=None, repr=False)
    needs_other_pin: bool = False
    outside: Outside | None = None
    edits: tuple[Edit, ...] = ()
    problems: frozenset[ProblemCode] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """`foreign` None: the lock could not be read. `deadline`: by when the next thing must have been done. `boundary`:
    when the plan may differ though nothing happens at the lock, which is read often where `is_watched`. `is_cut`: more
    was to be done than the lock may get now."""

    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]
    foreign: tuple[ObservedCode, ...] | None
    wake_at: dt.datetime | None
    deadline: dt.datetime | None = None
    boundary: dt.datetime | None = None
    is_watched: bool = False
    is_cut: bool = False


def runs_natively(code: Declared, capabilities: Capabilities) -> bool:
    if code.is_offline:
        return False
    bounded = code.starts_at is not None and code.ends_at is not None
    return capabilities.native_scheduling and code.prefer_native and bounded


def may_turn_up(code: Declared, *, now: dt.datetime) -> bool:
    """Tell whether the lock said that it holds what its list did not show: then its absence does not count yet."""
    return code.claimed and code.written_at is not None and now < code.written_at + CLAIMED_FOR


def lead_of(code: Declared, capabilities: Capabilities) -> dt.timedelta:
    return NATIVE_LEAD if runs_natively(code, capabilities) else JIT_LEAD


def phase(code: Declared, capabilities: Capabilities, *, now: dt.datetime) -> Phase:
    over = code.ends_at is not None and now >= code.ends_at
    if code.is_offline and not over and (code.pin is not None or code.revoked_at is None):
        return Phase.OFFLINE  # once its PIN is known nobody can take it back
    if over or code.revoked_at is not None:
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
        starts_at, ends_at = round_window(
            code.starts_at and code.starts_at - code.margin,
            code.ends_at and code.ends_at + code.margin,
            capabilities.grain,
        )
        return Shape(code.pin_key, code.name, starts_at, ends_at)
    if stage in (Phase.STAGED, Phase.OPEN):
        return Shape(code.pin_key, code.name, enabled=stage is Phase.OPEN)
    return None


def round_window(
    starts_at: dt.datetime | None, ends_at: dt.datetime | None, grain: dt.timedelta
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Round outwards to the lock's grain: a guest is never shut out by rounding."""
    first = starts_at and starts_at - (starts_at - EPOCH) % grain
    last = ends_at and ends_at + (EPOCH - ends_at) % grain
    return first, last


def stands_as_wanted(code: Declared, seen: Seen, capabilities: Capabilities, *, now: dt.datetime) -> bool:
    """Tell whether the evidence says that the lock holds just what the declaration asks for now."""
    return stands_with(code, seen, wanted(code, capabilities, now=now), capabilities)


def stands_with(code: Declared, seen: Seen, shape: Shape | None, capabilities: Capabilities) -> bool:
    """As `stands_as_wanted`, where the shape that is wanted is known."""
    if code.is_offline:
        return code.pin is not None
    return seen in (Seen.PRESENT, Seen.ASSUMED) and is_written(code, shape, capabilities)


def is_written(code: Declared, shape: Shape | None, capabilities: Capabilities) -> bool:
    """Tell whether our last command brought this shape, apart from a start that had passed and was clamped."""
    written = code.written
    if written is None or shape is None or written == shape:
        return written == shape
    if not capabilities.start_in_future or code.written_at is None:
        return False
    asked, sent = shape.starts_at, written.starts_at
    earliest = code.written_at + capabilities.start_lead
    if asked is None or sent is None or asked > earliest:
        return False
    latest = earliest + capabilities.grain
    return asked < sent <= latest and replace(written, starts_at=asked) == shape


def sendable(code: Declared, shape: Shape, capabilities: Capabilities, *, now: dt.datetime) -> Shape | None:
    """Return the shape as this lock takes it: one that refuses a start in the past gets the earliest that it takes,
    unless it holds that start already. One that may have passed when the command arrives counts as past. None: by
    then the window would be over."""
    start = shape.starts_at
    if not capabilities.start_in_future or start is None or start > now + capabilities.start_lead:
        return shape
    held = code.written.starts_at if code.written is not None and code.ref else None
    if held is not None and held <= now + capabilities.start_lead:
        start = held
    else:
        _, start = round_window(None, now + capabilities.start_lead, capabilities.grain)
    if start is None or (shape.ends_at is not None and start >= shape.ends_at):
        return None
    return replace(shape, starts_at=start)


def opens_unbounded(code: Declared, seen: Seen, capabilities: Capabilities) -> bool:
    """Tell whether a code that is to get its window was on the lock without one before, and so opens already: a backup
    that was just pulled is not late."""
    written = code.written
    if written is None or not runs_natively(code, capabilities) or seen not in (Seen.PRESENT, Seen.ASSUMED):
        return False
    free = written.starts_at is None and written.ends_at is None and written.enabled
    return free and written.pin_key is not None and written.pin_key == code.pin_key


def removing_grace(code: Declared, capabilities: Capabilities, *, now: dt.datetime) -> dt.timedelta:
    """Return for how long a code that should be gone may stand on the lock before somebody is told."""
    closes_at = code.written.ends_at if code.written is not None else None
    closed = capabilities.native_scheduling and closes_at is not None and closes_at <= now
    return CLOSED_GRACE if closed else REMOVING_GRACE


def opens_at(code: Declared) -> dt.datetime | None:
    """Return when the code begins to open as it stands; None: it always has."""
    if code.written is None or code.written.starts_at is None or code.starts_at is None:
        return code.starts_at
    return max(code.starts_at, code.written.starts_at)
