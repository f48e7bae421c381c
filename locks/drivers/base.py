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

from locks.capabilities import Capabilities


class UnreadableReason(enum.StrEnum):
    DEVICE_OFFLINE = "device_offline"
    ACCOUNT_DISCONNECTED = "account_disconnected"
    TIMEOUT = "timeout"
    NOT_SUPPORTED = "not_supported"
    BAD_ANSWER = "bad_answer"


class RejectReason(enum.StrEnum):
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


class Advice(enum.StrEnum):
    """What a rejection asks of us."""

    RETRY_LATER = "retry_later"
    OTHER_PIN = "other_pin"
    STOP = "stop"


ADVICE: Mapping[RejectReason, Advice] = {
    RejectReason.DUPLICATE_PIN: Advice.OTHER_PIN,
    RejectReason.INVALID_PIN: Advice.OTHER_PIN,
    RejectReason.DUPLICATE_NAME: Advice.RETRY_LATER,
    RejectReason.FULL: Advice.RETRY_LATER,
    RejectReason.INVALID_WINDOW: Advice.STOP,
    RejectReason.NOT_FOUND: Advice.RETRY_LATER,
    RejectReason.NOT_ALLOWED: Advice.STOP,
    RejectReason.BUSY: Advice.RETRY_LATER,
    RejectReason.DEVICE_OFFLINE: Advice.RETRY_LATER,
    RejectReason.ACCOUNT_DISCONNECTED: Advice.RETRY_LATER,
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
        return ADVICE[self.reason]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and no trustworthy answer: it may or may not have been executed."""

    message: str = ""


Outcome = Applied | Rejected | Unknown


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device as the account lists it. `capabilities` None: as usual for its brand."""

    external_id: str
    brand: str
    name: str
    model: str = ""
    capabilities: Capabilities | None = None


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    online: bool
    battery_level: float | None = None
    locked: bool | None = None


class Connection(Protocol):
    """An open connection to one account. `device` is always the device's `external_id`.

    `remove_code` of an empty place is `Applied`: it is empty. `put_code` over an empty place is `Rejected` with
    `NOT_FOUND`, so that a code which vanished is noticed and not quietly made anew.
    """

    async def list_devices(self) -> tuple[FoundDevice, ...] | Unreadable: ...

    async def read_status(self, device: str) -> DeviceStatus | Unreadable: ...

    async def list_codes(self, device: str) -> Observation: ...

    async def put_code(self, device: str, code: CodeToPut) -> Outcome: ...

    async def remove_code(self, device: str, ref: str) -> Outcome: ...

    async def lock_door(self, device: str) -> Outcome: ...

    async def unlock_door(self, device: str) -> Outcome: ...


class Driver(Protocol):
    """A lock system. `connect` opens one client per account and closes it again."""

    key: str

    def connect(self, credentials: Mapping[str, Any]) -> AbstractAsyncContextManager[Connection]: ...
