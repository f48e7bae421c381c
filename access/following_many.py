"""Let the codes of many changed stays follow them in a few statements: a booking system sends all of its stays again.

It makes what access.declaring makes of each, for those whose way is the usual one: the stay still opens the same doors,
each by the code that it has, and at most its window or its guest's name is another. All others (cancelled, moved to
another unit, with a backup, a PIN that was asked for or a code that can't be changed) are declared one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from access.declaring import ACTOR, is_entitled
from access.declaring_many import declare_in_lots
from access.enums import EventType
from access.events import code_event
from access.models import AccessCode, AccessGrant, Event
from access.preferring import is_new_wish
from access.shifting import SHIFTED, shift
from locks.queries import doors_by_unit
from locks.waking import wake_devices
from properties import booking
from properties.models import Stay, Unit
from properties.quick_writes import update_many


def declare_changed_stays(stay_ids: Sequence[int], *, now: dt.datetime) -> None:
    declare_in_lots(stay_ids, _follow_lot, now=now)


@transaction.atomic
def _follow_lot(stay_ids: Sequence[int], now: dt.datetime) -> list[int]:
    """Stays, then grants, then codes, then devices, as everybody holds them."""
    rows = Stay.objects.select_for_update(of=("self",), no_key=True).select_related("guest")
    stays = list(rows.prefetch_related("unit__property").filter(pk__in=stay_ids).order_by("pk"))
    grants = _grants_of(stays)
    codes = _codes_of(grants)
    wanted = _devices_of({stay.unit_id: stay.unit for stay in stays}.values())
    done, moved = [], list[AccessCode]()
    events = list[Event]()
    for stay in stays:
        mine = [(code, grant) for grant in grants.get(stay.pk, ()) for code in codes.get(grant.pk, ())]
        if not _is_usual(stay, grants.get(stay.pk, []), [code for code, _ in mine], wanted[stay.unit_id]):
            continue
        done.append(stay)
        for code, _ in mine:
            told = shift(code, stay, now=now)
            if told is not None:
                moved.append(code)
                data = {"before": told.before, "after": told.after}
                events.append(code_event(code, EventType.CODE_CHANGED, now=now, actor=ACTOR, **data))
    update_many(moved, SHIFTED)
    Event.objects.bulk_create(events)
    wake_devices({code.device_id for code in moved}, at=now)
    booking.acknowledge_all(done)
    return sorted(set(stay_ids) - {stay.pk for stay in done})


def _is_usual(
    stay: Stay, grants: Sequence[AccessGrant], codes: Sequence[AccessCode], wanted: Sequence[int]
) -> bool:
    if not is_entitled(stay):
        return not grants and not stay.cancel_reason
    if len(grants) != 1 or is_new_wish(grants[0], stay.preferred_code):
        return False
    if any(code.is_offline or code.is_backup for code in codes):
        return False
    return sorted(code.device_id for code in codes) == list(wanted)


def _grants_of(stays: Iterable[Stay]) -> dict[int, list[AccessGrant]]:
    found: dict[int, list[AccessGrant]] = {}
    rows = AccessGrant.objects.select_for_update(no_key=True).filter(revoked_at=None)
    for grant in rows.filter(stay__in=[stay.pk for stay in stays]).order_by("pk"):
        if grant.stay_id is not None:
            found.setdefault(grant.stay_id, []).append(grant)
    return found


def _codes_of(grants: Mapping[int, Sequence[AccessGrant]]) -> dict[int, list[AccessCode]]:
    """Live ones by grant, backups too; with their devices' accounts and their grants."""
    by_key = {grant.pk: grant for some in grants.values() for grant in some}
    found: dict[int, list[AccessCode]] = {}
    rows = AccessCode.objects.select_for_update(of=("self",)).prefetch_related("device__account")
    for code in rows.filter(grant__in=by_key, revoked_at=None, ended_at=None).order_by("pk"):
        grant = code.grant = by_key[code.grant_id or 0]
        found.setdefault(grant.pk, []).append(code)
    return found


def _devices_of(units: Iterable[Unit]) -> dict[int, list[int]]:
    return {
        unit_id: sorted(door.device_id for door in doors if door.device.is_managed)
        for unit_id, doors in doors_by_unit(units).items()
    }
