"""Say of what the batteries of a lock are made, which most locks don't tell: their forecast depends on it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from locks.enums import Chemistry
from locks.models import Device
from properties.tenancy import MemberRequest, fetch_or_404, manager_required

if TYPE_CHECKING:
    from django.http import HttpResponse

UNKNOWN = ""


@require_POST
@manager_required
def choose_chemistry(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.all(), request, public_id)
    chemistry = request.POST.get("chemistry", UNKNOWN)
    if chemistry not in (UNKNOWN, *Chemistry):
        messages.error(request, "Choose one of the kinds of batteries in the list.")
    else:
        # This column alone: a runner may be at work with the others.
        Device.objects.filter(pk=device.pk).update(battery_chemistry=chemistry)
        messages.success(request, "The forecast now reckons with these batteries.")
    return redirect("device-detail", device.public_id)
