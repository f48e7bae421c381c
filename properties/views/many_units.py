"""Times and buffers of many units at once: what is left empty stays as it is in each. For managers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from properties.booking import BookingError, change_unit_rules
from properties.forms.base import add_domain_errors
from properties.forms.many_units import ManyUnitsForm
from properties.models import Unit
from properties.tenancy import MemberRequest, manager_required
from properties.views.places import describe_moved
from properties.views.shared import form_page

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def change_many_units(request: MemberRequest) -> HttpResponse:
    """`?property=` begins with its units ticked."""
    own = Unit.objects.in_workspace(request.workspace).filter(archived_at=None).select_related("property")
    own = own.order_by("property__name", "name", "pk")
    place = _uuid(request.GET.get("property", ""))
    ticked = [unit.public_id for unit in own.filter(property__public_id=place)] if place else []
    form = ManyUnitsForm(request.POST or None, own=own, initial={"units": ticked})
    if form.is_valid():
        units = list(form.cleaned_data["units"])
        try:
            moved = change_unit_rules(units, actor=request.user.email, now=timezone.now(), **form.rules())
        except BookingError as problem:
            add_domain_errors(form, problem.errors)
        else:
            told = "1 unit" if len(units) == 1 else f"{len(units)} units"
            messages.success(request, f"Saved for {told}. {describe_moved(moved)}")
            return redirect("property-list")
    return form_page(
        request,
        form,
        heading="Change many units",
        lead="What you set here holds in these units whatever their property says. New times and buffers move the "
        "codes of running and coming stays; guests keep their code.",
        submit="Change them",
        back=(reverse("property-list"), "Properties"),
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
