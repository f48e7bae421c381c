"""Which locks of a stay were out of reach for some of its window so far, so that the lack of an entry says nothing.

For all its doors at once, in two queries; access.lock_history.spells tells the spells of one lock for its own page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Min

from access.enums import EventType
from access.lock_history.spells import STALE
from access.models import Event
from locks.enums import AccountStatus
from locks.models import Device
from properties.models import Stay

_CAME: Final = (EventType.DEVICE_CONNECTED, EventType.DEVICE_UNMANAGED_CONNECTED)
_WENT: Final = (EventType.DEVICE_DISCONNECTED, EventType.DEVICE_UNMANAGED_DISCONNECTED)
_LEFT: Final = (EventType.DEVICE_UNMANAGED,)
_FOUND: Final = (EventType.ACCOUNT_CONNECTED,)
_LOST: Final = (EventType.ACCOUNT_DISCONNECTED,)

# Of a lock or an account: the first time that each type of event happened after the window began.
Firsts = Mapping[str, dt.datetime]


@dataclass(frozen=True, slots=True)
class Elapsed:
    starts_at: dt.datetime
    until: dt.datetime


def out_of_reach(stay: Stay, devices: Sequence[Device], *, now: dt.datetime) -> set[int]:
    """Keys of the devices, which come with their accounts."""
    until = now if stay.ends_at is None else min(now, stay.ends_at)
    if until <= stay.starts_at or not devices:
        return set()
    window = Elapsed(stay.starts_at, until)
    since = Event.objects.filter(workspace=stay.workspace_id, occurred_at__gt=window.starts_at).order_by()
    of_device = _firsts(
        since.filter(device__in=[one.pk for one in devices], type__in=[*_CAME, *_WENT, *_LEFT]).values_list(
            "device", "type", Min("occurred_at")
        )
    )
    of_account = _firsts(
        since.filter(account__in={one.account_id for one in devices}, type__in=[*_FOUND, *_LOST]).values_list(
            "account", "type", Min("occurred_at")
        )
    )
    return {
        one.pk
        for one in devices
        if is_out_of_reach(
            one, of_device.get(one.pk, {}), of_account.get(one.account_id, {}), window, now=now
        )
    }


def is_out_of_reach(
    device: Device, firsts: Firsts, of_account: Firsts, window: Elapsed, *, now: dt.datetime
) -> bool:
    """For some of the window, or nobody could tell. Pure."""
    account = device.account
    lost = account.status == AccountStatus.DISCONNECTED
    return (
        _was_away(
            firsts,
            _CAME,
            _WENT,
            window,
            is_new=device.created_at >= window.starts_at,
            is_away=not device.online,
        )
        or _was_away(
            of_account, _FOUND, _LOST, window, is_new=account.created_at >= window.starts_at, is_away=lost
        )
        or _was_let_go(device, firsts, window)
        or _is_unheard(device, window, now=now)
    )


def _was_away(
    firsts: Firsts,
    came: Sequence[str],
    went: Sequence[str],
    window: Elapsed,
    *,
    is_new: bool,
    is_away: bool,
) -> bool:
    """What happened first tells how it was before; if nothing did, it was as it is now."""
    back = min((firsts[one] for one in came if one in firsts), default=None)
    gone = min((firsts[one] for one in went if one in firsts), default=None)
    if back is None and gone is None:
        return is_away
    if back is not None and (gone is None or back < gone) and not is_new:
        return True
    return gone is not None and gone < window.until


def _was_let_go(device: Device, firsts: Firsts, window: Elapsed) -> bool:
    left = firsts.get(EventType.DEVICE_UNMANAGED)
    if device.removed_at is not None and device.removed_at < window.until:
        return True
    return left < window.until if left is not None else not device.is_managed


def _is_unheard(device: Device, window: Elapsed, *, now: dt.datetime) -> bool:
    heard = [at for at in (device.last_seen_at, device.last_read_at, device.online_changed_at) if at]
    last = max(heard, default=None)
    return last is not None and now - last >= STALE and last < window.until


def _firsts(rows: Iterable[tuple[int, str, dt.datetime]]) -> dict[int, dict[str, dt.datetime]]:
    found: dict[int, dict[str, dt.datetime]] = {}
    for key, kind, at in rows:
        found.setdefault(key, {})[kind] = at
    return found
