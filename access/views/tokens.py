"""The signed-in person's own tokens for programs: made (shown once) and revoked. For every role: a token does in each
workspace what its person may do there. Nobody sees another's."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from access.models import PersonalToken
from access.personal_tokens import create_token, is_live, revoke_token
from access.views.key_forms import LIVES
from properties.forms.base import SectionedForm
from properties.models import Membership
from properties.tenancy import MemberRequest, may_manage, member_required
from properties.views.once import keep_once, take_once
from properties.views.shared import confirm_page, form_page, page_of

if TYPE_CHECKING:
    from django.http import HttpResponse

ONCE = "personal-token"
BACK = "Personal tokens"


class TokenForm(SectionedForm):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="Where it is used, such as My laptop. One for each program.",
        error_messages={"required": "Say where it is used."},
    )
    life = forms.ChoiceField(label="It ends after", choices=list(LIVES.items()), required=False)

    def ends_at(self, now: dt.datetime) -> dt.datetime | None:
        days = self.cleaned_data["life"]
        return now + dt.timedelta(days=int(days)) if days else None


@sensitive_variables("secret", "context")
@require_safe
@never_cache
@member_required
def list_tokens(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    page = page_of(PersonalToken.objects.filter(user=request.user).order_by("-pk"), request)
    mine = Membership.objects.filter(user=request.user).select_related("workspace")
    context = {
        "page": page,
        "rows": [(token, is_live(token, now=now)) for token in page],
        "places": [(one.workspace, may_manage(one)) for one in mine.order_by("workspace__name", "pk")],
        "secret": take_once(request, ONCE),
        "seam": request.build_absolute_uri("/seam/"),
    }
    return render(request, "access/settings/tokens.html", context)


@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def create(request: MemberRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if form.is_valid():
        now = timezone.now()
        _, secret = create_token(
            request.user, name=form.cleaned_data["name"], expires_at=form.ends_at(now), now=now
        )
        keep_once(request, ONCE, secret)
        return redirect("token-list")
    return form_page(
        request,
        form,
        heading="Make a personal token",
        lead="It is shown once, on the next page. Whoever has it is you, to the Seam-compatible API.",
        submit="Make token",
        back=(reverse("token-list"), BACK),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(PersonalToken.objects.filter(user=request.user), pk=pk)
    if request.method == "POST":
        revoke_token(token, now=timezone.now())
        messages.success(request, f"{token.name} no longer works.")
        return redirect("token-list")
    return confirm_page(
        request,
        heading=f"Revoke {token.name}?",
        consequences=[
            "Whatever uses it is refused from now on. This cannot be undone; make a new one instead."
        ],
        submit="Revoke token",
        back=(reverse("token-list"), BACK),
    )
