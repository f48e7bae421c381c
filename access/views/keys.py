"""API keys of the workspace: make one (shown once), revoke one."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from access.api_keys import create_key, revoke_key
from access.models import ApiKey
from properties.forms.base import SectionedForm
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import UNPROCESSABLE, confirm_page, page_of

if TYPE_CHECKING:
    from django.http import HttpResponse


class KeyForm(SectionedForm):
    name = forms.CharField(
        label="Name of the new key", max_length=100, help_text="Whatever uses it, such as Booking system."
    )


@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def list_keys(request: MemberRequest) -> HttpResponse:
    form, secret = KeyForm(request.POST or None), ""
    if form.is_valid():
        _, secret = create_key(request.workspace, name=form.cleaned_data["name"], created_by=request.user)
        form = KeyForm()
    keys = ApiKey.objects.in_workspace(request.workspace).select_related("created_by").order_by("-pk")
    context = {"form": form, "secret": secret, "page": page_of(keys, request)}
    status = UNPROCESSABLE if form.errors else None
    return render(request, "access/api_key_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def revoke(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    key = fetch_or_404(ApiKey.objects.all(), request, public_id)
    if request.method == "POST":
        revoke_key(key, now=timezone.now())
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
