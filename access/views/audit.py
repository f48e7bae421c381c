"""The audit log of the workspace, and its export. For managers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.audit import KINDS, AuditFilter, csv_of, lines_of_audit, page_of_audit
from properties.forms.base import DateInput
from properties.models import Property
from properties.tenancy import MemberRequest, manager_required

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from properties.models import Workspace

SINCE: Final = dt.timedelta(days=30)


class AuditForm(forms.Form):
    """What is asked for in the address; nonsense there is left out."""

    who = forms.CharField(label="Who", max_length=100, required=False)
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Everything"), *((key, words) for key, (words, _) in KINDS.items())],
    )
    property = forms.ModelChoiceField(
        queryset=Property.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="All properties",
    )
    since = forms.DateField(label="Since", widget=DateInput(), required=False)
    everything = forms.BooleanField(label="Also what happened by itself", required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["property"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- declared above
        field.queryset = Property.objects.in_workspace(workspace).order_by("name", "pk")


@require_safe
@manager_required
def show_audit(request: MemberRequest) -> HttpResponse:
    form, asked = _read(request)
    number = request.GET.get("page", "1")
    page = page_of_audit(
        request.workspace,
        asked,
        number=int(number) if number.isdecimal() and len(number) < 5 else 1,  # noqa: PLR2004 -- there are never as many
    )
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request, "access/settings/audit.html", {"form": form, "page": page, "query": query.urlencode()}
    )


@require_safe
@manager_required
def export_audit(request: MemberRequest) -> HttpResponseBase:
    """As CSV, streamed, with the filters of the page."""
    _, asked = _read(request)
    answer = StreamingHttpResponse(
        csv_of(lines_of_audit(request.workspace, asked)), content_type="text/csv; charset=utf-8"
    )
    name = f"keyturn-audit-{timezone.now():%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _read(request: MemberRequest) -> tuple[AuditForm, AuditFilter]:
    first = timezone.now() - SINCE
    given = request.GET.copy()
    given.setdefault("since", f"{first:%Y-%m-%d}")
    given["property"] = _uuid(given.get("property", ""))
    form = AuditForm(given, workspace=request.workspace)
    form.is_valid()
    found = form.cleaned_data
    since = found.get("since")
    return form, AuditFilter(
        who=found.get("who") or "",
        kind=found.get("kind") or "",
        since=dt.datetime.combine(since, dt.time(), dt.UTC) if since else None,
        place=found.get("property"),
        everything=bool(found.get("everything")),
    )


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
