"""A virtual lock's memory as it really is, for tests and sandbox pages: firmware.py, for a row."""

from __future__ import annotations

import datetime as dt

from locks.capabilities import Capabilities
from locks.drivers.base import CodeToPut, ObservedCode, Outcome
from locks.drivers.virtual import firmware
from locks.drivers.virtual.database_bank import at_hand, state_of
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.state import capabilities_reported


def capabilities_of_lock(lock: VirtualLock) -> Capabilities:
    return capabilities_reported(lock.brand, lock.reports, lock.capacity)


def put(lock: VirtualLock, code: CodeToPut, *, now: dt.datetime) -> Outcome:
    with at_hand(lock) as state:
        return firmware.put(state, code, now=now)


def read(lock: VirtualLock) -> tuple[ObservedCode, ...]:
    return firmware.read(state_of(lock))
