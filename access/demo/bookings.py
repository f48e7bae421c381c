"""Stays that the demo's manager booked by hand, relative to the day on which the demo is started.

They go through the door that pages use. Once the last of them have arrived, a start on a later day books anew, so that
a demo that is looked at again next week has guests. Called by `manage.py demo`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from properties.booking import MANUAL_SOURCE, GuestDetails, StayDetails, new_external_id, save_stay
from properties.enums import StayKind, StayStatus
from properties.models import Property, Stay, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from properties.models import Workspace

DAY: Final = dt.timedelta(days=1)
HALF_HOUR: Final = dt.timedelta(minutes=30)
AHEAD: Final = dt.timedelta(hours=2)
AFTERNOON: Final = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """Who stays where, from the day `first` (0: today) to the day `last`.

    `may_fail`: one of these arrivals is in danger, that where it is afternoon soon (`soonest`).
    `before`: who leaves before one of these; before that in danger, while nobody reaches the lock any more.
    `troubled`: booked only after something went wrong at the lock (see `goings_on`).
    """

    place: str
    unit: str
    first: int
    last: int
    guest: str
    email: str = ""
    phone: str = ""
    language: str = ""
    may_fail: bool = False
    before: bool = False
    kind: StayKind = StayKind.GUEST
    status: StayStatus = StayStatus.CONFIRMED
    hold_access: bool = False
    troubled: bool = False
    notes: str = ""


SEAVIEW, LINDENHOF, KAURI = "Seaview House", "Lindenhof", "Kauri Lodge"
HARBOUR, CASA, PINE = "Harbour Lofts", "Casa Jacaranda", "Pine Ridge Cabins"

PLANS: Final = (
    Plan(SEAVIEW, "Flat 3", -1, 2, "Amelia Hart", "amelia.hart@example.com", "+44 7700 900118", "en"),
    Plan(SEAVIEW, "Flat 3", 4, 9, "Dries Claes", "dries.claes@example.com", "+32 470 00 01 62"),
    Plan(SEAVIEW, "Flat 4", -3, 0, "Jonas Weber", "jonas.weber@example.com", "+49 1515 5500142", "de"),
    Plan(
        *(SEAVIEW, "Flat 4", 0, 4, "Sofía Lindqvist"),
        *("sofia.lindqvist@example.com", "+46 70 174 06 05", "es"),
        notes="Travels with a cot.",
    ),
    Plan(LINDENHOF, "Loft", -2, 1, "Hanna Fischer", "hanna.fischer@example.com", "+49 1515 5500177", "de"),
    Plan(LINDENHOF, "Loft", 1, 5, "Mathieu Roy", "mathieu.roy@example.com", "+33 6 39 98 01 44", "fr"),
    Plan(KAURI, "Beach bach", -3, 0, "Callum Reid", "callum.reid@example.com", "+44 7700 900152", before=True),
    Plan(KAURI, "Beach bach", 0, 3, "Aroha Williams", "aroha.w@example.com", "+64 20 4000 1180", may_fail=True),
    Plan(KAURI, "Beach bach", 6, 9, "Tane and Ruth", kind=StayKind.OWNER),
    Plan(
        HARBOUR, "Loft A", -2, 0, "Jasper Vos", "jasper.vos@example.com", "+31 6 00 00 01 48", before=True
    ),
    Plan(
        HARBOUR, "Loft A", 0, 3, "Ingrid Solberg", "ingrid.solberg@example.com", "+47 400 00 151", may_fail=True
    ),
    Plan(
        HARBOUR, "Loft B", -1, 3, "Noah Lindholm", "noah.lindholm@example.com", "+45 20 00 01 93",
        troubled=True,
    ),
    Plan(HARBOUR, "Loft C", -4, 0, "Priya Raman", "priya.raman@example.com", "+44 7700 900164"),
    Plan(HARBOUR, "Loft C", 1, 2, "Bruno Keller", "bruno.keller@example.com", "+49 1515 5500190", "de"),
    Plan(HARBOUR, "Loft C", 2, 5, "Elio Conti", "elio.conti@example.com", "+39 320 000 0127"),
    Plan(HARBOUR, "Loft D", -1, 2, "Victor Blanc", "victor.blanc@example.com", "+33 6 39 98 01 57", "fr"),
    Plan(HARBOUR, "Loft D", 5, 40, "Mette Kjær", "mette.kjaer@example.com", kind=StayKind.LEASE),
    Plan(CASA, "Garden room", -1, 2, "Lucía Ortega", "lucia.ortega@example.com", "+52 55 0000 0188", "es"),
    Plan(
        *(CASA, "Garden room", 3, 6, "Owen Pryce", "owen.pryce@example.com", "+44 7700 900139"),
        hold_access=True,
        notes="Contract not signed yet.",
    ),
    Plan(
        CASA, "Patio room", 1, 4, "Camille Laurent", "camille.laurent@example.com", "+33 6 39 98 01 22", "fr",
        troubled=True,
    ),
    Plan(
        CASA, "Terrace suite", -4, 0, "Chloé Martin", "chloe.martin@example.com", "+33 6 39 98 01 35", "fr",
        before=True,
    ),
    Plan(CASA, "Terrace suite", 0, 2, "Ben Ashworth", "ben.ashworth@example.com", "+44 7700 900171", may_fail=True),
    Plan(CASA, "Terrace suite", 6, 8, "R. Okonkwo", status=StayStatus.TENTATIVE),
    Plan(PINE, "Cabin 1", -1, 2, "Grace Novak", "grace.novak@example.com", "+1 403 555 0116"),
    Plan(PINE, "Cabin 2", 1, 3, "Hugo Bernal", "hugo.bernal@example.com", "+1 403 555 0172", "es"),
    Plan(PINE, "Cabin 3", -1, 1, "Ida Nyberg", "ida.nyberg@example.com", "+46 70 174 06 38"),
    Plan(PINE, "Cabin 3", 2, 5, "Painters", kind=StayKind.BLOCK),
)  # fmt: skip


def is_booked(workspace: Workspace, *, now: dt.datetime) -> bool:
    """Whether guests of an earlier start are still to come, or arrived today."""
    today = (now - DAY).date()
    return Stay.objects.in_workspace(workspace).filter(source=MANUAL_SOURCE, arrival_date__gte=today).exists()


def soonest(workspace: Workspace, *, today: dt.datetime) -> Plan:
    """The arrival that may fail where it is nearest to the middle of the afternoon two hours from now."""
    zones = {place.name: place.zone for place in Property.objects.in_workspace(workspace)}

    def distance(plan: Plan) -> float:
        local = (today + AHEAD).astimezone(zones[plan.place])
        return abs(local.hour + local.minute / 60 - AFTERNOON)

    return min((plan for plan in PLANS if plan.may_fail), key=distance)


def book(
    workspace: Workspace, plans: Iterable[Plan], *, actor: str, today: dt.datetime, now: dt.datetime
) -> dict[str, Stay]:
    """Booked at `now`, for days from `today` on; by the guest's name. Where a unit is taken, a plan is left out."""
    booked = {}
    units = {
        (unit.property.name, unit.name): unit
        for unit in Unit.objects.in_workspace(workspace).select_related("property")
    }
    endangered = soonest(workspace, today=today)
    for plan in plans:
        unit = units[plan.place, plan.unit]
        is_there = (plan.place, plan.unit) == (endangered.place, endangered.unit)
        soon = is_there and (plan.may_fail or plan.before)
        details = details_of_plan(plan, unit, today=today, soon=soon)
        if not _is_taken(details):
            saved = save_stay(
                workspace,
                source=MANUAL_SOURCE,
                external_id=new_external_id(),
                details=details,
                actor=actor,
                now=now,
            )
            booked[plan.guest] = saved.stay
    return booked


