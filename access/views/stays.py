"""Stays: list, add, change, cancel; one stay with its window, its doors, its code and what happened.

Changes go through properties.booking; showing and replacing codes is in access.views.codes.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.backups.pulling import REPORTED
from access.messaging.stay_panel import told_of_stay
from access.models import Problem
from access.overview import access_of_stay, access_of_stays
from access.stay_pages import is_settling, stay_version, window_lines
from access.timeline import timeline_of_stay
from properties.booking import (
    MANUAL_SOURCE,
    BookingError,
    ChangedMeanwhileError,
    SavedStay,
    SaveOutcome,
    cancel_stay,
    new_external_id,
    override_times,
    reinstate_stay,
    save_stay,
)
from properties.enums import CancelReason, StayKind, StayStatus
from properties.forms.base import add_domain_errors
from properties.forms.stays import StayForm, TimesForm
from properties.models import Property, Stay, Unit
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, may_manage, member_required
from properties.views.shared import (
    UNPROCESSABLE,
    confirm_page,
    form_page,
    is_unchanged,
    page_of,
    render_live,
    unchanged,
)

if TYPE_CHECKING:
    import datetime as dt

FILTERS = {
    "current": "Current and coming",
    "tentative": "Tentative",
    "past": "Past",
    "cancelled": "Cancelled",
    "all": "All",
}


def stays_with_places() -> Any:
    return Stay.objects.select_related("unit__property", "guest")


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


@require_safe
@never_cache
@member_required
def show_stay(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    now = timezone.now()
    version = stay_version(stay, now=now)
    if is_unchanged(request, version):
        return unchanged()
    return render_live(
        request, "access/stay_detail.html", "live", stay_context(request, stay, now=now), version=version
    )


def stay_context(request: MemberRequest, stay: Stay, *, now: dt.datetime) -> dict[str, Any]:
    asked = request.GET.get("page", "")
    page = int(asked) if re.fullmatch(r"[1-9][0-9]{0,2}", asked) else 1
    manages = may_manage(request.membership)
    found = access_of_stay(stay, now=now)
    problems = list(
        Problem.objects.filter(access_code__grant=found.grant, cleared_at=None).order_by("raised_at")
        if found.grant is not None
        else []
    )
    return {
        "stay": stay,
        "zone": stay.unit.property.zone,
        "access": found,
        "grant": found.grant,
        "window": window_lines(stay),
        "times_form": TimesForm(stay=stay),
        "problems": problems,
        "reported": {problem.access_code_id for problem in problems if problem.code == REPORTED},
        "timeline": timeline_of_stay(stay, page=page, with_contact=manages),
        "timeline_page": page,
        "told": told_of_stay(stay) if manages and not request.htmx else None,
        "poll": "every 2s" if is_settling(found) else "every 10s",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_stay(request: MemberRequest) -> HttpResponse:
    form = StayForm(request.POST or None, workspace=request.workspace)
    if form.is_valid():
        saved = save_from(form, request, source=MANUAL_SOURCE, external_id=new_external_id())
        if saved is not None:
            messages.success(request, describe_new(saved.stay))
            return redirect("stay-detail", saved.stay.public_id)
    return form_page(
        request,
        form,
        heading="Add a stay",
        lead="For bookings that no calendar brings. The guest gets one code for all doors of the unit.",
        submit="Add stay",
        back=(reverse("stay-list"), "Stays"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_stay(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    form = StayForm(request.POST or None, workspace=request.workspace, stay=stay)
    if form.is_valid():
        saved = save_from(form, request, source=stay.source, external_id=stay.external_id)
        if saved is not None:
            messages.success(request, describe_saved(saved))
            return redirect("stay-detail", stay.public_id)
    by_hand = stay.source == MANUAL_SOURCE
    return form_page(
        request,
        form,
        heading=f"Change the stay of {stay.guest_name}",
        lead=""
        if by_hand
        else "This stay comes from its booking system, whose next change may replace what you write here. "
        "An early check-in or late check-out set on the page of the stay is kept.",
        back=(reverse("stay-detail", args=[stay.public_id]), stay.guest_name),
    )


def describe_new(stay: Stay) -> str:
    if stay.status == StayStatus.TENTATIVE:
        return "The stay is here, tentative: it gets a code once it is confirmed."
    if stay.kind == StayKind.BLOCK:
        return "The block is here; it gets no code."
    if stay.ends_at is not None and stay.ends_at <= timezone.now():
        return "The stay is here; it is over, so it gets no code."
    return "The stay is here; its code is on the way to the doors."


def describe_saved(saved: SavedStay) -> str:
    if saved.outcome == SaveOutcome.UNCHANGED:
        return "Nothing was different, so nothing was changed."
    if saved.stay.status == StayStatus.CANCELLED:
        return "Saved. The stay stays cancelled; Reinstate brings it back."
    return "Saved. Codes follow; the guest keeps theirs."


def save_from(form: StayForm, request: MemberRequest, *, source: str, external_id: str) -> SavedStay | None:
    try:
        return save_stay(
            request.workspace,
            source=source,
            external_id=external_id,
            details=form.details(),
            actor=request.user.email,
            now=timezone.now(),
            expected_revision=form.cleaned_data.get("seen_revision"),
        )
    except ChangedMeanwhileError as changed:
        form.show_changed(changed)
    except BookingError as problem:
        add_domain_errors(form, problem.errors)
    return None


@require_POST
@never_cache
@manager_required
def change_times(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    form, now = TimesForm(request.POST, stay=stay), timezone.now()
    if form.is_valid():
        try:
            override_times(stay, **form.cleaned_data, actor=request.user.email, now=now)
        except BookingError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "The times are changed; the code stays the same.")
            return redirect("stay-detail", stay.public_id)
    context = {**stay_context(request, stay, now=now), "times_form": form, "version": ""}
    return render(request, "access/stay_detail.html", context, status=UNPROCESSABLE)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def cancel(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    if request.method == "POST":
        cancel_stay(stay, reason=CancelReason.PERSON, actor=request.user.email, now=timezone.now())
        messages.success(request, "Cancelled. The code is being taken off the locks.")
        return redirect("stay-detail", stay.public_id)
    return confirm_page(
        request,
        heading=f"Cancel the stay of {stay.guest_name}?",
        consequences=[
            "The code stops opening doors and is taken off every lock. This page shows when it is gone.",
            "The booking itself is not touched: cancel it where it was made, too.",
        ],
        submit="Cancel the stay",
        keep="Keep the stay",
        back=(reverse("stay-detail", args=[stay.public_id]), stay.guest_name),
    )


def describe_reinstated(stay: Stay) -> str:
    if stay.status == StayStatus.TENTATIVE:
        return "The stay is back, tentative as it was: it gets a code once it is confirmed."
    return "The stay is back; its code is on the way to the doors."


@require_POST
@manager_required
def reinstate(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    try:
        stay = reinstate_stay(stay, actor=request.user.email, now=timezone.now())
    except BookingError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, describe_reinstated(stay))
    return redirect("stay-detail", stay.public_id)
