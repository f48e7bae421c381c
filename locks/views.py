"""Pages to add a lock by hand and to say which door it is. Lists and the page of a lock are in access.views."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from locks.brands import brand_of
from locks.doors import DoorError, add_door, change_door, remove_door
from locks.forms import DoorForm, VirtualLockForm
from locks.models import Door
from locks.provisioning import ProvisioningError, add_virtual_lock
from properties.forms.together import tell_kept
from properties.models import Property
from properties.noting import note_change
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page, form_page

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_device(request: MemberRequest) -> HttpResponse:
    form = VirtualLockForm(request.POST or None)
    if form.is_valid():
        try:
            device = add_virtual_lock(request.workspace, now=timezone.now(), **form.cleaned_data)
        except ProvisioningError as problem:
            form.add_error(None, str(problem))
        else:
            told = f"{device.name}, {brand_of(device.brand).display_name}"
            note_change(request.workspace, "Virtual lock added", told, actor=request.user.email)
            messages.success(request, f"{device.name} is here. Now say which door it is.")
            return redirect("device-detail", device.public_id)
    return form_page(
        request,
        form,
        heading="Add a virtual lock",
        lead="It has its own memory, clock and keypad, and is spoken to like any other lock: good to try things out.",
        submit="Add lock",
        back=(reverse("device-list"), "Locks"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_door(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = fetch_or_404(Property.objects.all(), request, public_id)
    form = DoorForm(request.POST or None, workspace=request.workspace, place=place)
    if form.is_valid():
        try:
            add_door(place, actor=request.user.email, now=timezone.now(), **form.cleaned_data)
        except DoorError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(
                request, "The door is here; codes of running and coming stays are on their way to it."
            )
            return redirect("property-detail", place.public_id)
    return form_page(
        request,
        form,
        heading=f"Add a door to {place.name}",
        lead="A door joins a lock with the units whose guests go through it.",
        submit="Add door",
        back=(reverse("property-detail", args=[place.public_id]), place.name),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_door(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    door = fetch_or_404(Door.objects.select_related("property", "device"), request, public_id)
    place = door.property
    form = DoorForm(request.POST or None, workspace=request.workspace, place=place, door=door)
    if form.is_valid():
        try:
            change_door(door, actor=request.user.email, now=timezone.now(), **form.cleaned_data)
        except DoorError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Saved; codes follow.")
            tell_kept(request, form)
            return redirect("property-detail", place.public_id)
    return form_page(
        request,
        form,
        heading=f"Change {door.name}",
        back=(reverse("property-detail", args=[place.public_id]), place.name),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_door(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    door = fetch_or_404(Door.objects.select_related("property", "device"), request, public_id)
    back = (reverse("property-detail", args=[door.property.public_id]), door.property.name)
    if request.method == "POST":
        try:
            remove_door(door, actor=request.user.email, now=timezone.now())
        except DoorError as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "The door is gone; its codes are being taken off the lock.")
        return redirect(back[0])
    return confirm_page(
        request,
        heading=f"Remove {door.name}?",
        consequences=[
            f"Guests no longer get codes on {door.device.name}, and those it holds for stays are taken off it.",
            "The lock itself stays, and can become another door.",
        ],
        submit="Remove door",
        back=back,
    )
