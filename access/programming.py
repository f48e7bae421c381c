"""The running and coming stays of a lock's door, and which of them have their code declared on it.

`programme_stays` has the missing ones declared, by access.declaring and nothing else: asked again it finds nothing to
do. What was missed elsewhere is found by the sweep; this is for a person who wants to see it done, such as after
connecting a lock. Called by access.views.placing.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from access.declaring import ENTITLED_KINDS, declare_stay, is_entitled
from access.models import AccessCode
from locks.models import Door
from locks.queries import units_of_door
from properties.enums import StayKind, StayStatus
from properties.models import Stay, Workspace
from properties.noting import note_change

logger = logging.getLogger(__name__)

LISTED: Final = 100
# Declared at one click; whoever has more clicks again, and the sweep goes on meanwhile.
AT_ONCE: Final = 300


@dataclass(frozen=True, slots=True)
class StayAtDoor:
    """`why`: why it has no code here, in words; empty where it has one. `is_missing`: it should have one."""

    stay: Stay
    has_code: bool
    why: str

    @property
    def is_missing(self) -> bool:
        return not self.has_code and is_entitled(self.stay)


@dataclass(frozen=True, slots=True)
class Programmed:
    """`tried`: stays that lacked a code; `failed`: those that still do."""

    tried: int
    failed: int

    @property
    def done(self) -> int:
        return self.tried - self.failed


@dataclass(frozen=True, slots=True)
class ComingStays:
    stays: tuple[StayAtDoor, ...]
    number: int
    with_code: int
    missing: int

    @property
    def unlisted(self) -> int:
        return self.number - len(self.stays)


def coming_stays(door: Door, *, now: dt.datetime) -> ComingStays:
    rows = _stays_of(door, now=now)
    counted = rows.aggregate(
        number=Count("pk"),
        with_code=Count("pk", filter=Q(has_code=True)),
        missing=Count("pk", filter=_ENTITLED & Q(has_code=False)),
    )
    listed = rows.select_related("unit__property", "guest").order_by("starts_at", "pk")[:LISTED]
    lines = tuple(StayAtDoor(stay, stay.has_code, "" if stay.has_code else _why(stay)) for stay in listed)
    return ComingStays(lines, **counted)


def programme_stays(door: Door, *, actor: str, now: dt.datetime) -> Programmed:
    """Declare what is missing on the door's lock. Each stay is a transaction of its own; what counts is what has a code
    afterwards."""
    missing = _stays_of(door, now=now).filter(_ENTITLED & Q(has_code=False))
    tried = list(missing.order_by("starts_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for stay_id in tried:
        try:
            declare_stay(stay_id, now=now)
        except Exception as error:  # noqa: BLE001 -- one stay must not keep the others from their codes
            logger.error("Stay %s cannot be declared: %s", stay_id, type(error).__name__)  # noqa: TRY400
    result = Programmed(len(tried), failed=missing.filter(pk__in=tried).count())
    if result.done:
        stays = f"{result.done} {'stay' if result.done == 1 else 'stays'}"
        where = f"{door.name} of {door.property.name}: {stays}"
        note_change(door.property.workspace, "Coming stays programmed", where, actor=actor, now=now)
    return result


def stays_by_unit(workspace: Workspace, *, now: dt.datetime) -> dict[int, int]:
    """How many running and coming stays would get a code at a door of each unit, by the unit's pk."""
    rows = Stay.objects.in_workspace(workspace).filter(_ENTITLED, _current(now))
    return dict(rows.order_by().values_list("unit").annotate(number=Count("pk")))


_ENTITLED: Final = Q(status=StayStatus.CONFIRMED, kind__in=ENTITLED_KINDS, hold_access=False)


def _current(now: dt.datetime) -> Q:
    return Q(ends_at__isnull=True) | Q(ends_at__gt=now)


def _stays_of(door: Door, *, now: dt.datetime) -> QuerySet[Stay, Any]:
    codes = AccessCode.objects.filter(
        device=door.device_id, grant__stay=OuterRef("pk"), is_backup=False, revoked_at=None, ended_at=None
    )
    return (
        Stay.objects.filter(_current(now), unit__in=units_of_door(door))
        .exclude(status=StayStatus.CANCELLED)
        .exclude(kind=StayKind.BLOCK)
        .annotate(has_code=Exists(codes))
    )


def _why(stay: Stay) -> str:
    if stay.status != StayStatus.CONFIRMED:
        return f"it is {stay.get_status_display().lower()}"
    if stay.hold_access:
        return "its access is held"
    return "none is declared on this lock"
