"""The timeline: which weeks, which property, which page of units. Nothing is changed here."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from django import forms
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.occupancy.loading import load, occupancy_version, units_of
from access.occupancy.showing import LEGEND, bounds_of, groups_of, heads_of
from properties.forms.base import DateInput
from properties.models import Property
from properties.tenancy import MemberRequest, member_required
from properties.views.shared import is_unchanged, page_of, render_live, unchanged

if TYPE_CHECKING:
    import uuid

    from django.http import HttpResponse, QueryDict

WEEK: Final = dt.timedelta(days=7)
WEEKS: Final = (2, 3, 4, 6)
UNITS: Final = 50
# Beyond these no date of a form or an address makes sense, and none can overflow.
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


class TimelineForm(forms.Form):
    property = forms.ChoiceField(label="Property", required=False)
    weeks = forms.TypedChoiceField(
        label="Weeks", choices=[(number, f"{number} weeks") for number in WEEKS], coerce=int, required=False
    )
    first = forms.DateField(label="From", widget=DateInput(), required=False)

    def __init__(self, data: QueryDict, places: list[Property], *, today: dt.date) -> None:
        self.monday = today - dt.timedelta(days=today.weekday())
        shown = data.copy()
        shown.setdefault("first", self.monday.isoformat())
        super().__init__(shown, label_suffix="")
        choices = [("", "All properties"), *((str(place.public_id), place.name) for place in places)]
        self.fields["property"] = forms.ChoiceField(label="Property", choices=choices, required=False)

    def first_day(self) -> dt.date:
        """This week's Monday, unless another day was asked for."""
        self.is_valid()
        first = self.cleaned_data.get("first") or self.monday
        return min(max(first, EARLIEST), LATEST)

    def weeks_shown(self) -> int:
        self.is_valid()
        return self.cleaned_data.get("weeks") or WEEKS[0]

    def place(self, places: list[Property]) -> Property | None:
        self.is_valid()
        chosen: uuid.UUID | str = self.cleaned_data.get("property") or ""
        return next((place for place in places if str(place.public_id) == chosen), None)


@require_safe
@member_required
def show_timeline(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    places = list(Property.objects.in_workspace(request.workspace).order_by("name"))
    place = places[0] if len(places) == 1 else None
    form = TimelineForm(request.GET, places, today=timezone.localdate(now, place.zone if place else None))
    first, weeks = form.first_day(), form.weeks_shown()
    days = weeks * WEEK.days
    page = page_of(units_of(request.workspace, form.place(places)), request, size=UNITS)
    units = list(page.object_list)
    zones = list({unit.property.time_zone: unit.property.zone for unit in units}.values())
    between = bounds_of(first, days, zones)
    version = occupancy_version(request.workspace, units, between=between, now=now)
    if is_unchanged(request, version):
        return unchanged()
    found = load(units, between=between, now=now)
    context = {
        "form": form,
        "page": page,
        "groups": groups_of(found, first=first, days=days, now=now),
        "heads": heads_of(first, days),
        "first": first,
        "last": first + dt.timedelta(days=days - 1),
        "weeks": weeks,
        "earlier": first - WEEK,
        "later": first + WEEK,
        "this_week": form.monday,
        "legend": LEGEND,
        "today": timezone.localdate(now),
    }
    return render_live(request, "access/occupancy/page.html", "live", context, version=version)
