"""Access of people who are not guests: list, give, change, end; one holder with windows, doors, code and history.

Managers only. Changes go through access.staffing; the code is shown only in the answer to a POST.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.issuing import NoPinLeft, RevealedPin, issue_new_pin
from access.models import StaffAccess
from access.staffing import StaffRefused, add_exception, end_staff_access, save_staff_access
from access.staffing.forms import StaffForm
from access.staffing.overview import access_of_holders, codes_of_holder, reveal_holder_pins, upcoming
from access.stay_pages import SETTLING, going, still_open
from access.stay_pages.promising import is_reached
from access.timeline import timeline_of_grant
from properties.forms.base import add_domain_errors
from properties.forms.together import tell_kept
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import (
    confirm_page,
    form_page,
    is_unchanged,
    page_of,
    render_live,
    unchanged,
)

if TYPE_CHECKING:
    from django.http import HttpResponse

WINDOWS_SHOWN = 12
FILTERS = {"current": "Current and coming", "ended": "Ended"}


def holders() -> Any:
    return StaffAccess.objects.select_related("grant").prefetch_related(
        "doors__property", "doors__device__account"
    )


@require_safe
@manager_required
def list_staff(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    show = "ended" if request.GET.get("show") == "ended" else "current"
    rows = holders().in_workspace(request.workspace).filter(ended_at__isnull=show == "current")
    page = page_of(rows.order_by("holder_name", "pk"), request)
    context = {
        "page": page,
        "rows": access_of_holders(list(page.object_list), now=now),
        "filters": FILTERS,
        "show": show,
    }
    return render(request, "access/staff/list.html", context)


@require_safe
@never_cache
@manager_required
def show_staff(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    staff = fetch_or_404(holders(), request, public_id)
    context = staff_context(staff, now=timezone.now())
    if is_unchanged(request, context["version"]):
        return unchanged()
    return render_live(request, "access/staff/detail.html", "live", context, version=context["version"])


def staff_context(staff: StaffAccess, *, now: dt.datetime) -> dict[str, Any]:
    access = access_of_holders([staff], now=now)[0]
    timeline = timeline_of_grant(staff.grant) if staff.grant is not None else []
    latest = timeline[0].at.timestamp() if timeline else 0
    states = [str(door.state) for door in access.doors]
    return {
        "staff": staff,
        "zone": staff.time_zone,
        "access": access,
        "poll": "every 500ms" if SETTLING.intersection(states) else "every 10s",
        "version": "-".join([*states, str(latest), str(len(timeline)), str(now.minute)]),
        "windows": upcoming(staff, now=now, number=WINDOWS_SHOWN),
        "grant": staff.grant if staff.grant is not None and staff.grant.revoked_at is None else None,
        "timeline": timeline,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_staff(request: MemberRequest) -> HttpResponse:
    form = StaffForm(request.POST or None, workspace=request.workspace, today=timezone.localdate())
    saved = save_from(form, request) if form.is_valid() else None
    if saved is not None:
        messages.success(request, "Access is given; the code comes to the doors in time for each window.")
        return redirect("staff-detail", saved.public_id)
    return form_page(
        request,
        form,
        heading="Give access",
        lead="For cleaners, staff, vendors and residents. One code opens all their doors, in their hours only.",
        submit="Give access",
        back=(reverse("staff-list"), "People"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_staff(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    staff = fetch_or_404(holders(), request, public_id)
    back = (reverse("staff-detail", args=[staff.public_id]), staff.holder_name)
    if staff.ended_at is not None:
        messages.error(request, "This access is ended. Give access anew; it comes with a new code.")
        return redirect(back[0])
    form = StaffForm(request.POST or None, workspace=request.workspace, today=staff.first_day, staff=staff)
    if form.is_valid() and save_from(form, request, staff=staff) is not None:
        told = out_of_reach(staff, now=timezone.now())
        messages.success(request, " ".join(["Saved. The page shows when each door has it.", *told]))
        tell_kept(request, form)
        return redirect(back[0])
    return form_page(request, form, heading=f"Change the access of {staff.holder_name}", back=back)


def out_of_reach(staff: StaffAccess, *, now: dt.datetime) -> list[str]:
    """Where a change comes later: codes that are to go still open there, the others are as they were."""
    doors = codes_of_holder(staff, now=now)
    leaving = [door for door in doors if door.code is not None and door.code.revoked_at is not None]
    told = still_open(leaving, zone=ZoneInfo(staff.time_zone), now=now)
    names = {door.door_name for door in leaving}
    held = [door for door in doors if door.code is not None and door.code.written is not None]
    others = {door.door_name for door in held if not is_reached(door)} - names
    later = (f"{name}: the lock is out of reach; the change comes there once it is back." for name in others)
    return [*told, *sorted(later)]


def save_from(
    form: StaffForm, request: MemberRequest, *, staff: StaffAccess | None = None
) -> StaffAccess | None:
    try:
        return save_staff_access(
            request.workspace, form.details(), staff=staff, actor=request.user.email, now=timezone.now()
        )
    except StaffRefused as refused:
        add_domain_errors(form, refused.errors)
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def end_staff(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    staff = fetch_or_404(holders(), request, public_id)
    back = (reverse("staff-detail", args=[staff.public_id]), staff.holder_name)
    now, zone = timezone.now(), ZoneInfo(staff.time_zone)
    if request.method == "POST":
        end_staff_access(staff, actor=request.user.email, now=now)
        leaving = going(codes_of_holder(staff, now=now), zone=zone, now=now)
        messages.success(request, " ".join(["Ended.", *leaving]))
        return redirect(back[0])
    return confirm_page(
        request,
        heading=f"End the access of {staff.holder_name}?",
        consequences=[
            "The code is taken off every lock as soon as that lock can be told.",
            "The page of this access shows, door by door, when it is known to be gone.",
            *still_open(codes_of_holder(staff, now=now), zone=zone, now=now),
            "It does not come back: who gets access again gets a new code.",
        ],
        submit="End access",
        keep="Keep access",
        back=back,
    )


@sensitive_variables("pins", "context")
@require_POST
@never_cache
@manager_required
def reveal_staff(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    staff, now = fetch_or_404(holders(), request, public_id), timezone.now()
    pins: tuple[RevealedPin, ...] = ()
    if staff.grant is not None and staff.grant.revoked_at is None:
        pins = reveal_holder_pins(staff.grant, actor=request.user.email, now=now)
    context = {**staff_context(staff, now=now), "pins": pins, "revealed_none": not pins}
    return render(request, "access/staff/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def issue_code(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    staff = fetch_or_404(holders(), request, public_id)
    back = (reverse("staff-detail", args=[staff.public_id]), staff.holder_name)
    if staff.grant is None or staff.grant.revoked_at is not None:
        messages.error(request, "There is no code to replace: this access is ended.")
        return redirect(back[0])
    now = timezone.now()
    if request.method == "POST":
        try:
            issue_new_pin(staff.grant, actor=request.user.email, now=now)
        except NoPinLeft:
            messages.error(request, "No other code is free on these doors. Remove codes that nobody needs.")
        else:
            messages.success(request, "A new code takes the place of the old one on every door.")
        return redirect(back[0])
    return confirm_page(
        request,
        heading=f"Issue a new code for {staff.holder_name}?",
        consequences=[
            "The present code stops working on every door, at once where the lock can be reached.",
            *still_open(codes_of_holder(staff, now=now), zone=ZoneInfo(staff.time_zone), now=now),
            f"{staff.holder_name} has to be told the new one: it is not sent by itself.",
        ],
        submit="Issue new code",
        keep="Keep the present code",
        back=back,
    )


@require_POST
@manager_required
def skip_day(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """No window begins on this day; the form of the page can take that back."""
    staff = fetch_or_404(holders(), request, public_id)
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
        add_exception(staff, day, actor=request.user.email, now=timezone.now())
    except StaffRefused as refused:
        messages.error(request, str(refused))
    except ValueError:
        messages.error(request, "That is no date. Choose one of the windows below.")
    else:
        told = out_of_reach(staff, now=timezone.now())
        skipped = f"The window of {day:%A %-d %B %Y} is taken away. Change brings it back."
        messages.success(request, " ".join([skipped, *told]))
    return redirect("staff-detail", staff.public_id)
