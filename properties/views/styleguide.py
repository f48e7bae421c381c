"""Every component in every state on one page, in development and tests only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from properties.forms.base import DateInput, SectionedForm, TimeInput
from properties.tenancy import MemberRequest, member_required

if TYPE_CHECKING:
    from django.http import HttpResponse

TONES = ("ok", "pending", "warn", "error", "unknown", "idle")

# Bars of the timeline: tone, icon, name, place.
BARS = (
    ("idle", "ended", "Ines Duarte", "c1 s4 l1"),
    ("ok", "active", "Imogen Varga", "c5 s6 l1"),
    ("error", "failed", "Jonas Weber", "c12 s5 l1"),
    ("pending", "programming", "Maya Laurent", "c14 s7 l2"),
    ("warn", "backup", "Otto Brandt", "c22 s7 l1"),
)


class SampleForm(SectionedForm):
    layout = {"A section": ("name", "day", "time", "choice")}

    name = forms.CharField(help_text="A sentence that helps.")
    day = forms.DateField(widget=DateInput(), required=False)
    time = forms.TimeField(widget=TimeInput(), required=False)
    choice = forms.ChoiceField(choices=[("a", "First"), ("b", "Second")])
    radio = forms.ChoiceField(choices=[("a", "Ask a person"), ("b", "Ignore")], widget=forms.RadioSelect)
    check = forms.BooleanField(
        label="Serves every unit", help_text="Such as a shared entrance.", required=False
    )
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)


@require_safe
@member_required
def show_styleguide(request: MemberRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404("The style guide is a page of development.")
    good = SampleForm(auto_id="good_%s", initial={"name": "Harbour loft"})
    bad = SampleForm({"name": "", "choice": "c"}, auto_id="bad_%s")
    context = {"tones": TONES, "bars": BARS, "symbols": symbols(), "good": good, "bad": bad}
    return render(request, "properties/styleguide.html", context)


def symbols() -> list[str]:
    path = finders.find("icons.svg")
    if not isinstance(path, str):
        return []
    with open(path, encoding="utf-8") as sprite:
        return re.findall(r'<symbol id="([\w-]+)"', sprite.read())
