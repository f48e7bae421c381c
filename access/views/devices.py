"""Locks: list with health, and one lock with what we declared beside what it says it holds."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from access.backups.showing import pool_panel
from access.boards import BATTERY_LOW
from access.device_pages import capacity_of, code_lines, device_version
from access.foreign import unmanaged_lines
from access.health_pages import health_panel
from access.timeline import timeline_of_device
from locks.brands import brand_of
from locks.models import Device
from locks.waking import wake_devices
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, member_required
from properties.views.shared import is_unchanged, page_of, render_live, unchanged

if TYPE_CHECKING:
    from django.http import HttpResponse

FILTERS = {"all": "All", "offline": "Offline", "battery": "Low battery", "foreign": "With unmanaged codes"}
TIMELINE_LENGTH = 50


@require_safe
@member_required
def list_devices(request: MemberRequest) -> HttpResponse:
    show = request.GET.get("show", "all")
    show = show if show in FILTERS else "all"
    rows = (
        Device.objects.in_workspace(request.workspace)
        .select_related("account", "door__property")
        .annotate(
            held=Count("lock_codes", distinct=True),
            foreign=Count("lock_codes", filter=Q(lock_codes__access_code=None), distinct=True),
        )
        .order_by("door__property__name", "door__name", "name", "pk")
    )
    if show == "offline":
        rows = rows.filter(online=False)
    elif show == "battery":
        rows = rows.filter(battery_level__lt=BATTERY_LOW)
    elif show == "foreign":
        rows = rows.filter(foreign__gt=0)
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": [(device, brand_of(device.brand).display_name) for device in page.object_list],
        "filters": FILTERS,
        "show": show,
        "battery_low": BATTERY_LOW,
    }
    return render(request, "access/device_list.html", context)


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
    context = {
        "device": device,
        "door": door,
        "zone": door.property.zone if door is not None else None,
        "brand": brand_of(device.brand),
        "capacity": capacity_of(device),
        "lines": code_lines(device, now=now),
        "backups": pool_panel(device, now=now),
        "unmanaged": unmanaged_lines(device, now=now),
        "health": health_panel(device, now=now),
        "problems": device.problems.filter(cleared_at=None).order_by("raised_at"),
        "timeline": timeline_of_device(device, limit=TIMELINE_LENGTH),
        "is_virtual": device.account.driver == "virtual",
        "battery_low": BATTERY_LOW,
    }
    return render_live(request, "access/device_detail.html", "live", context, version=version)


@require_POST
@manager_required
def read_now(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.select_related("account"), request, public_id)
    # As one that was not heard of yet, it is asked for its status and its log too, not for its codes alone.
    Device.objects.filter(pk=device.pk).update(last_seen_at=None)
    wake_devices([device.pk], at=timezone.now())
    messages.info(request, "The lock is being asked; what it answers appears here.")
    return redirect("device-detail", device.public_id)