def details_of_plan(plan: Plan, unit: Unit, *, today: dt.datetime, soon: bool) -> StayDetails:
    arrives, leaves = _times(plan, unit.property, today=today, soon=soon)
    return StayDetails(
        unit=unit,
        arrival_date=arrives.date(),
        departure_date=leaves.date(),
        kind=plan.kind,
        status=plan.status,
        check_in_time=arrives.time() if soon and plan.may_fail else None,
        check_out_time=leaves.time() if soon and plan.before else None,
        guest=GuestDetails(name=plan.guest, email=plan.email, phone=plan.phone, language=plan.language),
        adults=2 if plan.kind == StayKind.GUEST else None,
        notes=plan.notes,
        hold_access=plan.hold_access,
    )


def _times(plan: Plan, place: Property, *, today: dt.datetime, soon: bool) -> tuple[dt.datetime, dt.datetime]:
    """The days, and of whom it is `soon` the times: the next full half hour in two hours, the last one before now."""
    local = today.astimezone(place.zone)
    stays = (plan.last - plan.first) * DAY
    if not soon:
        return local + plan.first * DAY, local + plan.last * DAY
    if plan.before:
        leaves = _full_half_hour(local)
        return leaves - stays, leaves
    arrives = _full_half_hour(local + AHEAD) + HALF_HOUR
    return arrives, arrives + stays


def _full_half_hour(moment: dt.datetime) -> dt.datetime:
    """At it or before, as people name times."""
    return moment.replace(minute=30 * (moment.minute // 30), second=0, microsecond=0)


def _is_taken(details: StayDetails) -> bool:
    others = Stay.objects.filter(unit=details.unit).exclude(status=StayStatus.CANCELLED)
    before_end = Q() if details.departure_date is None else Q(arrival_date__lt=details.departure_date)
    after_begin = Q(departure_date=None) | Q(departure_date__gt=details.arrival_date)
    return others.filter(before_end & after_begin).exists()
