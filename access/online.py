"""When a device was online: spells, the share of the time, and whether its connection has become unsteady.

Read by access.lock_history for pages; `is_flaky` by access.running.health. Pure except for `drops_of`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from access.enums import EventType
from access.models import Event
from locks.models import Device
from properties.compiled import compiled

# Four drops within six hours are no accident; two quiet hours end it. A lock that drops off once a night is steady.
FLAKY_DROPS = 4
FLAKY_WITHIN = dt.timedelta(hours=6)
STEADY_AFTER = dt.timedelta(hours=2)
_GOINGS = (EventType.DEVICE_DISCONNECTED, EventType.DEVICE_UNMANAGED_DISCONNECTED)


@dataclass(frozen=True, slots=True)
class Change:
    at: dt.datetime
    online: bool


@dataclass(frozen=True, slots=True)
class Spell:
    """`online` None: not known."""

    online: bool | None
    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def length(self) -> dt.timedelta:
        return self.ends_at - self.starts_at


@dataclass(frozen=True, slots=True)
class OnlineHistory:
    """`uptime`: the share of the known time; None where nothing is known."""

    spells: tuple[Spell, ...]
    uptime: float | None
    drops: int


def history_of(
    changes: Sequence[Change], *, starts_at: dt.datetime, online_now: bool | None, now: dt.datetime
) -> OnlineHistory:
    """Changes oldest first. Before the first one it was the other way round; without any, as it is now."""
    changes = [change for change in changes if starts_at <= change.at <= now]
    before = not changes[0].online if changes else online_now
    spells: list[Spell] = []
    states = [(before, starts_at), *((change.online, change.at) for change in changes)]
    ends = [*(at for _, at in states[1:]), now]
    for (online, begins), ends_at in zip(states, ends, strict=True):
        if spells and spells[-1].online is online:
            spells[-1] = replace(spells[-1], ends_at=ends_at)
        elif ends_at > begins:
            spells.append(Spell(online, begins, ends_at))
    drops = sum(1 for spell in spells[1:] if spell.online is False)
    return OnlineHistory(tuple(spells), uptime_of(spells), drops)


def uptime_of(spells: Sequence[Spell]) -> float | None:
    known = [spell for spell in spells if spell.online is not None]
    total = sum((spell.length for spell in known), dt.timedelta())
    if not total:
        return None
    return sum((spell.length for spell in known if spell.online), dt.timedelta()) / total


def is_flaky(drops: Sequence[dt.datetime], *, was_flaky: bool, now: dt.datetime) -> bool:
    """Flaky after several drops in a short time, until it has held for a while: two borders, so that this itself does
    not flap."""
    dropped_lately = any(drop > now - STEADY_AFTER for drop in drops)
    many = sum(1 for drop in drops if drop > now - FLAKY_WITHIN) >= FLAKY_DROPS
    return dropped_lately and (was_flaky or many)


def drops_of(device: Device, *, now: dt.datetime) -> list[dt.datetime]:
    """When the device went offline, as far as it matters for its being flaky."""
    return _goings(device.pk, now - FLAKY_WITHIN)


@compiled
def _goings(device_id: int, after: dt.datetime) -> QuerySet[Event, dt.datetime]:
    events = Event.objects.filter(device=device_id, type__in=_GOINGS, occurred_at__gt=after)
    return events.values_list("occurred_at", flat=True)
