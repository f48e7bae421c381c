"""Backup codes by hand: switch a lock's pool, give a guest a backup, look into a guest's report that the code fails."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.backups import BackupRefused, pull_backup, report_code_failing, switch_pool
from access.issuing import door_name
from access.models import AccessCode
from locks.models import Device
from properties.models import Stay
from properties.tenancy import MemberRequest, fetch_or_404, manager_required

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_POST
@manager_required
def switch_backups(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.select_related("account"), request, public_id)
    on = request.POST.get("on") == "yes"
    switch_pool(device, on=on, actor=request.user.email, now=timezone.now())
    messages.success(
        request,
        "Backup codes are on their way to the lock."
        if on
        else "The backup codes are being removed; those that guests have stay until their end.",
    )
    return redirect("device-detail", device.public_id)


@require_POST
@manager_required
def give_backup(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """`public_id` names the code that needs a backup."""
    codes = AccessCode.objects.select_related("device__door", "grant__stay")
    code = fetch_or_404(codes, request, public_id)
    try:
        pull_backup(code, actor=request.user.email, now=timezone.now())
    except BackupRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(
            request, f"A backup code opens {door_name(code.device)}. Show the code to read it to the guest."
        )
    stay = code.grant.stay if code.grant is not None else None
    if stay is None:
        return redirect("device-detail", code.device.public_id)
    return redirect("stay-detail", stay.public_id)


@require_POST
@manager_required
def report_failing(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """A guest says that the code of this stay does not work."""
    stay = fetch_or_404(Stay.objects.all(), request, public_id)
    grant = stay.grants.filter(revoked_at=None).first()
    answers = (
        [] if grant is None else report_code_failing(grant, actor=request.user.email, now=timezone.now())
    )
    for one in answers:
        messages.info(request, f"{door_name(one.code.device)}: {one.sentence}")
    if not answers:
        messages.error(request, "This stay has no code on any door.")
    return redirect("stay-detail", stay.public_id)
