"""Properties with their units, doors and feeds."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Case, Count, Prefetch, Q, When
from django.shortcuts import render
from django.views.decorators.http import require_safe

from locks.models import Device, Door
from properties.models import CalendarFeed, Property, Unit
from properties.tenancy import MemberRequest, fetch_or_404, member_required
from properties.views.shared import page_of

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_safe
@member_required
def list_properties(request: MemberRequest) -> HttpResponse:
    places = (
        Property.objects.in_workspace(request.workspace)
        .annotate(
            unit_count=Count("units", distinct=True, filter=Q(units__archived_at=None)),
            archived_count=Count("units", distinct=True, filter=Q(units__archived_at__isnull=False)),
            feed_count=Count("units__feeds", distinct=True),
            door_count=Count("doors", distinct=True),
        )
        # Houses of which nothing is let any more come last.
        .annotate(is_archived=Case(When(unit_count=0, archived_count__gt=0, then=True), default=False))
        .order_by("is_archived", "name", "pk")
    )
    return render(request, "access/property_list.html", {"page": page_of(places, request)})


@require_safe
@member_required
def show_property(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    units = Unit.objects.order_by("name").prefetch_related(
        Prefetch("feeds", CalendarFeed.objects.order_by("name", "pk")),
        Prefetch("doors", Door.objects.order_by("name")),
    )
    doors = Door.objects.select_related("device").prefetch_related("units").order_by("name")
    places = Property.objects.prefetch_related(Prefetch("units", units), Prefetch("doors", doors))
    place = fetch_or_404(places, request, public_id)
    context = {
        "place": place,
        "units": [unit for unit in place.units.all() if unit.archived_at is None],
        "archived": [unit for unit in place.units.all() if unit.archived_at is not None],
        "has_free_lock": Device.objects.in_workspace(request.workspace).filter(door=None).exists(),
    }
    return render(request, "access/property_detail.html", context)
