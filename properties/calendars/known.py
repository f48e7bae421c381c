"""What merging is given and what it decides, as plain data."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from properties.calendars.reading import Classified
from properties.enums import AmbiguousPolicy, Decision, EventClass


class Dated(Protocol):
    """Whatever has nights: an event, a stay, an event that had to be skipped."""

    @property
    def arrival_date(self) -> dt.date: ...

    @property
    def departure_date(self) -> dt.date | None: ...


@dataclass(frozen=True, slots=True)
class KnownStay:
    pk: int
    live: bool
    cancel_reason: str
    arrival_date: dt.date
    departure_date: dt.date | None
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    tentative: bool = False
    name: str = ""
    reference: str = ""
    last4: str = ""

    def has_begun(self, now: dt.datetime, today: dt.date) -> bool:
        """From the first minute of the arrival day on, because that is when channels begin to drop events."""
        return self.starts_at <= now or self.arrival_date <= today

    def has_ended(self, now: dt.datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def would_lose_its_guest(self, arrival: dt.date, now: dt.datetime, today: dt.date) -> bool:
        """The guest is in the house or expected today, and would be moved to an arrival that is still to come."""
        return self.live and self.has_begun(now, today) and not self.has_ended(now) and arrival > today

    def is_over_before(self, arrival: dt.date, now: dt.datetime) -> bool:
        return self.has_ended(now) and self.departure_date is not None and self.departure_date <= arrival


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event that an earlier read showed; `pk` None: a stay left behind by a feed that was deleted.

    `by_policy`: it was the feed's policy, not a person, that accepted it. `digest`: what of it was carried out.
    """

    pk: int | None
    uid: str
    kind: EventClass
    decision: Decision = Decision.NONE
    by_policy: bool = False
    digest: str = ""
    missed: int = 0
    missing_since: dt.datetime | None = None
    retired: bool = False
    stay: KnownStay | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    policy: AmbiguousPolicy
    mass_absence_since: dt.datetime | None = None
    mass_absence_allowed: bool = False


@dataclass(frozen=True)
class Read:
    """One good fetch. `unreadable`: UIDs that were there but could not be read; they are not absent.

    `nameless`: the nights of events without a UID; None where not even these could be read.
    """

    events: tuple[Classified, ...]
    complete: bool
    now: dt.datetime
    today: dt.date
    unreadable: frozenset[str] = frozenset()
    nameless: tuple[Dated | None, ...] = ()

    @cached_property
    def uids(self) -> frozenset[str]:
        return self.unreadable | {one.event.uid for one in self.events}

    @property
    def is_empty(self) -> bool:
        return not self.uids and not self.nameless


class Step(enum.StrEnum):
    """What to do about an event that is there."""

    CREATE = "create"
    CHANGE = "change"
    CANCEL = "cancel"
    REINSTATE = "reinstate"
    ASK = "ask"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`known` is the event it is taken for; its UID differs where the source gave the same stay another one."""

    classified: Classified
    known: KnownEvent | None
    step: Step
    decision: Decision
    reason: str

    @property
    def renamed(self) -> bool:
        return self.known is not None and self.known.uid != self.classified.event.uid


class AbsenceStep(enum.StrEnum):
    """What to do about a known event that is not there."""

    KEEP = "keep"
    MISS = "miss"
    HOLD = "hold"
    CANCEL = "cancel"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Absence:
    known: KnownEvent
    step: AbsenceStep
    reason: str
    missed: int
    missing_since: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Absences:
    found: Sequence[Absence]
    mass_absence_since: dt.datetime | None
    mass_absence_allowed: bool
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`message` says what a person should know; `suspect` that the read was not fully trusted."""

    verdicts: tuple[Verdict, ...]
    absences: tuple[Absence, ...]
    suspect: bool
    message: str
    mass_absence_since: dt.datetime | None
    mass_absence_allowed: bool
