"""What a pass may tell at a moment (pure). Before, inside and after the window; or politely nothing."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from properties.enums import StayKind, StayStatus


class Phase(enum.StrEnum):
    """REVOKED: the link was taken back. HELD: nothing is given out yet (a deposit, an identity, a confirmation)."""

    REVOKED = "revoked"
    CANCELLED = "cancelled"
    HELD = "held"
    BEFORE = "before"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class PassFacts:
    revoked: bool
    kind: str
    status: str
    hold_access: bool
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    address_hours: int = 0


def phase_of(facts: PassFacts, *, now: dt.datetime) -> Phase:
    if facts.revoked:
        return Phase.REVOKED
    if facts.ends_at is not None and facts.ends_at <= now:
        return Phase.OVER
    if facts.status == StayStatus.CANCELLED or facts.kind == StayKind.BLOCK:
        return Phase.CANCELLED
    if facts.status != StayStatus.CONFIRMED or facts.hold_access:
        return Phase.HELD
    return Phase.BEFORE if now < facts.starts_at else Phase.OPEN


def address_from(facts: PassFacts) -> dt.datetime:
    """From when on the address is shown."""
    return facts.starts_at - dt.timedelta(hours=facts.address_hours)


def tells_address(facts: PassFacts, *, now: dt.datetime) -> bool:
    phase = phase_of(facts, now=now)
    return phase is Phase.OPEN or (phase is Phase.BEFORE and now >= address_from(facts))
