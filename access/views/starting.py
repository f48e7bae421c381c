"""Make a workspace: the first one of an installation, another one, or a sandbox to play in.

For whoever runs the installation, and for owners; everybody else is invited to a workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access.starting import BY_OWNERS, create_workspace, furnish_sandbox, may_start
from properties.forms.base import SectionedForm
from properties.tenancy import SESSION_KEY, MemberRequest, send_to_login
from properties.views.shared import form_page

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

REAL, SANDBOX = "real", "sandbox"


class StartForm(SectionedForm):
    name = forms.CharField(
        max_length=100,
        help_text="Your business, or what you call the sandbox. Only its members see it.",
        error_messages={"required": "Give the workspace a name."},
    )
    kind = forms.ChoiceField(
        label="What is it for?",
        choices=[
            (REAL, "Real guests: it begins empty, and a list leads to the first working code"),
            (
                SANDBOX,
                "To play in: a sample house with virtual locks, a guest who is there and one who comes",
            ),
        ],
        widget=forms.RadioSelect,
        initial=REAL,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def start_workspace(request: HttpRequest) -> HttpResponseBase:
    if not request.user.is_authenticated:
        return send_to_login(request)
    user = request.user
    if not may_start(user):
        raise PermissionDenied(BY_OWNERS)
    wanted = request.GET.get("kind", "")
    form = StartForm(request.POST or None, initial={"kind": wanted if wanted in (REAL, SANDBOX) else REAL})
    if form.is_valid():
        is_sandbox, now = form.cleaned_data["kind"] == SANDBOX, timezone.now()
        workspace = create_workspace(user, name=form.cleaned_data["name"], is_sandbox=is_sandbox, now=now)
        request.session[SESSION_KEY] = workspace.pk
        if is_sandbox:
            furnish_sandbox(workspace, actor=user.email, now=now)
        messages.success(request, _greeting(workspace.name, is_sandbox=is_sandbox))
        return redirect("board")
    return form_page(
        cast("MemberRequest", request),
        form,
        heading="Make a workspace",
        lead="It holds the properties and locks of one business, and nothing of it is seen from another.",
        submit="Make it",
        back=(reverse("board"), "Today"),
    )


def _greeting(name: str, *, is_sandbox: bool) -> str:
    if is_sandbox:
        return (
            f"{name} is here. Codes reach its virtual locks within a minute: show one on the page of a stay, type it "
            "into the keypad on the page of its lock, and give a lock a bad day there."
        )
    return f"{name} is here. The list below leads to the first working code."
