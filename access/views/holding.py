"""Hold a stay's access back (identity, contract, payment), and let it go, over whatever asked for the hold."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from properties.booking import hold_access
from properties.models import Stay
from properties.tenancy import MemberRequest, fetch_or_404, manager_required

if TYPE_CHECKING:
    from django.http import HttpResponse

HELD = "Access is held back: no code opens until it is let go."
LET_GO = "Access was let go; the codes are on their way to the doors."
ALREADY = "Somebody did that meanwhile; nothing was changed."


@require_POST
@manager_required
def hold(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """`held` = 1: no code opens from now on. Else the codes are declared at once, with the PIN of before."""
    stay = fetch_or_404(Stay.objects.all(), request, public_id)
    held = request.POST.get("held") == "1"
    changed = hold_access(stay, held=held, actor=request.user.email, now=timezone.now())
    done = HELD if held else LET_GO
    messages.success(request, done if changed.revision != stay.revision else ALREADY)
    return redirect("stay-detail", stay.public_id)
