"""What happened to a code, each kind counted with its first and last time, and what follows from that of its evidence.

Read by the other parts of a stay's page; one query, however many codes there are.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q
from django.db.models.fields.json import KT

from access.entries import OF_A_CODE
from access.enums import EventType
from access.models import AccessCode, Event
from access.states import Seen
from properties.models import Stay

STORED = (EventType.CODE_SCHEDULED, EventType.CODE_SET)
REMOVED = (EventType.CODE_REMOVED, EventType.CODE_DELETED_OUTSIDE)
MILESTONES = (
    *STORED,
    EventType.CODE_REMOVED,
    EventType.CODE_MODIFIED_OUTSIDE,
    EventType.CODE_DELETED_OUTSIDE,
    EventType.LOCK_UNLOCKED,
)


class Fate(enum.Enum):
    """What is known of a code's end. LEFT: it ended for Keyturn, and nothing showed that the lock gave it up."""

    LIVE = "live"
    UNSENT = "unsent"
    GONE = "gone"
    LEFT = "left"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something happened to a code, first and last; `sent_at` of the command that it confirmed."""

    first: dt.datetime
    last: dt.datetime
    number: int
    sent_at: dt.datetime | None


Tallies = Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class StayTallies:
    """`by_code`: of each code by type of event; `entries`: openings by any code of the stay, also by former ones."""

    by_code: Mapping[int, Tallies]
    entries: Tally | None


def tallies_of(stay: Stay, codes: Sequence[int]) -> StayTallies:
    own = OF_A_CODE & Q(stay=stay)
    rows = (
        Event.objects.filter(Q(access_code__in=codes, type__in=MILESTONES) | own)
        .order_by()
        .values_list("access_code", "type", "stay")
        .annotate(Min("occurred_at"), Max("occurred_at"), Count("pk"), sent=Min(KT("data__sent_at")))
    )
    found: dict[int, dict[str, Tally]] = {}
    entries: Tally | None = None
    for code, kind, of_stay, first, last, number, sent in rows:
        tally = Tally(first, last, number, dt.datetime.fromisoformat(sent) if sent else None)
        of_code = found.setdefault(code, {})
        of_code[kind] = _joined(of_code.get(kind), tally)
        if kind == EventType.LOCK_UNLOCKED and of_stay == stay.pk:
            entries = _joined(entries, tally)
    return StayTallies(found, entries)


def _joined(one: Tally | None, other: Tally) -> Tally:
    if one is None:
        return other
    sent = min((at for at in (one.sent_at, other.sent_at) if at is not None), default=None)
    return Tally(min(one.first, other.first), max(one.last, other.last), one.number + other.number, sent)


def stored_at(code: AccessCode, tallies: Tallies) -> dt.datetime | None:
    """When the lock was first known to hold the code."""
    known = [tallies[one].first for one in STORED if one in tallies]
    # A staged code is confirmed by a reading and has no event before it opens.
    return min([*known, *([code.confirmed_at] if code.confirmed_at is not None else [])], default=None)


def sent_at(code: AccessCode, tallies: Tallies) -> dt.datetime | None:
    """When the first command went out that was confirmed; else the last one."""
    told = [tally.sent_at for tally in tallies.values() if tally.sent_at is not None]
    return min(told, default=code.written_at)


def fate_of(code: AccessCode, tallies: Tallies) -> Fate:
    """Gone is what a lock showed or answered; that Keyturn let a code go says nothing of the lock."""
    if code.is_offline:
        return Fate.OFFLINE
    if code.ended_at is None:
        return Fate.LIVE
    removed = tallies.get(EventType.CODE_REMOVED)
    # Each command makes `seen` unknown again, so an absence is one that was found after the last of them.
    if code.seen == Seen.ABSENT or (removed is not None and _is_after_commands(removed, code)):
        return Fate.GONE
    return Fate.UNSENT if code.written_at is None and not tallies else Fate.LEFT


def _is_after_commands(removed: Tally, code: AccessCode) -> bool:
    found_again = code.seen in (Seen.PRESENT, Seen.DIFFERS, Seen.ASSUMED)
    return not found_again and (code.written_at is None or removed.last >= code.written_at)


def gone_at(code: AccessCode, tallies: Tallies) -> dt.datetime | None:
    """Of a code that is gone: when that was confirmed."""
    known = [tallies[one].last for one in REMOVED if one in tallies]
    return max(known, default=code.ended_at)
