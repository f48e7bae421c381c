"""The search over everything of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.searching import LONGEST, SHORTEST, search
from properties.tenancy import MemberRequest, may_manage, member_required

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_safe
@member_required
def show_search(request: MemberRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    manages = may_manage(request.membership)
    found = search(request.workspace, words, may_manage=manages, now=timezone.now())
    context = {"words": words, "found": found, "is_short": len("".join(words.split())) < SHORTEST}
    return render(request, "access/search.html", context)
