"""Properties and units: add and change. The pages that show them are in access.views, since they show doors."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from properties.booking import BookingError, change_property_rules, change_unit_rules
from properties.forms.base import add_domain_errors
from properties.forms.places import PropertyForm, UnitForm
from properties.forms.together import tell_kept
from properties.models import Property, Unit
from properties.places import add_property, add_unit, rename_unit
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import form_page

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_property(request: MemberRequest) -> HttpResponse:
    form = PropertyForm(request.POST or None, workspace=request.workspace)
    if form.is_valid():
        place = add_property(
            request.workspace, actor=request.user.email, now=timezone.now(), **form.cleaned_data
        )
        messages.success(request, f"{place.name} is here. Now add what guests book in it.")
        return redirect("property-detail", place.public_id)
    return form_page(
        request,
        form,
        heading="Add a property",
        lead="One house or building at one address. Its time zone and usual times count for everything in it.",
        back=(reverse("property-list"), "Properties"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_property(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = fetch_or_404(Property.objects.all(), request, public_id)
    form = PropertyForm(request.POST or None, workspace=request.workspace, place=place)
    if form.is_valid():
        try:
            moved = change_property_rules(
                place, actor=request.user.email, now=timezone.now(), **form.cleaned_data
            )
        except BookingError as problem:
            add_domain_errors(form, problem.errors)
        else:
            messages.success(request, f"Saved. {describe_moved(moved)}")
            tell_kept(request, form)
            return redirect("property-detail", place.public_id)
    return form_page(
        request,
        form,
        heading=f"Change {place.name}",
        lead="New times and buffers move the codes of running and coming stays; guests keep their code.",
        back=(reverse("property-detail", args=[place.public_id]), place.name),
    )


def describe_moved(count: int) -> str:
    if count == 0:
        return "No stay was affected."
    return f"The times of {count} stay{'s' if count != 1 else ''} moved with it."


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_unit(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = fetch_or_404(Property.objects.all(), request, public_id)
    form = UnitForm(request.POST or None, place=place)
    if form.is_valid():
        actor, now = request.user.email, timezone.now()
        with transaction.atomic():
            unit = add_unit(place, name=form.cleaned_data["name"], actor=actor, now=now)
            change_unit_rules([unit], actor=actor, now=now, **form.rules())
        messages.success(request, f"{unit.name} is here.")
        return redirect("property-detail", place.public_id)
    return form_page(
        request,
        form,
        heading=f"Add a unit to {place.name}",
        back=(reverse("property-detail", args=[place.public_id]), place.name),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_unit(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    unit = fetch_or_404(Unit.objects.select_related("property"), request, public_id)
    form = UnitForm(request.POST or None, place=unit.property, unit=unit)
    if form.is_valid():
        try:
            moved = _save_unit(unit, form, actor=request.user.email)
        except BookingError as problem:
            add_domain_errors(form, problem.errors)
        else:
            messages.success(request, f"Saved. {describe_moved(moved)}" if moved else "Saved.")
            tell_kept(request, form)
            return redirect("property-detail", unit.property.public_id)
    return form_page(
        request,
        form,
        heading=f"Change {unit.name}",
        lead="New times and buffers move the codes of running and coming stays; guests keep their code.",
        back=(reverse("property-detail", args=[unit.property.public_id]), unit.property.name),
    )


@transaction.atomic
def _save_unit(unit: Unit, form: UnitForm, *, actor: str) -> int:
    """The rules first: they hold the property, which everybody else holds before its units."""
    now = timezone.now()
    moved = change_unit_rules([unit], actor=actor, now=now, **form.rules())
    rename_unit(unit, name=form.cleaned_data["name"], actor=actor, now=now)
    return moved
