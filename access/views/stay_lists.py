"""The list of stays: filtered by what they are and where, searched by guest, reference and place."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.overview import access_of_stays
from access.views.stays import stays_with_places
from properties.enums import StayStatus
from properties.models import Property, Stay, Unit
from properties.tenancy import MemberRequest, member_required
from properties.views.shared import page_of

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

FILTERS = {
    "current": "Current and coming",
    "tentative": "Tentative",
    "past": "Past",
    "cancelled": "Cancelled",
    "all": "All",
}


@require_safe
@member_required
def list_stays(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    show = request.GET.get("show", "current")
    show = show if show in FILTERS else "current"
    rows = filter_stays(stays_with_places().in_workspace(request.workspace), show=show, now=now)
    words, place = request.GET.get("q", "").strip()[:100], request.GET.get("property", "")
    page = page_of(search_stays(rows, words=words, place=place), request)
    found = access_of_stays(list(page.object_list), now=now)
    context = {
        "page": page,
        "rows": [(stay, found[stay.pk]) for stay in page.object_list],
        "filters": FILTERS,
        "show": show,
        "words": words,
        "place": place,
        "places": Property.objects.in_workspace(request.workspace).order_by("name"),
        "has_units": Unit.objects.in_workspace(request.workspace).exists(),
    }
    return render(request, "access/stay_list.html", context)


def filter_stays(rows: QuerySet[Stay], *, show: str, now: dt.datetime) -> QuerySet[Stay]:
    if show == "cancelled":
        return rows.filter(status=StayStatus.CANCELLED).order_by("-starts_at", "-pk")
    if show == "all":
        return rows.order_by("-starts_at", "-pk")
    rows = rows.exclude(status=StayStatus.CANCELLED)
    if show == "past":
        return rows.filter(ends_at__lte=now).order_by("-ends_at", "-pk")
    rows = rows.filter(Q(ends_at__gt=now) | Q(ends_at=None))
    if show == "tentative":
        rows = rows.filter(status=StayStatus.TENTATIVE)
    return rows.order_by("starts_at", "pk")


def search_stays(rows: QuerySet[Stay], *, words: str, place: str) -> QuerySet[Stay]:
    if words:
        rows = rows.filter(
            Q(guest__name__icontains=words)
            | Q(reference__icontains=words)
            | Q(unit__name__icontains=words)
            | Q(unit__property__name__icontains=words)
        )
    try:
        return rows.filter(unit__property__public_id=uuid.UUID(place)) if place else rows
    except ValueError:
        return rows.none()
