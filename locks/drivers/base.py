"""The driver contract: what every lock system must answer, in three-valued truth.

A driver only carries. It never decides whether something should be written, never retries, and never turns "I do
not know" into yes or no:

- an observation is `Known`, `Empty` or `Unreadable`;
- the outcome of a write is `Applied`, `Rejected` or `Unknown` (sent, perhaps executed).

Each driver lives in a folder of its own under locks/drivers/ with the same file names (`driver.py`, `apps.py` where
it has tables) and is registered in locks.drivers.registry. Only these folders may import a lock system's client.
Calls are coroutines: a runner waits for many locks in one event loop. A driver raises only for its own bugs; the
reconciler takes any exception, and any call past its deadline, for `Unknown` or `Unreadable`.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from locks.capabilities import Capabilities, OfflineKind


class UnreadableReason(enum.StrEnum):
    DEVICE_OFFLINE = "device_offline"
    ACCOUNT_DISCONNECTED = "account_disconnected"
    TIMEOUT = "timeout"
    NOT_SUPPORTED = "not_supported"
    BAD_ANSWER = "bad_answer"
    BRIDGE_OFFLINE = "bridge_offline"
    OUTAGE = "outage"
    NOT_AUTHORIZED = "not_authorized"


class RejectReason(enum.StrEnum):
    """Why a lock refused.

    `UNCONFIRMED`: the lock system says that the lock never confirmed and that it dropped the command; where it leaves
    that open, the outcome is `Unknown`. `NO_SLOT`: no slot or user level of an offline lock fits the window.
    """

    DUPLICATE_PIN = "duplicate_pin"
    DUPLICATE_NAME = "duplicate_name"
    FULL = "full"
    INVALID_PIN = "invalid_pin"
    INVALID_WINDOW = "invalid_window"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    BUSY = "busy"
    DEVICE_OFFLINE = "device_offline"
    ACCOUNT_DISCONNECTED = "account_disconnected"
    BRIDGE_OFFLINE = "bridge_offline"
    BRIDGE_QUEUE_FULL = "bridge_queue_full"
    NOT_SUBSCRIBED = "not_subscribed"
    KEYPAD_MISSING = "keypad_missing"
    NO_SLOT = "no_slot"
    OUTAGE = "outage"
    UNCONFIRMED = "unconfirmed"
    NOT_AUTHORIZED = "not_authorized"


class Advice(enum.StrEnum):
    """What a rejection asks of us."""

    RETRY_LATER = "retry_later"
    OTHER_PIN = "other_pin"
    STOP = "stop"


# All other rejections pass by themselves, or when a person has seen to their cause.
_OTHER_ADVICE: Mapping[RejectReason, Advice] = {
    RejectReason.DUPLICATE_PIN: Advice.OTHER_PIN,
    RejectReason.INVALID_PIN: Advice.OTHER_PIN,
    RejectReason.INVALID_WINDOW: Advice.STOP,
    RejectReason.NOT_ALLOWED: Advice.STOP,
    RejectReason.NO_SLOT: Advice.STOP,
}


@dataclass(frozen=True, slots=True)
class ObservedCode:
    """One code as the lock shows it. `pin` None: the lock does not tell (masked or write-only).

    `ref` is the lock's own name for the place (slot, credential id); it identifies the code, its name never does.
    """

    ref: str
    pin: str | None = field(repr=False)
    name: str | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """The lock answered: exactly these codes, as of `as_of` (a stale cache says when it was filled)."""

    codes: tuple[ObservedCode, ...]
    as_of: dt.datetime


@dataclass(frozen=True, slots=True)
class Empty:
    """The lock answered: no codes at all."""

    as_of: dt.datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nothing is known; never to be taken for empty."""

    reason: UnreadableReason
    message: str = ""


Observation = Known | Empty | Unreadable


