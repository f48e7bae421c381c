"""Codes that Keyturn does not manage, taken over, deleted or shown on a manager's word; locks left to others and
taken back. Each act has a page of its own that says what follows, and a button; nothing here needs JavaScript."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from access.foreign import (
    ManagementRefused,
    convert_code,
    delete_foreign_code,
    ignore_foreign_code,
    manage_device,
    reveal_foreign_pin,
    unmanage_device,
)
from access.foreign.consequences import of_managing, of_unmanaging
from access.models import LockCode
from locks.models import Device
from properties.forms.base import SectionedForm
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page, form_page

if TYPE_CHECKING:
    from django.http import HttpResponse

LEAVE, ASK = "leave", "ask"


class ConvertForm(SectionedForm):
    allow_external_modification = forms.BooleanField(
        required=False,
        label="Leave changes that others make",
        help_text="Else Keyturn puts the code right whenever somebody changes or deletes it at the lock.",
    )
    force = forms.BooleanField(
        required=False,
        label="Take it over from another workspace",
        help_text="Only where one of this installation manages the code on this same lock: there it ends.",
    )


def _fetch(request: MemberRequest, public_id: uuid.UUID) -> LockCode:
    return fetch_or_404(LockCode.objects.select_related("device__account"), request, public_id)


def _title(place: LockCode) -> str:
    return f"“{place.name}”" if place.name else f"the code in place {place.ref}"


def _back(device: Device) -> tuple[str, str]:
    return reverse("device-detail", args=[device.public_id]), device.name


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def convert(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = _fetch(request, public_id)
    form = ConvertForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            convert_code(place, **form.cleaned_data, actor=request.user.email, now=timezone.now())
        except ManagementRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"Keyturn manages {_title(place)} from now on, just as it stands.")
            return redirect(_back(place.device)[0])
    return form_page(
        request,
        form,
        heading=f"Manage {_title(place)}",
        lead=(
            "The code keeps its PIN, its name and its window, and nothing is sent to the lock now. From then on "
            "Keyturn looks after it, and removes it when its window ends."
        ),
        submit="Manage this code",
        back=_back(place.device),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = _fetch(request, public_id)
    back = _back(place.device)
    if request.method == "POST":
        try:
            delete_foreign_code(place, actor=request.user.email, now=timezone.now())
        except ManagementRefused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"{_title(place)[:1].upper()}{_title(place)[1:]} is being removed.")
        return redirect(back[0])
    return confirm_page(
        request,
        heading=f"Delete {_title(place)} from {place.device.name}?",
        consequences=[
            "Keyturn did not make this code. Whoever uses it can no longer open the door with it.",
            "It is removed as soon as the lock can be reached, and cannot be brought back from here.",
        ],
        submit="Delete code",
        back=back,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def ignore(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Leave a code alone, or have it asked about again where it is."""
    place = _fetch(request, public_id)
    again = place.ignored_at is not None
    # What the button said, and not how it stands by now: a second click changes nothing.
    asked = request.POST.get("answer")
    if asked in (LEAVE, ASK):
        again = asked == ASK
        try:
            ignore_foreign_code(place, ignored=not again, actor=request.user.email, now=timezone.now())
        except ManagementRefused as refusal:
            messages.error(request, refusal.message)
        else:
            title = f"{_title(place)[:1].upper()}{_title(place)[1:]}"
            messages.success(
                request, f"{title} is listed as undecided again." if again else f"{title} is left alone."
            )
        return redirect(_back(place.device)[0])
    stays = "The code stays on the lock as it is, and nothing is sent there."
    consequences = (
        [stays, "It counts again among the codes that somebody has to decide about."]
        if again
        else [
            stays,
            "Keyturn no longer counts it among the codes that somebody has to decide about.",
            "It stays listed here, takes up a place, and its PIN is given to no guest on this lock.",
            "You can still manage or delete it later.",
        ]
    )
    return confirm_page(
        request,
        heading=f"Decide about {_title(place)} again?" if again else f"Leave {_title(place)} alone?",
        consequences=consequences,
        submit="Ask again" if again else "Leave it alone",
        keep="Cancel",
        back=_back(place.device),
        hidden={"answer": ASK if again else LEAVE},
    )


@sensitive_variables("pin")
@require_POST
@never_cache
@manager_required
def reveal(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = _fetch(request, public_id)
    pin = reveal_foreign_pin(place, actor=request.user.email, now=timezone.now())
    context = {"place": place, "device": place.device, "title": _title(place), "pin": pin}
    return render(request, "access/device/unmanaged_pin.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def unmanage(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.select_related("account"), request, public_id)
    now = timezone.now()
    if request.method == "POST":
        unmanage_device(device, actor=request.user.email, now=now)
        messages.success(request, f"Keyturn no longer manages {device.name}.")
        return redirect(_back(device)[0])
    return confirm_page(
        request,
        heading=f"Stop managing {device.name}?",
        consequences=of_unmanaging(device, now=now),
        submit="Stop managing",
        keep="Keep managing it",
        back=_back(device),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def manage(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.select_related("account"), request, public_id)
    now = timezone.now()
    if request.method == "POST":
        manage_device(device, actor=request.user.email, now=now)
        messages.success(request, f"Keyturn manages {device.name} again; codes are on their way to it.")
        return redirect(_back(device)[0])
    return confirm_page(
        request,
        heading=f"Manage {device.name}?",
        consequences=of_managing(device),
        submit="Manage this lock",
        keep="Leave it",
        back=_back(device),
    )
