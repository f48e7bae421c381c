"""When does a device need no look? Where the planner itself shows that a reading would change nothing. Pure.

A device whose last look planned nothing and learned nothing rests until the next moment at which the plan could differ:
a boundary of one of its codes. Whatever happens at the lock, or is declared anew, ends the rest (see lanes).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from access.models import AccessCode
from access.pins import pin_key_of
from access.planning import READ_EVERY, Declared, Fact, Plan, deciding
from access.running import looking
from access.running.looking import Look
from access.states import Seen
from locks.drivers.base import Empty, Known

FAR = dt.timedelta(days=1000)


@dataclass(slots=True)
class Rest:
    """Nothing changes before `until`; until then the device is read every `every`, from `since` on, and what is
    `declared` of its codes stays so."""

    since: dt.datetime
    every: dt.timedelta
    until: dt.datetime
    is_readable: bool
    declared: tuple[Declared, ...] = field(repr=False)
    is_sample: bool = False

    def readings_before(self, moment: dt.datetime) -> int:
        return max(0, -((self.since - moment) // self.every) - 1)

    def next_reading(self, moment: dt.datetime) -> dt.datetime:
        return self.since + -((self.since - moment) // self.every) * self.every


def rest_after(look: Look, *, due: dt.datetime, as_planned: bool) -> Rest | None:
    """`due`: when the application wants to look again. `as_planned`: recording the look has changed no code."""
    if look.decided.steps:
        return None
    every, is_readable = due - look.now, isinstance(look.observed, Known | Empty)
    declared = look.declared if as_planned else look.work.declared()
    decided = look.decided if as_planned else _plan(look, declared)
    if decided.is_cut or (decided.steps and _is_held_up(look)):
        return None
    if not is_readable and every < looking.LONGEST_UNREADABLE:
        return None
    until = decided.boundary or look.now + FAR
    if is_readable:
        # The first wake may still be for a code that this very look has ended.
        often = decided.is_watched or until <= look.now + READ_EVERY
        every = READ_EVERY if often else looking.IDLE_READ_EVERY
    return Rest(look.now, every, until, is_readable, declared) if until >= due else None


def look_again(look: Look, rest: Rest, *, now: dt.datetime) -> Look | None:
    """The look that the same reading would make now; None where it would say news or lead to a command."""
    device = look.work.device
    if not isinstance(look.observed, Known | Empty) or not device.online or device.failures:
        return None
    observed = dataclasses.replace(look.observed, as_of=now)
    again = dataclasses.replace(look, observed=observed, now=now, declared=rest.declared)
    again = dataclasses.replace(again, decided=_plan(again, rest.declared))
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


def _is_held_up(look: Look) -> bool:
    """Tell whether the lock may get no more commands just now than it got."""
    return look.work.budget(now=look.now).left < look.work.capabilities.commands_per_minute


def _plan(look: Look, declared: Sequence[Declared]) -> Plan:
    work = look.work
    return deciding.plan(
        declared,
        look.observed,
        work.capabilities,
        now=look.now,
        key_of=pin_key_of,
        strangers=work.strangers,
    )
