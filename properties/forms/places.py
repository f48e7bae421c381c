"""Forms of properties and units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from properties.booking import UNIT_RULES
from properties.forms.base import TimeInput, time_zone_choices
from properties.forms.together import SharedForm
from properties.models import Property, Unit
from properties.models.places import MAX_ADDRESS_HOURS, MAX_BUFFER_MINUTES

if TYPE_CHECKING:
    from properties.models import Workspace


def rule_fields(help_text: str) -> tuple[forms.Field, ...]:
    """Of a form where each of a unit's own rules may be left out; in the order of UNIT_RULES."""

    def minutes(label: str) -> forms.IntegerField:
        return forms.IntegerField(
            label=label, min_value=0, max_value=MAX_BUFFER_MINUTES, required=False, help_text=help_text
        )

    return (
        forms.TimeField(label="Check-in from", widget=TimeInput(), required=False, help_text=help_text),
        forms.TimeField(label="Check-out until", widget=TimeInput(), required=False, help_text=help_text),
        minutes("Minutes before check-in"),
        minutes("Minutes after check-out"),
    )


class PropertyForm(SharedForm):
    layout = {
        "The house": ("name", "address", "time_zone"),
        "Usual times": ("check_in_time", "check_out_time", "buffer_before", "buffer_after"),
        "When a code is not on its lock": ("automatic_backup", "backup_minutes"),
        "What guests see on their pass": ("address_hours", "guest_contact", "arrival_notes", "guest_unlock"),
    }

    name = forms.CharField(max_length=100, error_messages={"required": "Give the property a name."})
    address = forms.CharField(max_length=200, required=False)
    time_zone = forms.ChoiceField(help_text="Check-in and check-out are counted in it.")
    check_in_time = forms.TimeField(label="Check-in from", widget=TimeInput())
    check_out_time = forms.TimeField(label="Check-out until", widget=TimeInput())
    buffer_before = forms.IntegerField(
        label="Minutes before check-in",
        min_value=0,
        max_value=MAX_BUFFER_MINUTES,
        help_text="A code opens this much earlier.",
    )
    buffer_after = forms.IntegerField(
        label="Minutes after check-out",
        min_value=0,
        max_value=MAX_BUFFER_MINUTES,
        help_text="A code still opens this much later.",
    )
    automatic_backup = forms.BooleanField(
        label="Give the guest a backup code by itself",
        required=False,
        help_text="From the codes kept ready on the lock. A code that works is never replaced.",
    )
    backup_minutes = forms.IntegerField(
        label="Minutes before arrival",
        min_value=0,
        max_value=MAX_BUFFER_MINUTES,
        help_text="A code that is not confirmed by then gets a backup.",
    )
    address_hours = forms.IntegerField(
        label="Hours before check-in",
        min_value=0,
        max_value=MAX_ADDRESS_HOURS,
        help_text="From then on the pass shows the address. The code is shown from check-in.",
    )
    guest_contact = forms.CharField(
        label="Whom guests call",
        max_length=200,
        required=False,
        help_text="Such as: Ana, +34 612 345 678.",
    )
    arrival_notes = forms.CharField(
        label="How to find it",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Shown with the address.",
    )
    guest_unlock = forms.BooleanField(
        label="Let guests open doors from their pass",
        required=False,
        help_text="During their stay, where the lock can be opened from a distance.",
    )

    def __init__(
        self, *args: Any, workspace: Workspace, place: Property | None = None, **kwargs: Any
    ) -> None:
        self.workspace, self.place = workspace, place
        kwargs.setdefault("initial", self.start_values(place))
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = time_zone_choices(place.time_zone if place else "")
        if place is not None:
            self.share()

    def start_values(self, place: Property | None) -> dict[str, Any]:
        return {name: getattr(place or Property(), name) for name in self.declared_fields}

    def clean_arrival_notes(self) -> str:
        """Browsers send other line ends than programs; that alone is no change."""
        notes: str = self.cleaned_data["arrival_notes"]
        return notes.replace("\r\n", "\n")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Property.objects.in_workspace(self.workspace).filter(name=name)
        if self.place is not None:
            others = others.exclude(pk=self.place.pk)
        if others.exists():
            raise forms.ValidationError("Another property has this name; choose one that tells them apart.")
        return name


class UnitForm(SharedForm):
    layout = {
        "The unit": ("name",),
        "Its own times, where they are not those of the property": UNIT_RULES,
    }

    name = forms.CharField(
        max_length=100,
        help_text="What a guest books: a flat, a room, or the whole house.",
        error_messages={"required": "Give the unit a name."},
    )
    check_in_time, check_out_time, buffer_before, buffer_after = rule_fields("Empty: as the property.")

    def __init__(self, *args: Any, place: Property, unit: Unit | None = None, **kwargs: Any) -> None:
        self.place, self.unit = place, unit
        kwargs.setdefault("initial", {name: getattr(unit or Unit(), name) for name in self.declared_fields})
        super().__init__(*args, **kwargs)
        if unit is not None:
            self.share()

    def rules(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in UNIT_RULES}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = self.place.units.filter(name=name)
        if self.unit is not None:
            others = others.exclude(pk=self.unit.pk)
        if others.exists():
            raise forms.ValidationError(f"{self.place.name} has a unit of this name already.")
        return name
