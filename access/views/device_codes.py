"""Codes of a lock that belong to no stay: add, look at, change, delete, show the PIN. Rules are in access.codes.

Before an offline code is saved, the page says what is for good about it, and is sent a second time.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.codes import (
    CodeRefused,
    NewCode,
    check_is_ours,
    create_code,
    delete_code,
    notes_before_creating,
    reveal_pin,
    update_code,
    zone_of_door,
)
from access.device_pages import describe
from access.facts import facts_of
from access.models import AccessCode
from access.status import code_state
from access.timeline import timeline_of_code
from access.views.code_forms import ChangeCodeForm, NewCodeForm
from locks.devices import capabilities_of
from locks.models import Device
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, member_required
from properties.views.shared import confirm_page, form_page, is_unchanged, render_live, unchanged

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

SETTLING = ("programming", "removing")
PIN_PANEL = "pin-panel"  # asks for itself while the lock or its system has not told a PIN


def codes_with_places() -> Any:
    return AccessCode.objects.select_related(
        "device__account__workspace",
        "device__door__property",
        "grant__stay__unit",
        "grant__stay__guest",
        "grant__staff",
    )


def title_of(code: AccessCode) -> str:
    return code.name or "Code"


def is_loose(code: AccessCode) -> bool:
    """Tell whether the code is a person's own to show and to change, not a stay's, a holder's or the pool's."""
    waits_in_pool = code.is_backup and code.pulled_for_id is None
    return code.grant_id is None and not waits_in_pool and code.is_managed


@sensitive_variables("form", "new")
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def create(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.select_related("account", "door__property"), request, public_id)
    zone, now, capabilities = zone_of_door(device), timezone.now(), capabilities_of(device)
    form = NewCodeForm(request.POST or None, capabilities=capabilities, zone=zone)
    notes: list[str] = []
    if form.is_valid():
        new = form.new_code()
        notes = notes_before_creating(device, new, now=now)
        if not new.is_offline or form.has_seen(notes):
            try:
                code = create_code(device, new, actor=request.user.email, now=now)
            except CodeRefused as refused:
                form.show_refusal(refused)
            else:
                messages.success(request, " ".join(["The code is declared.", *notes]))
                return redirect("code-detail", code.public_id)
    usual = NewCode(is_offline=not capabilities.online_codes)
    form.notes = notes or notes_before_creating(device, usual, now=now)
    return form_page(
        request,
        form,
        heading=f"Add a code to {device.name}",
        lead="For somebody who has no stay, such as an owner or a neighbour. Guests get theirs by themselves.",
        submit="Save for good" if form.is_bound and notes and not form.errors else "Add code",
        back=(reverse("device-detail", args=[device.public_id]), device.name),
        template="access/device_codes/form.html",
    )


@require_safe
@never_cache
@member_required
def show(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    code = fetch_or_404(codes_with_places(), request, public_id)
    context = code_context(code, now=timezone.now())
    template = "access/device_codes/detail.html"
    if request.htmx and request.htmx.target == PIN_PANEL:
        return unchanged() if context["awaits_pin"] else render(request, f"{template}#pin", context)
    if is_unchanged(request, context["version"]):
        return unchanged()
    return render_live(request, template, "live", context, version=context["version"])


def code_context(code: AccessCode, *, now: dt.datetime) -> dict[str, Any]:
    state = code_state(facts_of(code), now=now)
    held = code.lock_codes.first()
    history = timeline_of_code(code)
    parts = (state, code.attempts, code.seen, code.write_state, history[0].at if history else "", now.minute)
    return {
        "code": code,
        "title": title_of(code),
        "device": code.device,
        "stay": code.grant.stay if code.grant is not None else None,
        "holder": getattr(code.grant, "staff", None),
        "zone": zone_of_door(code.device),
        "state": state,
        "note": describe(code, state, held, capabilities_of(code.device), now=now),
        "problems": code.problems.filter(cleared_at=None).order_by("raised_at"),
        "timeline": history,
        "is_loose": is_loose(code),
        "awaits_pin": is_loose(code) and code.ended_at is None and code.pin is None,
        "may_change": is_changeable(code),
        "poll": "every 500ms" if state in SETTLING else "every 10s",
        "version": "-".join(map(str, parts)).replace(" ", "_").replace("+", "p"),
    }


def is_changeable(code: AccessCode) -> bool:
    try:
        check_is_ours(code)
    except CodeRefused:
        return False
    return code.is_managed


@sensitive_variables("form", "changes")
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def edit(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    code = fetch_or_404(codes_with_places(), request, public_id)
    back = (reverse("code-detail", args=[code.public_id]), title_of(code))
    try:
        check_is_ours(code)
    except CodeRefused as refused:
        messages.error(request, refused.message)
        return redirect(back[0])
    form = ChangeCodeForm(
        request.POST or None,
        code=code,
        capabilities=capabilities_of(code.device),
        zone=zone_of_door(code.device),
    )
    if form.is_valid():
        changes = form.changes()
        try:
            update_code(code, changes, actor=request.user.email, now=timezone.now())
        except CodeRefused as refused:
            form.show_refusal(refused)
        else:
            messages.success(request, "Saved; the lock follows.")
            return redirect(back[0])
    return form_page(
        request,
        form,
        heading=f"Change {title_of(code)}",
        lead=f"On {code.device.name}.",
        back=back,
        template="access/device_codes/form.html",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    code = fetch_or_404(codes_with_places(), request, public_id)
    back = (reverse("code-detail", args=[code.public_id]), title_of(code))
    try:
        check_is_ours(code)
        if request.method == "POST":
            delete_code(code, actor=request.user.email, now=timezone.now())
            messages.success(
                request, "The code is being taken off the lock; this page shows when it is known to be gone."
            )
            return redirect(back[0])
    except CodeRefused as refused:
        messages.error(request, refused.message)
        return redirect(back[0])
    return confirm_page(
        request,
        heading=f"Delete {title_of(code)}?",
        consequences=[
            f"The code stops opening {code.device.name} and is taken off it, at once where the lock can be reached.",
            "What it did stays readable in its history.",
        ],
        submit="Delete the code",
        back=back,
    )


@sensitive_variables("pin", "context")
@require_POST
@never_cache
@manager_required
def reveal(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """The PIN is in this answer alone, which is written down."""
    code = fetch_or_404(codes_with_places(), request, public_id)
    now, name = timezone.now(), "access/device_codes/detail.html"
    pin = None
    if is_loose(code) and code.ended_at is None:
        pin = reveal_pin(code, actor=request.user.email, now=now)
    elif not request.htmx:
        return redirect("code-detail", code.public_id)
    # Where there is nothing to show, the panel says why: the code ended meanwhile, or belongs to a stay.
    context = {**code_context(code, now=now), "pin": pin}
    return render(request, f"{name}#pin" if request.htmx else name, context)
