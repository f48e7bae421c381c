"""When a lock could be reached: spells of online, offline and unknown, from events of its own and of its account.

Unknown is what nobody could tell: while the account's connection was lost, before the first reading, and when a lock
that is called online was not heard of for a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from django.db.models import QuerySet

from access.enums import EventType
from access.models import Event
from access.online import Change, Spell, history_of, uptime_of
from locks.enums import AccountStatus
from locks.models import Account, Device

MOST: Final = 2000
STALE: Final = dt.timedelta(days=1)
SHOWN: Final = dt.timedelta(days=30)
LISTED: Final = 60
_ONLINE: Final = {
    EventType.DEVICE_CONNECTED: True,
    EventType.DEVICE_UNMANAGED_CONNECTED: True,
    EventType.DEVICE_DISCONNECTED: False,
    EventType.DEVICE_UNMANAGED_DISCONNECTED: False,
}
_CONNECTED: Final = (EventType.ACCOUNT_CONNECTED, EventType.ACCOUNT_DISCONNECTED)


@dataclass(frozen=True, slots=True)
class Connection:
    """Of the last days. `uptime`: the share of the known time."""

    spells: tuple[Spell, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    uptime: float | None
    drops: int
    unknown: dt.timedelta

    @property
    def days(self) -> int:
        return SHOWN.days

    @property
    def newest(self) -> tuple[Spell, ...]:
        return self.spells[: -LISTED - 1 : -1]

    @property
    def unlisted(self) -> int:
        return max(0, len(self.spells) - LISTED)


def connection_of(spells: Sequence[Spell], *, now: dt.datetime) -> Connection:
    """`spells`: at least of the days that are shown."""
    starts_at = now - SHOWN
    shown = clipped(spells, starts_at, now)
    return Connection(
        tuple(shown),
        starts_at,
        now,
        uptime=uptime_of(shown),
        drops=sum(
            1 for before, after in pairwise(shown) if before.online is not False and after.online is False
        ),
        unknown=sum((one.length for one in shown if one.online is None), dt.timedelta()),
    )


def spells_between(
    device: Device, starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime
) -> list[Spell]:
    """Oldest first, without gaps from the moment on that the device was brought in. `device` with its account."""
    begins = max(starts_at, min(device.created_at, now))
    ends_at = min(ends_at, now)
    if begins >= ends_at:
        return []
    spells = _device_spells(device, begins, ends_at)
    return hidden_by(spells, [*_lost(device, begins, ends_at), *_unheard(device, ends_at, now=now)])


def clipped(spells: Iterable[Spell], starts_at: dt.datetime, ends_at: dt.datetime) -> list[Spell]:
    inside = (one for one in spells if one.starts_at < ends_at and one.ends_at > starts_at)
    return [
        replace(one, starts_at=max(one.starts_at, starts_at), ends_at=min(one.ends_at, ends_at))
        for one in inside
    ]


def hidden_by(spells: Iterable[Spell], unknown: Sequence[tuple[dt.datetime, dt.datetime]]) -> list[Spell]:
    """The same spells, unknown wherever one of these times lies over them."""
    borders = sorted({moment for pair in unknown for moment in pair})
    found: list[Spell] = []
    for spell in spells:
        inside = [at for at in borders if spell.starts_at < at < spell.ends_at]
        cuts = [spell.starts_at, *inside, spell.ends_at]
        for begins, ends in pairwise(cuts):
            hidden = any(first <= begins and ends <= last for first, last in unknown)
            online = None if hidden else spell.online
            if found and found[-1].online is online:
                found[-1] = replace(found[-1], ends_at=ends)
            else:
                found.append(Spell(online, begins, ends))
    return found


def _device_spells(device: Device, starts_at: dt.datetime, ends_at: dt.datetime) -> list[Spell]:
    events = Event.objects.filter(device=device, type__in=list(_ONLINE))
    inside = events.filter(occurred_at__range=(starts_at, ends_at)).order_by("-occurred_at", "-pk")
    rows = list(inside.values_list("occurred_at", "type")[:MOST])[::-1]
    after = events.filter(occurred_at__gt=ends_at).order_by("occurred_at", "pk")
    following = after.values_list("type", flat=True).first()
    at_end = device.online if following is None else not _ONLINE[EventType(following)]
    changes = [Change(at, _ONLINE[EventType(kind)]) for at, kind in rows]
    known_from = rows[0][0] if len(rows) == MOST else starts_at
    spells = history_of(changes, starts_at=known_from, online_now=at_end, now=ends_at).spells
    return [*([Spell(None, starts_at, known_from)] if known_from > starts_at else []), *spells]


def _lost(
    device: Device, starts_at: dt.datetime, ends_at: dt.datetime
) -> list[tuple[dt.datetime, dt.datetime]]:
    """When the account's connection was lost."""
    account = device.account
    events = Event.objects.filter(account=account, type__in=list(_CONNECTED)).order_by("occurred_at", "pk")
    inside = events.filter(occurred_at__range=(starts_at, ends_at))
    rows = list(inside.values_list("occurred_at", "type")[:MOST])
    lost_since = starts_at if _was_lost(account, events, starts_at) else None
    found = []
    for at, kind in rows:
        if kind == EventType.ACCOUNT_DISCONNECTED:
            lost_since = lost_since or at
        elif lost_since is not None:
            found.append((lost_since, at))
            lost_since = None
    return [*found, (lost_since, ends_at)] if lost_since is not None else found


def _was_lost(account: Account, events: QuerySet[Event], moment: dt.datetime) -> bool:
    """What the last word before said; else the opposite of the next one, which told of a change; else as it is now."""
    before = events.filter(occurred_at__lt=moment).reverse().values_list("type", flat=True).first()
    if before is not None:
        return before == EventType.ACCOUNT_DISCONNECTED
    after = events.filter(occurred_at__gte=moment).values_list("type", flat=True).first()
    if after is not None:
        return after == EventType.ACCOUNT_CONNECTED
    return account.status == AccountStatus.DISCONNECTED


def last_heard(device: Device) -> dt.datetime | None:
    """When it last told anything of itself."""
    return max((at for at in (device.last_seen_at, device.last_read_at) if at), default=None)


def is_reachable(device: Device, *, now: dt.datetime) -> bool:
    """Whether what it said last holds now, as far as anybody knows. `device` with its account."""
    heard = last_heard(device)
    connected = device.account.status == AccountStatus.CONNECTED and device.removed_at is None
    return connected and device.online is True and heard is not None and now - heard < STALE


def _unheard(
    device: Device, ends_at: dt.datetime, *, now: dt.datetime
) -> list[tuple[dt.datetime, dt.datetime]]:
    heard = [at for at in (last_heard(device), device.online_changed_at) if at]
    last = max(heard, default=None)
    if last is None or device.online is not True or now - last < STALE or last >= ends_at:
        return []
    return [(last, ends_at)]
