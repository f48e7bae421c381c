"""Two pages to look ahead and back: readiness of the next seven days, and reliability of the last thirty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.readiness import coming, days_of, tally
from access.reliability import ENOUGH, PERIOD, by_brand, measure, summarize
from properties.tenancy import MemberRequest, member_required
from properties.views.shared import page_of

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_safe
@member_required
def show_readiness(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    page = page_of(coming(request.workspace, now=now), request)
    days = days_of(list(page.object_list), now=now)
    context = {"page": page, "days": days, "tally": tally(days)}
    return render(request, "access/readiness.html", context)


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
