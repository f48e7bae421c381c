"""Who stands before which door, and does the keypad let them in: minutes of lockout and of codes that open too long.

Between two changes of a lock's memory its keypad answers by its clock alone, so the answers of a whole stretch are
found at a few moments: a lock is asked only when something about it is about to change, and at the end. The lock
answers (`Door.opens`); nothing here knows what the application believes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from access.simulation.truth import Window

MINUTE = dt.timedelta(minutes=1)
# The stated bounds: a booking or a new PIN of this very moment has a minute to reach the lock; what has ended may
# open for two more minutes (then the application says that its removal is late); what somebody does at the lock is
# read within ten minutes.
SETTING_BOUND = MINUTE
STALE_BOUND = 2 * MINUTE
READING_BOUND = 11 * MINUTE
PRELOADED = dt.timedelta(hours=72)


class Door(Protocol):
    """The lock as the person before it meets it."""

    def opens(self, pin: str, at: dt.datetime) -> bool: ...

    def moments(self, pin: str) -> Iterator[dt.datetime]:
        """The moments at which the keypad's answer to this PIN may change by the lock's own clock."""
        ...


@dataclass(frozen=True, slots=True)
class Spell:
    """Somebody stood before a closed door (`stale` False), or a door opened that should not. `stay` is the key of a
    booking. `edited`: somebody had changed the code at the lock so lately that nobody could have read it yet."""

    stay: str
    door: str
    stale: bool
    begins: dt.datetime
    ends: dt.datetime
    edited: bool = False

    @property
    def minutes(self) -> float:
        return (self.ends - self.begins) / MINUTE


@dataclass(slots=True)
class Claim:
    """One person at one door: the PIN that they were told opens it from `since` until `window[1]`, and not after.

    `shut_until`: when the next window of a holder comes near; until then their PIN must not open, whoever else has it.
    `runs_out_at`: of an offline code, which goes on until then whatever is asked.
    """

    stay: str
    pin: str = field(repr=False)
    window: Window
    since: dt.datetime
    over_at: dt.datetime | None = None
    begun: dt.datetime | None = None
    stale: bool = False
    shut_until: dt.datetime | None = None
    runs_out_at: dt.datetime | None = None

    @property
    def ends_at(self) -> dt.datetime:
        return self.window[1] if self.over_at is None else min(self.window[1], self.over_at)

    @property
    def shut_from(self) -> dt.datetime:
        ends_at = self.ends_at
        return (ends_at if self.runs_out_at is None else max(ends_at, self.runs_out_at)) + STALE_BOUND

    @property
    def begins(self) -> dt.datetime:
        return max(self.window[0], self.since)


@dataclass(slots=True)
class DoorWatch:
    """`edits`: when somebody last changed the code with this PIN at the lock."""

    key: str
    door: Door
    at: dt.datetime
    claims: list[Claim] = field(default_factory=list)
    edits: dict[str, dt.datetime] = field(default_factory=dict, repr=False)
    spells: list[Spell] = field(default_factory=list)

    def advance(self, to: dt.datetime) -> None:
        """Ask the keypad for the time since the last change; to be called before the next one."""
        if to <= self.at:
            return
        for claim in self.claims:
            self._follow(claim, to)
        over = [claim for claim in self.claims if claim.begun is None and self._is_settled(claim, to)]
        for claim in over:
            self.claims.remove(claim)
        self.at = to

    def finish(self, to: dt.datetime) -> None:
        self.advance(to)
        for claim in self.claims:
            self._end_spell(claim, to)

    def _follow(self, claim: Claim, to: dt.datetime) -> None:
        shut_from = claim.shut_from
        if claim.begun is None and to <= claim.begins and to <= shut_from:
            return
        marks = {self.at, claim.since, claim.window[0], claim.ends_at, shut_from}
        if claim.shut_until is not None:
            marks.add(claim.shut_until)
        marks.update(self.door.moments(claim.pin))
        for moment in sorted(mark for mark in marks if self.at <= mark < to):
            self._judge(claim, moment)

    def _judge(self, claim: Claim, moment: dt.datetime) -> None:
        must_open = claim.begins <= moment < claim.ends_at
        must_not = (
            moment >= claim.shut_from
            and (claim.shut_until is None or moment < claim.shut_until)
            and not self._is_anothers(claim, moment)
        )
        opens = (must_open or must_not) and self.door.opens(claim.pin, moment)
        wrong = (must_open and not opens) or (must_not and opens)
        if claim.begun is not None and (not wrong or claim.stale != must_not):
            self._end_spell(claim, moment)
        if wrong and claim.begun is None:
            claim.begun, claim.stale = moment, must_not

    def _is_anothers(self, claim: Claim, moment: dt.datetime) -> bool:
        """The PIN has become somebody else's on this door."""
        own = (
            claim.stay if claim.shut_until is not None else None
        )  # a holder's next window is told by shut_until
        others = (
            other
            for other in self.claims
            if other is not claim and other.pin == claim.pin and other.stay != own
        )
        return any(other.window[0] - PRELOADED <= moment < other.ends_at for other in others)

    def drop(self, claim: Claim) -> None:
        """Nobody asks any more; to be called after `advance`."""
        self._end_spell(claim, self.at)
        self.claims.remove(claim)

    def _end_spell(self, claim: Claim, moment: dt.datetime) -> None:
        begun, claim.begun = claim.begun, None
        if begun is None or moment <= begun:
            return
        edited_at = self.edits.get(claim.pin)
        unread = begun if edited_at is None or edited_at > begun else min(edited_at + READING_BOUND, moment)
        if unread > begun:
            self.spells.append(Spell(claim.stay, self.key, claim.stale, begun, unread, edited=True))
        if moment > max(unread, begun):
            self.spells.append(Spell(claim.stay, self.key, claim.stale, max(unread, begun), moment))

    def _is_settled(self, claim: Claim, to: dt.datetime) -> bool:
        """Long over, and the lock does not know it any more."""
        if claim.shut_until is not None and to >= claim.shut_until:
            return True
        return to > claim.ends_at + 24 * 60 * MINUTE and not self.door.opens(claim.pin, to)