@dataclass(frozen=True, slots=True)
class CodeToPut:
    """A code to write. `ref` None: a new place, which the lock names; else overwrite that place.

    `pin` None only where the device assigns PINs itself. Bounds None where the lock keeps no windows.
    """

    pin: str | None = field(repr=False)
    name: str
    ref: str | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Applied:
    """The lock confirmed. `ref` is where the code is (was); `pin` is set where the lock assigned it."""

    ref: str
    pin: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """The lock refused: nothing was changed."""

    reason: RejectReason
    message: str = ""

    @property
    def advice(self) -> Advice:
        return _OTHER_ADVICE.get(self.reason, Advice.RETRY_LATER)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and no trustworthy answer: it may or may not have been executed."""

    message: str = ""


Outcome = Applied | Rejected | Unknown


@dataclass(frozen=True, slots=True)
class OfflineRequest:
    """An offline code to be computed. `ends_at` None for one that works once.

    `variant` (from 0) tells codes of one kind and window apart, as far as the brand's rule has room for several.
    """

    kind: OfflineKind
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None
    variant: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """The PIN of an offline code. Asking again with the same request gives the same one."""

    pin: str = field(repr=False)
    ref: str


IssueOutcome = Issued | Rejected | Unknown


class LogKind(enum.StrEnum):
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    DENIED = "denied"
    TAMPERED = "tampered"
    JAMMED = "jammed"


class LogMethod(enum.StrEnum):
    KEYCODE = "keycode"
    MANUAL = "manual"
    AUTOMATIC = "automatic"
    REMOTE = "remote"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that happened at the door. `key` is the lock system's own id of the entry, stable across readings.

    `ref`: the place of the code that opened, only where the brand tells which it was.
    """

    key: str
    at: dt.datetime
    kind: LogKind
    method: LogMethod = LogMethod.UNKNOWN
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class LockLog:
    """Entries after the cursor that was given, oldest first; `cursor` is the one to give next time."""

    entries: tuple[LogEntry, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device as the account lists it. `capabilities` None: as usual for its brand."""

    external_id: str
    brand: str
    name: str
    model: str = ""
    capabilities: Capabilities | None = None
    gateway: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """How a device is. None and "" mean that it does not tell; while offline it tells nothing of its bolt and battery.

    `conditions`: what its lock system says is wrong with it, in the founding API's words
    (“august_lock_missing_bridge”).
    """

    online: bool
    battery_level: float | None = None
    locked: bool | None = None
    keypad_battery_level: float | None = None
    battery_chemistry: str = ""
    has_direct_power: bool = False
    door_open: bool | None = None
    time_zone: str = ""
    gateway: str = ""
    auto_lock: bool | None = None
    auto_lock_seconds: int | None = None
    conditions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccountStatusReport:
    """What the lock system says is wrong with the account as a whole (“salto_ks_subscription_limit_exceeded”)."""

    conditions: frozenset[str] = frozenset()


class Connection(Protocol):
    """An open connection to one account. `device` is always the device's `external_id`.

    `remove_code` of an empty place is `Applied`: it is empty. `put_code` over an empty place is `Rejected` with
    `NOT_FOUND`, so that a code which vanished is noticed and not quietly made anew. `issue_offline_code` is computed by
    the lock system: it takes no place on the lock and does not need the lock to answer. `read_log` with the cursor ""
    begins with the oldest of what the lock system keeps, at most the last 100 entries.
    """

    async def list_devices(self) -> tuple[FoundDevice, ...] | Unreadable: ...

    async def read_status(self, device: str) -> DeviceStatus | Unreadable: ...

    async def list_codes(self, device: str) -> Observation: ...

    async def put_code(self, device: str, code: CodeToPut) -> Outcome: ...

    async def remove_code(self, device: str, ref: str) -> Outcome: ...

    async def lock_door(self, device: str) -> Outcome: ...

    async def unlock_door(self, device: str) -> Outcome: ...

    async def issue_offline_code(self, device: str, request: OfflineRequest) -> IssueOutcome: ...

    async def read_log(self, device: str, cursor: str) -> LockLog | Unreadable: ...

    async def configure_auto_lock(self, device: str, *, enabled: bool, seconds: int | None) -> Outcome: ...

    async def read_account(self) -> AccountStatusReport | Unreadable: ...


class Driver(Protocol):
    """A lock system. `connect` opens one client per account and closes it again."""

    key: str

    def connect(self, credentials: Mapping[str, Any]) -> AbstractAsyncContextManager[Connection]: ...
