"""Stays: add, change, cancel; one stay with its window, its doors, its code and what happened.

Changes go through properties.booking. Beside this: the list (stay_lists), agreed times (stay_times), the record for
print (proofs), showing and replacing codes (codes), holding access back (holding).
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.backups.pulling import REPORTED
from access.messaging.coming import coming_messages
from access.messaging.stay_panel import message_lines, templates_of, told_of_stay
from access.models import AccessGrant, Problem
from access.outside import open_questions
from access.overview import GONE, StayAccess, access_of_stay
from access.preferring import problem_of_wish
from access.stay_pages import (
    GROUPS,
    Evidence,
    Records,
    code_to_come,
    door_pages,
    entries_of,
    evidence_of,
    going,
    has_settling_door,
    records_of,
    seen_by,
    stay_version,
    still_open,
    tallies_of_doors,
    window_page,
)
from properties.booking import (
    MANUAL_SOURCE,
    BookingError,
    ChangedMeanwhileError,
    SavedStay,
    SaveOutcome,
    cancel_stay,
    details_of,
    new_external_id,
    reinstate_stay,
    save_stay,
)
from properties.enums import CancelReason, StayKind, StayStatus
from properties.forms.base import add_domain_errors
from properties.forms.stays import StayForm, TimesForm
from properties.models import Stay
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, may_manage, member_required
from properties.views.shared import (
    confirm_page,
    form_page,
    is_unchanged,
    render_live,
    unchanged,
)

if TYPE_CHECKING:
    import datetime as dt

CANCELLED = "Cancelled."


def stays_with_places() -> Any:
    return Stay.objects.select_related("unit__property", "guest")


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
    """Whatever the page shows; a poll needs all of it but the forms and the guest's pass."""
    manages = may_manage(request.membership)
    found, records = access_of_stay(stay, now=now), records_of(stay)
    tallies = tallies_of_doors(stay, found.doors)
    problems = list(
        Problem.objects.filter(access_code__grant=found.grant, cleared_at=None).order_by("raised_at")
        if found.grant is not None
        else []
    )
    return {
        **code_context(stay, found.grant),
        "access": found,
        "doors": door_pages(stay, found.doors, tallies, now=now),
        "backups": [door for door in found.doors if door.is_backup and door.state not in GONE],
        "still_open": still_open(found.doors, zone=stay.unit.property.zone, now=now),
        "entries": entries_of(stay, found.doors, tallies.entries, now=now),
        "window": window_page(stay),
        "agreed_by": records.agreed_by,
        "buffers_by": records.buffers_by,
        "times_form": TimesForm(stay=stay),
        "problems": problems,
        "edited": open_questions([door.code.pk for door in found.doors if door.code is not None]),
        "reported": {problem.access_code_id for problem in problems if problem.code == REPORTED},
        "evidence": evidence_asked_for(request, stay, found, records),
        **(told_context(request, stay, records, now=now) if manages else {}),
        "poll": "every 500ms" if has_settling_door(found) else "every 10s",
        "is_poll": bool(request.htmx),
        "begun": stay.starts_at <= now,
    }


def told_context(request: MemberRequest, stay: Stay, records: Records, *, now: dt.datetime) -> dict[str, Any]:
    """What the guest was told and will be, for managers."""
    templates = templates_of(stay)
    told = None if request.htmx else told_of_stay(stay, guest_pass=records.live_pass, templates=templates)
    coming = coming_messages(
        stay,
        templates,
        messages=records.messages,
        passes=records.passes,
        moves=records.moves,
        now=now,
    )
    return {"told": told, "message_lines": message_lines(records.messages), "coming_messages": coming}


def code_context(stay: Stay, grant: AccessGrant | None) -> dict[str, Any]:
    """What the panel of the code says without any PIN."""
    return {
        "stay": stay,
        "zone": stay.unit.property.zone,
        "grant": grant,
        "seen": seen_by(grant) if grant is not None else None,
    }


