"""Hold a stay's access back (identity, contract, payment), and let it go, over whatever asked for the hold."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.overview import access_of_stay
from access.stay_pages import code_to_come, still_open
from properties.booking import hold_access
from properties.models import Stay
from properties.tenancy import MemberRequest, fetch_or_404, manager_required

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

HELD = "Access is held back. The guest gets no code until it is let go."
ALREADY = "Somebody did that meanwhile; nothing was changed."


@require_POST
@manager_required
def hold(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """`held` = 1: codes are taken back where that can be done. Else they are declared at once, with the former PIN."""
    stay = fetch_or_404(Stay.objects.all(), request, public_id)
    held, now = request.POST.get("held") == "1", timezone.now()
    changed = hold_access(stay, held=held, actor=request.user.email, now=now)
    if changed.revision == stay.revision:
        messages.success(request, ALREADY)
    else:
        messages.success(
            request, describe_held(changed, now=now) if held else describe_let_go(changed, now=now)
        )
    return redirect("stay-detail", stay.public_id)


def describe_held(stay: Stay, *, now: dt.datetime) -> str:
    doors = access_of_stay(stay, now=now).doors
    return " ".join([HELD, *still_open(doors, zone=stay.unit.property.zone, now=now)])


def describe_let_go(stay: Stay, *, now: dt.datetime) -> str:
    return f"Access was let go{code_to_come(stay, access_of_stay(stay, now=now), now=now)}"
