"""Locks: list with health, and one lock with what we declared beside what it says it holds, over time."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from access.backups.showing import pool_panel
from access.boards import BATTERY_LOW
from access.codes import zone_of_door
from access.device_pages import capacity_of, code_lines, device_version, is_full, past_lines
from access.foreign import unmanaged_lines
from access.health_pages import health_panel, is_lock_settling
from access.lock_history import (
    battery_line,
    connection_of,
    load_history,
    next_vacant_day,
    period_asked,
    spells_between,
    strip_of,
)
from access.lock_history.battery import BACK
from access.timeline import timeline_of_device
from locks.brands import brand_of
from locks.devices import capabilities_of
from locks.enums import AccountStatus
from locks.models import Device
from locks.waking import ask_devices
from properties.models import Workspace
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, member_required
from properties.views.shared import is_unchanged, page_of, render_live, unchanged

if TYPE_CHECKING:
    import datetime as dt
    import zoneinfo

    from django.http import HttpResponse

FILTERS: Final = {
    "all": "All",
    "offline": "Offline",
    "battery": "Low battery",
    "full": "Full",
    "unmanaged": "Not managed",
    "foreign": "With unmanaged codes",
}
TIMELINE_LENGTH: Final = 30
LINES_LISTED: Final = 12
# Seconds between two looks of the page: what a person changed is seen within two.
SETTLING, RESTING = 0.5, 5
NOT_ASKED = Q(account__status=AccountStatus.DISCONNECTED)


@require_safe
@member_required
def list_devices(request: MemberRequest) -> HttpResponse:
    show = request.GET.get("show", "all")
    show = show if show in FILTERS else "all"
    page = page_of(_rows(request.workspace, show), request)
    rows = [
        (device, brand_of(device.brand).display_name, capabilities_of(device)) for device in page.object_list
    ]
    context = {"page": page, "rows": rows, "filters": FILTERS, "show": show, "battery_low": BATTERY_LOW}
    return render(request, "access/device_list.html", context)


def _rows(workspace: Workspace, show: str) -> QuerySet[Device]:
    foreign = Q(lock_codes__access_code=None, lock_codes__pk__isnull=False)
    rows = (
        Device.objects.in_workspace(workspace)
        .select_related("account", "door__property")
        .annotate(
            held=Count("lock_codes", distinct=True),
            foreign=Count("lock_codes", filter=foreign, distinct=True),
            undecided=Count("lock_codes", filter=foreign & Q(lock_codes__ignored_at=None), distinct=True),
        )
        .order_by("door__property__name", "door__name", "name", "pk")
    )
    match show:
        case "offline":
            return rows.filter(Q(online=False) | NOT_ASKED)
        case "battery":
            return rows.filter(battery_level__lt=BATTERY_LOW)
        case "full":
            return rows.filter(pk__in=_full_ones(workspace))
        case "unmanaged":
            return rows.filter(is_managed=False)
        case "foreign":
            return rows.filter(undecided__gt=0)
    return rows


def _full_ones(workspace: Workspace) -> list[int]:
    """How many a lock can hold is told by its brand and by itself, not by a column."""
    counted = Device.objects.in_workspace(workspace).annotate(held=Count("lock_codes"))
    return [device.pk for device in counted.filter(held__gt=0) if is_full(device, device.held)]


@require_safe
@member_required
def show_device(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    devices = Device.objects.select_related("account__workspace", "door__property")
    device = fetch_or_404(devices, request, public_id)
    now = timezone.now()
    version = device_version(device, now=now)
    if is_unchanged(request, version):
        return unchanged()
    door = getattr(device, "door", None)
    zone = zone_of_door(device)
    health = health_panel(device, now=now)
    context = {
        "device": device,
        "door": door,
        "zone": zone,
        "brand": brand_of(device.brand),
        "capabilities": capabilities_of(device),
        "capacity": capacity_of(device),
        "lines": code_lines(device, now=now),
        "backups": pool_panel(device, now=now),
        "unmanaged": unmanaged_lines(device, now=now),
        "health": health,
        "problems": device.problems.filter(cleared_at=None).order_by("raised_at"),
        "timeline": timeline_of_device(device, limit=TIMELINE_LENGTH),
        "is_virtual": device.account.driver == "virtual",
        "battery_low": BATTERY_LOW,
        "swapped": bool(request.htmx),
        "pace": SETTLING if is_lock_settling(device, health, now=now) else RESTING,
        **_history(request, device, zone, now=now),
    }
    if not request.htmx:
        spells = spells_between(device, now - BACK, now, now=now)
        context["connection"] = connection_of(spells, now=now)
        context["battery"] = battery_line(device, health.forecast, spells, zone=zone, now=now)
        context["vacant"] = next_vacant_day(door, now=now) if door is not None else None
    return render_live(request, "access/device_detail.html", "news", context, version=version)


def _history(
    request: MemberRequest, device: Device, zone: zoneinfo.ZoneInfo, *, now: dt.datetime
) -> dict[str, Any]:
    """The period that the address asks for; `moved` is what a poll has to send to see the same one."""
    asked = {name: request.GET[name] for name in ("until", "days", "past") if request.GET.get(name)}
    period = period_asked(until=asked.get("until", ""), days=asked.get("days", ""), zone=zone, now=now)
    spells = spells_between(device, period.starts_at, period.ends_at, now=now)
    silent = bool(spells) and spells[-1].online is not True
    since = spells_between(device, period.ends_at, now, now=now) if silent else []
    strip = strip_of(load_history(device, period), spells, period, since=since)
    listed = strip.lines if period.is_one_day else strip.lines[:LINES_LISTED]
    return {
        "strip": strip,
        "listed": listed,
        "unlisted": len(strip.lines) - len(listed),
        "past": past_lines(device, now=now) if "past" in asked else None,
        "moved": f"&{urlencode(asked)}" if asked else "",
    }


@require_POST
@manager_required
def read_now(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.select_related("account"), request, public_id)
    ask_devices([device.pk], at=timezone.now())
    messages.info(request, "The lock is being asked; what it answers appears here.")
    return redirect("device-detail", device.public_id)
