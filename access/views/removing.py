"""Remove a unit or a property, after a page that says what goes with it. For managers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
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

    from properties.scoping import PublicModel


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_unit(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    unit = fetch_or_404(Unit.objects.select_related("property__workspace"), request, public_id)
    house = reverse("property-detail", args=[unit.property.public_id])
    return _remove(
        request,
        unit,
        problem=why_unit_stays(unit),
        remove=lambda: remove_unit(unit, actor=request.user.email, now=timezone.now()),
        consequences=["Nobody ever stayed in it. Its calendars go with it; this cannot be undone."],
        submit="Remove unit",
        back=(house, unit.property.name),
        after=house,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_property(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = fetch_or_404(Property.objects.select_related("workspace"), request, public_id)
    return _remove(
        request,
        place,
        problem=why_property_stays(place),
        remove=lambda: remove_property(place, actor=request.user.email, now=timezone.now()),
        consequences=[
            "Nobody ever stayed in it. Its units and calendars go with it; API keys for it alone see nothing any more.",
            "This cannot be undone.",
        ],
        submit="Remove property",
        back=(reverse("property-detail", args=[place.public_id]), place.name),
        after=reverse("property-list"),
    )


def _remove(
    request: MemberRequest,
    row: PublicModel,
    *,
    problem: str,
    remove: Callable[[], None],
    consequences: Sequence[str],
    submit: str,
    back: tuple[str, str],
    after: str,
) -> HttpResponse:
    """`problem`: why it can't go as things stand; empty where it may."""
    if not problem and request.method == "POST":
        try:
            remove()
        except RemovalRefused as refused:
            problem = str(refused)
        else:
            messages.success(request, f"{row} is removed.")
            return redirect(after)
    if problem:
        messages.error(request, problem)
        return redirect(back[0])
    return confirm_page(
        request, heading=f"Remove {row}?", consequences=consequences, submit=submit, back=back
    )
