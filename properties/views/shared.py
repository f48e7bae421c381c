"""Small parts of many pages: a form with its errors, a confirmation, a poll that may be answered with nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from django import forms
    from django.db.models import QuerySet

    from properties.tenancy import MemberRequest

UNPROCESSABLE = 422
NO_CONTENT = 204


def form_page(
    request: MemberRequest,
    form: forms.Form,
    *,
    heading: str,
    back: tuple[str, str],
    lead: str = "",
    submit: str = "Save",
    template: str = "ui/form_page.html",
) -> HttpResponse:
    """The page with the form; 422 where what was typed had errors, and everything typed is still there."""
    context = {
        "form": form,
        "heading": heading,
        "lead": lead,
        "submit": submit,
        "back": {"url": back[0], "label": back[1]},
    }
    return render(request, template, context, status=UNPROCESSABLE if form.errors else None)


def confirm_page(
    request: MemberRequest,
    *,
    heading: str,
    consequences: Sequence[str],
    submit: str,
    back: tuple[str, str],
    keep: str = "Keep it",
    hidden: Mapping[str, str] | None = None,
) -> HttpResponse:
    """`hidden`: sent along with the answer, such as what the person had before them."""
    context = {
        "hidden": hidden or {},
        "heading": heading,
        "consequences": consequences,
        "submit": submit,
        "keep": keep,
        "back": {"url": back[0], "label": back[1]},
    }
    return render(request, "ui/confirm_page.html", context)


def is_unchanged(request: MemberRequest, version: str) -> bool:
    """A poll that shows this version already; the page answers it with 204 before asking for anything else."""
    return bool(request.htmx) and request.GET.get("v") == version


def unchanged() -> HttpResponse:
    answer = HttpResponse(status=NO_CONTENT)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def render_live(
    request: MemberRequest, template: str, part: str, context: Mapping[str, Any], *, version: str
) -> HttpResponse:
    """The whole page, or for htmx only its part `part`, with the version that the next poll sends back."""
    name = f"{template}#{part}" if request.htmx else template
    answer = render(request, name, {**context, "version": version})
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def page_of(rows: QuerySet[Any], request: MemberRequest, *, size: int = 50) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("page"))
