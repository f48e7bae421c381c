"""Two pages to look ahead and back: readiness of the next seven days, and reliability of the last thirty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.boards import board_version
from access.readiness import coming, days_of, only_unready, tally, unready
from access.reliability import ENOUGH, PERIOD, by_brand, measure, summarize
from properties.tenancy import MemberRequest, member_required
from properties.views.shared import is_unchanged, page_of, render_live, unchanged

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_safe
@member_required
def show_readiness(request: MemberRequest) -> HttpResponse:
    now, workspace = timezone.now(), request.workspace
    version = board_version(workspace, now=now)
    if is_unchanged(request, version):
        return unchanged()
    context: dict[str, Any] = {"show": "unready" if request.GET.get("show") == "unready" else ""}
    rows = unready(workspace, now=now) if context["show"] else coming(workspace, now=now)
    context["page"] = page_of(rows, request)
    days = days_of(list(context["page"].object_list), now=now)
    if context["show"]:
        days = only_unready(days)
    context |= {"days": days, "tally": tally(days)}
    return render_live(request, "access/readiness.html", "live", context, version=version)


@require_safe
@member_required
def show_reliability(request: MemberRequest) -> HttpResponse:
    found = measure(request.workspace, now=timezone.now())
    context = {
        "total": summarize("All brands", found),
        "brands": by_brand(found),
        "days": PERIOD.days,
        "enough": ENOUGH,
    }
    return render(request, "access/reliability.html", context)
