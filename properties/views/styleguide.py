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


# What a guest is told: tone, icon, words.
NOTES = (
    ("info", "info", "Your host has been told and will help you."),
    ("pending", "programming", "We are asking the lock. This takes up to a minute; stay here."),
    ("ok", "unlock", "The door is unlocked. Go in."),
    ("warn", "offline", "No connection. What you see may be out of date."),
    ("error", "error", "The door could not be opened from here. Please use your code."),
)
DOORS = (
    ("House entrance", "ok", "ok", "Your code opens this door"),
    ("Loft 2", "info", "backup", "Use the backup code here"),
    ("Lift", "pending", "programming", "Your code is on its way to this door"),
    ("Cellar", "warn", "warn", "Not confirmed. If it stays shut, tell us below"),
    (
        "Laundry room with a very long name that goes on",
        "idle",
        "info",
        "No code for this door. Please ask your host",
    ),
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


@require_safe
@member_required
def show_guest_styleguide(request: MemberRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404("The style guide is a page of development.")
    visit = {"language": "en", "path": request.path}
    return render(
        request, "properties/styleguide_guest.html", {"notes": NOTES, "doors": DOORS, "visit": visit}
    )


def symbols() -> list[str]:
    path = finders.find("icons.svg")
    if not isinstance(path, str):
        return []
    with open(path, encoding="utf-8") as sprite:
        return re.findall(r'<symbol id="([\w-]+)"', sprite.read())
