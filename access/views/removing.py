"""Remove a unit or a property, or archive a unit, after a page that says what goes with it. For managers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from access.archiving import archive_unit, bring_unit_back, why_unit_is_used
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
    house = reverse("property-detail", args=[unit.property.public_id])
    return _end(
        request,
        problem=why_unit_stays(unit),
        act=lambda: remove_unit(unit, actor=request.user.email, now=timezone.now()),
        asks=(
            f"Remove {unit}?",
            "Nobody ever stayed in it. Its calendars go with it; this cannot be undone.",
        ),
        submit="Remove unit",
        done=f"{unit} is removed.",
        back=(house, unit.property.name),
        after=house,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_property(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = fetch_or_404(Property.objects.select_related("workspace"), request, public_id)
    return _end(
        request,
        problem=why_property_stays(place),
        act=lambda: remove_property(place, actor=request.user.email, now=timezone.now()),
        asks=(
            f"Remove {place}?",
            "Nobody ever stayed in it. Its units and calendars go with it; API keys for it alone see nothing any more.",
            "This cannot be undone.",
        ),
        submit="Remove property",
        done=f"{place} is removed.",
        back=(reverse("property-detail", args=[place.public_id]), place.name),
        after=reverse("property-list"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def archive(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    unit = fetch_or_404(Unit.objects.select_related("property__workspace"), request, public_id)
    house, now = reverse("property-detail", args=[unit.property.public_id]), timezone.now()
    return _end(
        request,
        problem=why_unit_is_used(unit, now=now),
        act=lambda: archive_unit(unit, actor=request.user.email, now=now),
        asks=(
            f"Archive {unit}?",
            "It leaves the timeline and every choice, its calendars are paused, and nobody can be booked into it.",
            "Its stays and their evidence stay where they are. You can bring it back at any time.",
        ),
        submit="Archive unit",
        done=f"{unit} is archived.",
        back=(house, unit.property.name),
        after=house,
    )


@require_POST
@manager_required
def bring_back(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    unit = fetch_or_404(Unit.objects.select_related("property__workspace"), request, public_id)
    bring_unit_back(unit, actor=request.user.email, now=timezone.now())
    paused = unit.feeds.filter(is_active=False).exists()
    still = " Its calendars are still paused: resume those that are right." if paused else ""
    messages.success(request, f"{unit} is back.{still}")
    return redirect("property-detail", unit.property.public_id)


def _end(
    request: MemberRequest,
    *,
    problem: str,
    act: Callable[[], object],
    asks: Sequence[str],
    submit: str,
    done: str,
    back: tuple[str, str],
    after: str,
) -> HttpResponse:
    """`problem`: why it can't be as things stand; empty where it may. `asks`: the question, and what follows."""
    if not problem and request.method == "POST":
        try:
            act()
        except RemovalRefused as refused:
            problem = str(refused)
        else:
            messages.success(request, done)
            return redirect(after)
    if problem:
        messages.error(request, problem)
        return redirect(back[0])
    return confirm_page(request, heading=asks[0], consequences=asks[1:], submit=submit, back=back)
