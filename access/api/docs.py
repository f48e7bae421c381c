"""The description of this face for people who are signed in: Swagger UI, and nothing of it from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from properties.tenancy import MemberRequest, member_required

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_safe
@member_required
def show_docs(request: MemberRequest) -> HttpResponse:
    return render(request, "access/api_docs.html")
