"""One setting for many units at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from properties.booking import UNIT_RULES
from properties.forms.base import SectionedForm
from properties.forms.places import rule_fields
from properties.models import Unit

if TYPE_CHECKING:
    from django.db.models import QuerySet

    _UnitsChoice = forms.ModelMultipleChoiceField[Unit]
else:
    _UnitsChoice = forms.ModelMultipleChoiceField


class UnitsField(_UnitsChoice):
    def label_from_instance(self, obj: Unit) -> str:
        return f"{obj.property.name} · {obj.name}"


class ManyUnitsForm(SectionedForm):
    layout = {"Times and buffers": UNIT_RULES, "Take away": ("as_property",)}

    check_in_time, check_out_time, buffer_before, buffer_after = rule_fields("Empty: stays as it is.")
    as_property = forms.BooleanField(
        label="Take away what these units have of their own",
        required=False,
        help_text="They follow their property again, but for what is filled in above.",
    )
    units = UnitsField(
        label="In these units",
        queryset=Unit.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick the units."},
    )

    def __init__(self, *args: Any, own: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["units"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 -- declared above
        field.queryset = own

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.rules():
            raise forms.ValidationError("Nothing is to change: fill in at least one setting.")
        return given

    def rules(self) -> dict[str, Any]:
        """What was filled in, and nothing else but where it is to be taken away."""
        given = {name: self.cleaned_data.get(name) for name in UNIT_RULES}
        taken = bool(self.cleaned_data.get("as_property"))
        return {name: value for name, value in given.items() if taken or value is not None}