def evidence_asked_for(request: MemberRequest, stay: Stay, access: StayAccess, records: Records) -> Evidence:
    asked, group = request.GET.get("page", ""), request.GET.get("show", "")
    return evidence_of(
        stay,
        access.doors,
        records,
        group=group if group in GROUPS else "all",
        page=int(asked) if re.fullmatch(r"[1-9][0-9]{0,2}", asked) else 1,
        with_contact=may_manage(request.membership),
    )


@sensitive_variables("form", "saved")
@sensitive_post_parameters("preferred_code")
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


@sensitive_variables("form", "saved")
@sensitive_post_parameters("preferred_code")
@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_stay(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    form = StayForm(request.POST or None, workspace=request.workspace, stay=stay)
    if form.is_valid():
        saved = save_from(form, request, source=stay.source, external_id=stay.external_id)
        if saved is not None:
            new_code = bool(form.cleaned_data["preferred_code"])
            messages.success(request, describe_saved(saved, new_code=new_code))
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
    now = timezone.now()
    return f"The stay is here{code_to_come(stay, access_of_stay(stay, now=now), now=now)}"


def describe_saved(saved: SavedStay, *, new_code: bool) -> str:
    if saved.outcome == SaveOutcome.UNCHANGED:
        return "Nothing was different, so nothing was changed."
    if saved.stay.status == StayStatus.CANCELLED:
        return "Saved. The stay stays cancelled; Reinstate brings it back."
    if new_code:
        return "Saved. The code that was asked for follows where every door takes it; this page shows what they have."
    return "Saved. Codes follow; the guest keeps theirs."


@sensitive_variables("form", "details")
def save_from(form: StayForm, request: MemberRequest, *, source: str, external_id: str) -> SavedStay | None:
    details = form.details()
    against = problem_of_wish(details, details_of(form.stay) if form.stay is not None else None)
    if against is not None:
        form.add_error("preferred_code", against)
        return None
    try:
        return save_stay(
            request.workspace,
            source=source,
            external_id=external_id,
            details=details,
            actor=request.user.email,
            now=timezone.now(),
            expected_revision=form.cleaned_data.get("seen_revision"),
        )
    except ChangedMeanwhileError as changed:
        form.show_changed(changed)
    except BookingError as problem:
        add_domain_errors(form, problem.errors)
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def cancel(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay, now = fetch_or_404(stays_with_places(), request, public_id), timezone.now()
    if request.method == "POST":
        was = stay.revision
        stay = cancel_stay(stay, reason=CancelReason.PERSON, actor=request.user.email, now=now)
        already = "It was cancelled already, meanwhile."
        messages.success(request, describe_cancelled(stay, now=now) if stay.revision != was else already)
        return redirect("stay-detail", stay.public_id)
    return confirm_page(
        request,
        heading=f"Cancel the stay of {stay.guest_name}?",
        consequences=[
            "Codes are taken off the locks. The page of the stay shows, door by door, when each is known to be gone.",
            *still_open(access_of_stay(stay, now=now).doors, zone=stay.unit.property.zone, now=now),
            "The booking itself is not touched: cancel it where it was made, too.",
        ],
        submit="Cancel the stay",
        keep="Keep the stay",
        back=(reverse("stay-detail", args=[stay.public_id]), stay.guest_name),
    )


def describe_reinstated(stay: Stay, *, now: dt.datetime) -> str:
    return f"The stay is back{code_to_come(stay, access_of_stay(stay, now=now), now=now)}"


def describe_cancelled(stay: Stay, *, now: dt.datetime) -> str:
    doors = access_of_stay(stay, now=now).doors
    return " ".join([CANCELLED, *going(doors, zone=stay.unit.property.zone, now=now)])


@require_POST
@manager_required
def reinstate(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    stay = fetch_or_404(stays_with_places(), request, public_id)
    try:
        stay = reinstate_stay(stay, actor=request.user.email, now=timezone.now())
    except BookingError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, describe_reinstated(stay, now=timezone.now()))
    return redirect("stay-detail", stay.public_id)
