"""Switch the workspace that pages are about."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from properties.tenancy import MemberRequest, choose_workspace, member_required

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_POST
@member_required
def switch_workspace(request: MemberRequest) -> HttpResponse:
    try:
        wanted = uuid.UUID(request.POST.get("workspace", ""))
    except ValueError:
        raise Http404("No such workspace.") from None
    workspace = choose_workspace(request, public_id=wanted)
    messages.success(request, f"You are now in {workspace.name}.")
    return redirect("board")
