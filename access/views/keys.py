"""API keys of the workspace: made and replaced (shown once), revoked; and how to call both APIs. For managers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from access.api_keys import KeyRefused, create_key, is_live, revoke_key, rotate_key
from access.enums import Scope
from access.models import ApiKey
from access.views.key_forms import KeyForm, RotateForm
from properties.noting import note_change
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.once import keep_once, take_once
from properties.views.shared import confirm_page, form_page, page_of

if TYPE_CHECKING:
    from django.http import HttpResponse

ONCE = "api-key"


@sensitive_variables("secret", "context")
@require_safe
@never_cache
@manager_required
def list_keys(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    successors = ApiKey.objects.filter(replaces=OuterRef("pk"))
    keys = ApiKey.objects.in_workspace(request.workspace).select_related("created_by")
    keys = keys.prefetch_related("properties").annotate(is_replaced=Exists(successors))
    page = page_of(keys.order_by("-pk"), request)
    context = {
        "page": page,
        "rows": [(key, is_live(key, now=now), [Scope(one).label for one in key.scopes]) for key in page],
        "secret": take_once(request, ONCE),
        "rest": request.build_absolute_uri("/api/v1/"),
        "seam": request.build_absolute_uri("/seam/"),
    }
    return render(request, "access/settings/keys.html", context)


@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create(request: MemberRequest) -> HttpResponse:
    form = KeyForm(request.POST or None, workspace=request.workspace)
    if form.is_valid():
        with transaction.atomic():
            key, secret = create_key(
                request.workspace,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                properties=form.places,
                expires_at=form.ends_at(timezone.now()),
                created_by=request.user,
            )
            told = f"{key}: {', '.join(key.scopes)}"
            note_change(request.workspace, "API key made", told, actor=request.user.email)
        keep_once(request, ONCE, secret)
        return redirect("api-key-list")
    return form_page(
        request,
        form,
        heading="Make an API key",
        lead="The key is shown once, on the next page.",
        submit="Make key",
        back=(reverse("api-key-list"), "API keys"),
    )


@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def rotate(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    key = fetch_or_404(ApiKey.objects.all(), request, public_id)
    form = RotateForm(request.POST or None)
    if form.is_valid():
        overlap = dt.timedelta(hours=int(form.cleaned_data["overlap"]))
        try:
            with transaction.atomic():
                new, secret = rotate_key(key, overlap=overlap, now=timezone.now(), created_by=request.user)
                note_change(
                    request.workspace, "API key replaced", f"{key} by {new}", actor=request.user.email
                )
        except KeyRefused as refused:
            form.add_error(None, str(refused))
        else:
            keep_once(request, ONCE, secret)
            return redirect("api-key-list")
    return form_page(
        request,
        form,
        heading=f"Replace {key.name}",
        lead="A key with the same rights is made and shown once, on the next page.",
        submit="Make the new key",
        back=(reverse("api-key-list"), "API keys"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def revoke(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    key = fetch_or_404(ApiKey.objects.all(), request, public_id)
    if request.method == "POST":
        with transaction.atomic():
            revoke_key(key, now=timezone.now())
            note_change(request.workspace, "API key revoked", str(key), actor=request.user.email)
        messages.success(request, f"{key.name} no longer works.")
        return redirect("api-key-list")
    return confirm_page(
        request,
        heading=f"Revoke {key.name}?",
        consequences=[
            "Whatever uses it is refused from now on. This cannot be undone; make a new key instead."
        ],
        submit="Revoke key",
        back=(reverse("api-key-list"), "API keys"),
    )
