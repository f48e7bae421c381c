"""Forms of API keys: what one may do, where, and for how long; and how long an old one outlives its successor."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms

from access.enums import Scope
from properties.forms.base import SectionedForm
from properties.models import Property, Workspace

LIVES: Final = {"": "It does not end", "30": "30 days", "90": "90 days", "365": "A year"}
OVERLAPS: Final = {"0": "At once", "1": "In an hour", "24": "In a day", "168": "In a week"}
SCOPE_WORDS: Final = {
    Scope.READ: "Read stays, doors, codes without their digits, and events",
    Scope.WRITE: "Change stays, codes and webhooks, and open locks",
    Scope.REVEAL: "See door codes; each look is recorded",
}
ALL, SOME = "all", "some"


class KeyForm(SectionedForm):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="Whatever uses it, such as Booking system. One key for each program.",
        error_messages={"required": "Say which program uses it."},
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(scope.value, words) for scope, words in SCOPE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that it may do."},
    )
    reach = forms.ChoiceField(
        label="Where",
        error_messages={"required": "Say where it may do so."},
        choices=[(ALL, "All properties, those to come included"), (SOME, "Only the properties chosen below")],
        widget=forms.RadioSelect,
    )
    properties = forms.ModelMultipleChoiceField(
        label="Properties",
        queryset=Property.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    life = forms.ChoiceField(label="It ends after", choices=list(LIVES.items()), required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"scopes": [Scope.READ, Scope.WRITE], "reach": ALL})
        super().__init__(*args, **kwargs)
        field = self.fields["properties"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 -- declared above
        field.queryset = Property.objects.in_workspace(workspace).order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("reach") == SOME and not given.get("properties"):
            self.add_error("properties", "Choose at least one property, or all of them.")
        return given

    @property
    def places(self) -> list[Property] | None:
        return list(self.cleaned_data["properties"]) if self.cleaned_data["reach"] == SOME else None

    def ends_at(self, now: dt.datetime) -> dt.datetime | None:
        days = self.cleaned_data["life"]
        return now + dt.timedelta(days=int(days)) if days else None


class RotateForm(SectionedForm):
    overlap = forms.ChoiceField(
        label="The old key ends",
        choices=list(OVERLAPS.items()),
        initial="24",
        help_text="Until then both work, so that the other program can change over in peace.",
    )
