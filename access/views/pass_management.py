"""A stay's pass, for managers: revoke its link, make a new one."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.passes import renew_pass, revoke_pass
from properties.enums import StayKind, StayStatus
from properties.models import Stay
from properties.tenancy import MemberRequest, fetch_or_404, manager_required

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_POST
@manager_required
def renew(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(Stay.objects.all(), request, public_id)
    if stay.status == StayStatus.CANCELLED or stay.kind == StayKind.BLOCK:
        messages.error(request, "Nobody stays here, so there is nobody to send a link to.")
    else:
        renew_pass(stay, actor=request.user.email, now=timezone.now())
        messages.success(request, "There is a new link. The former one is dead; send the guest the new one.")
    return redirect("stay-detail", stay.public_id)


@require_POST
@manager_required
def revoke(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(Stay.objects.all(), request, public_id)
    if revoke_pass(stay, actor=request.user.email, now=timezone.now()):
        messages.success(request, "The link is dead at once. The code itself goes on working.")
    return redirect("stay-detail", stay.public_id)
