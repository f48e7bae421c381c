"""From a holder's record to declared codes: the counterpart of access.declaring for people who are not guests.

Level-based: `declare_staff` looks at the record as it is now and makes the declarations agree; called twice, or late,
or after a crash it does the same. It runs directly after each change and from `sweep_staff`, once a minute, for
records whose next moment has come (`declare_at`): codes are declared for the windows of the coming days only.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from access.models import AccessGrant, StaffAccess
from access.staffing.agreeing import Wanted, agree, take_back
from access.staffing.expanding import Schedule, look_ahead
from locks.models import Device
from properties.compiled import compiled

logger = logging.getLogger(__name__)

ACTOR = "Keyturn"
HORIZON = dt.timedelta(days=8)
AFTER_FAULT = dt.timedelta(minutes=10)
ENDED = "access ended"
DELETED = "record deleted"


def schedule_of(staff: StaffAccess) -> Schedule:
    return Schedule(
        zone=ZoneInfo(staff.time_zone),
        first_day=staff.first_day,
        last_day=staff.last_day,
        rule=staff.rule,
        start_time=staff.start_time,
        end_time=staff.end_time,
        exceptions=frozenset(dt.date.fromisoformat(day) for day in staff.exceptions),
    )


@transaction.atomic
def declare_staff(staff_id: int, *, now: dt.datetime, actor: str = ACTOR) -> None:
    """Make the declared codes agree with the record, and note when to look again."""
    staff = _locked_staff.first(staff_id)
    if staff is None:
        return
    grant = _grant_of(staff)
    if staff.ended_at is not None:
        take_back(grant, reason=ENDED, now=now, actor=actor)
        staff.declare_at = None
    else:
        outlook = look_ahead(schedule_of(staff), now=now, horizon=HORIZON)
        agree(grant, Wanted(staff.holder_name, _devices_of(staff.pk), outlook.windows, now, actor))
        staff.declare_at = outlook.look_again_at
    staff.save(update_fields=["declare_at", "grant"])


def _grant_of(staff: StaffAccess) -> AccessGrant:
    if staff.grant_id is None:
        staff.grant = AccessGrant.objects.create(workspace_id=staff.workspace_id)
        return staff.grant
    (grant,) = _locked_grant(staff.grant_id)
    return grant


@compiled
def _locked_staff(staff_id: int) -> QuerySet[StaffAccess]:
    """Without key locks, as for every stay and grant: an event may be written about them meanwhile."""
    return StaffAccess.objects.select_for_update(of=("self",), no_key=True).filter(pk=staff_id)


@compiled
def _locked_grant(grant_id: int) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.select_for_update(no_key=True).filter(pk=grant_id)


@compiled
def _devices_of(staff_id: int) -> QuerySet[Device]:
    devices = Device.objects.filter(door__staff=staff_id, is_managed=True)
    return devices.select_related("account", "door").order_by("pk")


def sweep_staff(*, now: dt.datetime, limit: int = 200) -> int:
    """Declare every record whose moment has come; return how many there were."""
    due = StaffAccess.objects.filter(declare_at__lte=now).order_by("declare_at", "pk")
    return declare_each(due.values_list("pk", flat=True)[:limit], now=now)


def declare_each(staff_ids: Iterable[int], *, now: dt.datetime, actor: str = ACTOR) -> int:
    """One record must not keep the others from their codes: what fails is tried again by the sweep, later."""
    ids = list(staff_ids)
    for staff_id in ids:
        try:
            declare_staff(staff_id, now=now, actor=actor)
        except Exception as error:  # noqa: BLE001  -- as the docstring says
            logger.error("Staff access %s cannot be declared: %s", staff_id, type(error).__name__)  # noqa: TRY400
            StaffAccess.objects.filter(pk=staff_id).update(declare_at=now + AFTER_FAULT)
    return len(ids)


@transaction.atomic
def look_again_at_doors(door_ids: Iterable[int], *, now: dt.datetime) -> None:
    """Something about these doors changed (another lock, managed or not, gone): holders' codes follow on commit."""
    concerned = StaffAccess.objects.filter(doors__in=list(door_ids), ended_at=None)
    staff_ids = list(concerned.order_by("pk").values_list("pk", flat=True).distinct())
    if staff_ids:
        StaffAccess.objects.filter(pk__in=staff_ids).update(declare_at=now)
        transaction.on_commit(lambda: declare_each(staff_ids, now=now), robust=True)


def release_codes(staff: StaffAccess, *, now: dt.datetime) -> None:
    """The record is about to be deleted: its codes outlive it until the locks confirm that they are gone (F22)."""
    if staff.grant_id is not None:
        take_back(_grant_of(staff), reason=DELETED, now=now, actor=ACTOR)
