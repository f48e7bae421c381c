"""Makers of holders with their doors, for the tests of this package and of its pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from access.enums import StaffKind
from access.models import AccessCode, StaffAccess
from access.staffing import StaffDetails, save_staff_access
from locks.models import Door

TUESDAY = dt.date(2027, 3, 2)


def make_details(*doors: Door, **fields: Any) -> StaffDetails:
    """Tuesdays from ten to twelve, unless told otherwise."""
    given = {
        "kind": StaffKind.CLEANER,
        "holder_name": "Olga Petrescu",
        "doors": doors,
        "first_day": TUESDAY,
        "rule": "FREQ=WEEKLY;BYDAY=TU",
        "start_time": dt.time(10),
        "end_time": dt.time(12),
    }
    return StaffDetails(**{**given, **fields})


def make_staff(*doors: Door, now: dt.datetime | None = None, **fields: Any) -> StaffAccess:
    return save_staff_access(
        doors[0].property.workspace,
        make_details(*doors, **fields),
        actor="ana@example.org",
        now=now or timezone.now(),
    )


def resident(*doors: Door, **fields: Any) -> StaffAccess:
    around_the_clock = {"kind": StaffKind.RESIDENT, "rule": "", "start_time": None, "end_time": None}
    return make_staff(*doors, **{**around_the_clock, **fields})


def pin_of(staff: StaffAccess) -> str:
    assert staff.grant is not None
    assert staff.grant.pin is not None
    return staff.grant.pin


def live_codes(staff: StaffAccess) -> list[AccessCode]:
    codes = AccessCode.objects.filter(grant=staff.grant, revoked_at=None, ended_at=None)
    return list(codes.order_by("device_id", "starts_at"))
