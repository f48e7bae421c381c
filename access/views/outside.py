"""Digits that somebody typed in at a lock in place of a guest's: a person takes them, or keeps ours. For managers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from access.issuing import door_name
from access.models import AccessCode
from access.outside import NotTaken, keep_ours, open_questions, take_over
from properties.models import Stay
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def accept(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    code, stay = _code_of_stay(request, public_id)
    back = reverse("stay-detail", args=[stay.public_id])
    questions = open_questions([code.pk])
    if code.pk not in questions:
        messages.info(request, "There is nothing to decide about this code any more.")
        return redirect(back)
    if request.method == "POST":
        try:
            take_over(
                code,
                seen_at=read_moment(request.POST.get("seen_at", "")),
                actor=request.user.email,
                now=timezone.now(),
            )
        except NotTaken as refused:
            messages.error(request, str(refused))
        else:
            messages.success(
                request, "That is the guest's code now; it is on its way to every door of the stay."
            )
        return redirect(back)
    return confirm_page(
        request,
        heading=f"Make it the code of {stay.guest_name}?",
        consequences=[
            f"The digits that somebody typed in at {door_name(code.device)} become the guest's on all their doors.",
            "The guest's present code stops working, at once where the lock can be reached.",
            "The guest has to be told the new one, unless whoever typed it in has done so.",
        ],
        submit="Make it the guest's code",
        keep="Keep the present code",
        hidden={"seen_at": questions[code.pk].isoformat()},
        back=(back, stay.guest_name),
    )


@require_POST
@manager_required
def keep(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    code, stay = _code_of_stay(request, public_id)
    keep_ours(code)
    messages.success(request, "The guest's code stays what it is.")
    return redirect("stay-detail", stay.public_id)


def read_moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _code_of_stay(request: MemberRequest, public_id: uuid.UUID) -> tuple[AccessCode, Stay]:
    code = fetch_or_404(
        AccessCode.objects.select_related("device__door", "grant__stay__guest"), request, public_id
    )
    stay = code.grant.stay if code.grant is not None else None
    if stay is None:
        raise Http404
    return code, stay
