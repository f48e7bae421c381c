"""When does a device need no look? Where the planner itself shows that a reading would change nothing. Pure.

A device whose last look planned nothing and learned nothing rests until the next moment at which the plan could differ:
a boundary of one of its codes. Whatever happens at the lock, or is declared anew, ends the rest (see lanes).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from access.models import AccessCode
from access.planning import READ_EVERY, Declared, Fact, Plan, deciding
from access.running import looking
from access.running.looking import Look
from access.states import Seen
from locks.drivers.base import Empty, Known

FAR = dt.timedelta(days=1000)
REGULAR = "READ_EVERY"  # what the planner calls its interval


@dataclass(slots=True)
class Rest:
    """Nothing changes before `until`; until then the device is read every `every`, from `since` on."""

    since: dt.datetime
    every: dt.timedelta
    until: dt.datetime
    is_readable: bool
    is_sample: bool = False

    def readings_before(self, moment: dt.datetime) -> int:
        return max(0, -((self.since - moment) // self.every) - 1)

    def next_reading(self, moment: dt.datetime) -> dt.datetime:
        return self.since + -((self.since - moment) // self.every) * self.every


def rest_after(look: Look, *, due: dt.datetime) -> Rest | None:
    """`due`: when the application wants to look again."""
    if look.decided.steps:
        return None
    every, is_readable = due - look.now, isinstance(look.observed, Known | Empty)
    declared = look.work.declared()
    if is_readable:
        # The first wake may still be for a code that this very look has ended.
        every = _regular(look, declared)
    elif every < looking.LONGEST_UNREADABLE:
        return None
    until = _boundary(look, declared)
    return Rest(look.now, every, until, is_readable) if until >= due else None


def look_again(look: Look, *, now: dt.datetime) -> Look | None:
    """The look that the same reading would make now; None where it would say news or lead to a command."""
    device = look.work.device
    if not isinstance(look.observed, Known | Empty) or not device.online or device.failures:
        return None
    observed = dataclasses.replace(look.observed, as_of=now)
    again = dataclasses.replace(look, observed=observed, now=now, declared=look.work.declared())
    again = dataclasses.replace(again, decided=_plan(again, again.declared))
    before = {fact.code_id: fact.problems for fact in look.decided.facts}
    same = all(fact.problems == before.get(fact.code_id, frozenset()) for fact in again.decided.facts)
    return again if same and not again.decided.steps and not says_news(again) else None


def says_news(look: Look) -> bool:
    """Tell whether recording this look would change anything but the time of the last reading."""
    codes = look.work.codes
    return any(
        fact.code_id in codes and _is_news(fact, codes[fact.code_id], look.now) for fact in look.decided.facts
    )


def _is_news(fact: Fact, code: AccessCode, now: dt.datetime) -> bool:
    seen = fact.seen is not None and fact.seen != code.seen
    moved = fact.ref is not None and fact.ref != code.ref
    settles = fact.settled and bool(code.failures or code.next_try_at or code.message)
    begun = code.starts_at is None or code.starts_at <= now
    opens = fact.settled and fact.seen in (Seen.PRESENT, Seen.ASSUMED) and code.set_at is None and begun
    return fact.ended or fact.needs_other_pin or seen or moved or settles or opens


def _regular(look: Look, declared: Sequence[Declared]) -> dt.timedelta:
    """How often the application reads this lock while nothing happens."""
    wake_at = _plan(look, declared).wake_at
    soonest = min(READ_EVERY, looking.IDLE_READ_EVERY)
    return soonest if wake_at is not None and wake_at <= look.now + soonest else looking.IDLE_READ_EVERY


def _boundary(look: Look, declared: Sequence[Declared]) -> dt.datetime:
    """The next moment at which the plan may differ though nothing happens: what the planner would wake for, were it
    not for the regular readings."""
    every = getattr(deciding, REGULAR)
    setattr(deciding, REGULAR, FAR)
    try:
        wake_at = _plan(look, declared).wake_at
    finally:
        setattr(deciding, REGULAR, every)
    return look.now + FAR if wake_at is None else wake_at


def _plan(look: Look, declared: Sequence[Declared]) -> Plan:
    work = look.work
    return deciding.plan(declared, look.observed, work.capabilities, now=look.now, strangers=work.strangers)
