"""Lock and unlock a door from its page, and follow what became of it. Works without JavaScript; with it, by itself."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from access.attempts import AttemptRefused, request_attempt
from access.codes import zone_of_door
from access.enums import AttemptType
from access.health_pages import last_attempt, step_of
from locks.models import Device
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, member_required
from properties.views.shared import is_unchanged, unchanged

if TYPE_CHECKING:
    from django.http import HttpResponse

TURNS = {"lock": AttemptType.LOCK_DOOR, "unlock": AttemptType.UNLOCK_DOOR}


@require_POST
@manager_required
def turn_bolt(request: MemberRequest, public_id: uuid.UUID, turn: str) -> HttpResponse:
    if turn not in TURNS:
        raise Http404("A bolt is locked or unlocked.")
    device = fetch_or_404(Device.objects.select_related("account", "door__property"), request, public_id)
    now = timezone.now()
    try:
        request_attempt(device, TURNS[turn], requested_by=request.user.email, now=now)
    except AttemptRefused as refusal:
        if request.htmx:
            return _progress(request, device, refusal=str(refusal))
        messages.error(request, str(refusal))
    else:
        if request.htmx:
            return _progress(request, device)
    return redirect("device-detail", device.public_id)


@require_safe
@member_required
def show_attempt(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """How far the last attempt is; asked for by the page while it is under way."""
    device = fetch_or_404(Device.objects.select_related("account", "door__property"), request, public_id)
    return _progress(request, device) if request.htmx else redirect("device-detail", device.public_id)


def _progress(request: MemberRequest, device: Device, *, refusal: str = "") -> HttpResponse:
    """Nothing where the page shows as much already, so that nobody is read the same twice."""
    attempt = last_attempt(device, now=timezone.now())
    if attempt is not None and is_unchanged(request, step_of(attempt)):
        return unchanged()
    context = {
        "device": device,
        "attempt": attempt,
        "step": step_of(attempt) if attempt is not None else "",
        "zone": zone_of_door(device),
        "refusal": refusal,
    }
    return render(request, "access/device/attempt.html", context)
