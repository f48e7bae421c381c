"""The code of a stay: shown only in the answer to a POST, which is written down, and replaced on a person's word."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from access.issuing import IssuedMeanwhile, NoPinLeft, issue_mark, issue_new_pin, issue_of, reveal_pins
from access.models import AccessGrant
from access.overview import access_of_stay
from access.stay_pages import still_open
from access.views.stays import code_context, stay_context, stays_with_places
from properties.models import Stay
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page

if TYPE_CHECKING:
    from django.http import HttpResponse


INCOMPLETE = "This form is incomplete. Ask for the new code again; nothing was changed."


def describe_refusal(meanwhile: IssuedMeanwhile) -> str:
    """Or the code that the first of two has just told the guest would be gone again."""
    who = meanwhile.issued_by or "Somebody"
    return f"{who} issued a new code meanwhile. It is the guest's now; nothing was changed."


def live_grant(stay: Stay) -> AccessGrant | None:
    return stay.grants.filter(revoked_at=None).first()


@sensitive_variables("pins", "context")
@require_POST
@never_cache
@manager_required
def reveal_code(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    grant, now = live_grant(stay), timezone.now()
    pins = reveal_pins(grant, actor=request.user.email, now=now) if grant is not None else ()
    if request.htmx:
        context = {**code_context(stay, grant), "pins": pins}
        return render(request, "access/stay_detail.html#code", context)
    context = {**stay_context(request, stay, now=now), "pins": pins, "version": ""}
    return render(request, "access/stay_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def issue_code(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    back = (reverse("stay-detail", args=[stay.public_id]), stay.guest_name)
    grant = live_grant(stay)
    if grant is None:
        messages.error(request, "This stay has no code to replace.")
        return redirect(back[0])
    now = timezone.now()
    if request.method == "POST":
        # A form without it counts as one that was built on nothing, and so is asked again.
        asked = request.POST.get("issue", "")
        try:
            issue_new_pin(grant, actor=request.user.email, now=now, seen_issue=asked)
        except IssuedMeanwhile as meanwhile:
            messages.error(request, describe_refusal(meanwhile) if asked else INCOMPLETE)
        except NoPinLeft:
            messages.error(
                request,
                "No other code is free on these doors. Remove codes that nobody needs.",
            )
        else:
            messages.success(request, "A new code is on its way to the locks; the old one is being removed.")
        return redirect(back[0])
    return confirm_page(
        request,
        heading=f"Issue a new code for {stay.guest_name}?",
        consequences=[
            "The present code stops working on every door of this stay, at once where the lock can be reached.",
            *still_open(access_of_stay(stay, now=now).doors, zone=stay.unit.property.zone, now=now),
            "The guest has to be told the new one: it is not sent by itself.",
        ],
        submit="Issue new code",
        keep="Keep the present code",
        back=back,
        hidden={"issue": issue_mark(issue_of(grant))},
    )
