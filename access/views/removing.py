"""Remove a unit or a property, after a page that says what goes with it. For managers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access.removing import RemovalRefused, remove_property, remove_unit, why_property_stays, why_unit_stays
from properties.models import Property, Unit
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_unit(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    unit = fetch_or_404(Unit.objects.select_related("property__workspace"), request, public_id)
    back = reverse("property-detail", args=[unit.property.public_id])
    problem = why_unit_stays(unit)
    if not problem and request.method == "POST":
        try:
            remove_unit(unit, actor=request.user.email, now=timezone.now())
        except RemovalRefused as refused:
            problem = str(refused)
        else:
            messages.success(request, f"{unit.name} is removed.")
    if problem or request.method == "POST":
        if problem:
            messages.error(request, problem)
        return redirect(back)
    return confirm_page(
        request,
        heading=f"Remove {unit.name}?",
        consequences=["Nobody ever stayed in it. Its calendars go with it; this cannot be undone."],
        submit="Remove unit",
        back=(back, unit.property.name),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_property(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = fetch_or_404(Property.objects.select_related("workspace"), request, public_id)
    back = reverse("property-detail", args=[place.public_id])
    problem = why_property_stays(place)
    if not problem and request.method == "POST":
        try:
            remove_property(place, actor=request.user.email, now=timezone.now())
        except RemovalRefused as refused:
            problem = str(refused)
        else:
            messages.success(request, f"{place.name} is removed.")
            return redirect("property-list")
    if problem:
        messages.error(request, problem)
        return redirect(back)
    return confirm_page(
        request,
        heading=f"Remove {place.name}?",
        consequences=[
            "Nobody ever stayed in it. Its units and calendars go with it; API keys for it alone see nothing any more.",
            "This cannot be undone.",
        ],
        submit="Remove property",
        back=(back, place.name),
    )
