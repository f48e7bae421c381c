"""A virtual lock as plain data: what its firmware, its keypad and its moods work on, and nothing else.

No Django and no I/O. A bank (database_bank, memory_bank) brings a state to a call and keeps what became of it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from locks.brands import brand_of
from locks.capabilities import Capabilities
from locks.devices import parse_capabilities
from locks.drivers.virtual.bridging import Bridge

FACTORY_BATTERY = 0.9


@dataclass(frozen=True, slots=True)
class HeldCode:
    """One code in the lock's memory. `foreign`: typed in at the lock or in its maker's app, not sent by a driver."""

    slot: int
    pin: str = field(repr=False)
    name: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    enabled: bool
    foreign: bool
    written_at: dt.datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """What happened at the lock, in its own words (`actions`); never holds a PIN."""

    at: dt.datetime
    action: str
    slot: int | None = None
    detail: str = ""


@dataclass(slots=True)
class LockState:
    """`clock_offset` (seconds) is how wrong the lock's clock runs; `secret` keys its offline codes.

    `moods` maps a mood's name to its settings, see mood_rules. `reports`: what the lock says of itself over its
    brand's row; `capabilities` is both together. `offline_uses`: when which offline code was first typed.
    `wrong_tries`: refused entries in a row. `fresh`: log lines that the bank has not taken yet.
    `bridge`: the queue of the bridge on which it hangs, for calls that go through it; shared with its neighbours.
    `rng`: where PINs that the lock chooses come from (None: from the system), so that a simulation can be repeated.
    """

    external_id: str
    account_key: str
    brand: str
    name: str
    capabilities: Capabilities = field(repr=False)
    secret: str = field(repr=False)
    capacity: int | None = None
    reports: Mapping[str, Any] = field(default_factory=dict)
    online: bool = True
    locked: bool = True
    battery_level: float = FACTORY_BATTERY
    clock_offset: float = 0.0
    next_slot: int = 1
    moods: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[int, HeldCode] = field(default_factory=dict)
    gateway: str = ""
    time_zone: str = ""
    battery_chemistry: str = ""
    keypad_battery_level: float | None = None
    has_direct_power: bool = False
    door_open: bool | None = None
    auto_lock: bool | None = None
    auto_lock_seconds: int | None = None
    unlocked_at: dt.datetime | None = None
    wrong_tries: int = 0
    offline_uses: dict[str, dt.datetime] = field(default_factory=dict)
    fresh: list[LogLine] = field(default_factory=list, repr=False)
    bridge: Bridge | None = None
    rng: random.Random | None = field(default=None, repr=False)

    def note(self, at: dt.datetime, action: str, *, slot: int | None = None, detail: str = "") -> None:
        self.fresh.append(LogLine(at, action, slot, detail))

    def clock(self, now: dt.datetime) -> dt.datetime:
        """What the lock's own clock shows."""
        return now + dt.timedelta(seconds=self.clock_offset) if self.clock_offset else now

    @property
    def is_dead(self) -> bool:
        return self.battery_level <= 0 and not self.has_direct_power


def capabilities_reported(
    brand: str, reports: Mapping[str, Any], capacity: int | None = None
) -> Capabilities:
    """What a lock can do: its brand's row and what it reports of itself (CapabilitiesError where that is wrong)."""
    base = brand_of(brand).capabilities
    report = {**reports, "max_codes": capacity} if capacity else reports
    return parse_capabilities(report, base) if report else base
