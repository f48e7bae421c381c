"""Forms of locks and doors. Which device, which door, which units: locks.doors and locks.provisioning decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q

from locks.brands import BRANDS
from locks.models import Device, Door
from properties.forms.base import SectionedForm
from properties.forms.together import SharedForm
from properties.models import Property, Unit

if TYPE_CHECKING:
    from properties.models import Workspace


def brand_choices() -> list[tuple[str, str]]:
    named = [(brand.key, brand.display_name) for brand in BRANDS.values()]
    return [("", "Choose …"), *sorted(named, key=lambda choice: choice[1].lower())]


class VirtualLockForm(SectionedForm):
    brand = forms.ChoiceField(
        choices=brand_choices,
        error_messages={"required": "Choose a brand."},
        help_text="The virtual lock behaves like one of this brand: its PIN rules, its windows, its capacity.",
    )
    name = forms.CharField(
        max_length=100,
        help_text="As it is called in the lock system, such as Front door 12.",
        error_messages={"required": "Give the lock a name."},
    )


class DoorWordsForm(SharedForm):
    """What guests know a door by."""

    name = forms.CharField(
        max_length=100,
        help_text="As guests know it, such as Front door or Garage.",
        error_messages={"required": "Give the door a name."},
    )
    instructions = forms.CharField(
        label="What guests press",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: touch the keypad to wake it, type the code, press ✓. Guests see it at their code.",
    )


class DoorForm(DoorWordsForm):
    """Which units a door serves: every one of the property, or those that are ticked."""

    device = forms.ModelChoiceField(
        label="Lock",
        queryset=Device.objects.none(),
        empty_label="Choose …",
        error_messages={"required": "Choose the lock."},
    )
    serves_all_units = forms.BooleanField(
        label="Every guest of the property uses it",
        required=False,
        help_text="Such as a shared entrance. Units that come later are included.",
    )
    units = forms.ModelMultipleChoiceField(
        label="Or only guests of",
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, workspace: Workspace, place: Property, door: Door | None = None, **kwargs: Any
    ) -> None:
        if door is not None:
            kwargs.setdefault(
                "initial",
                {
                    "name": door.name,
                    "instructions": door.instructions,
                    "device": door.device,
                    "serves_all_units": door.serves_all_units,
                    "units": list(door.units.all()),
                },
            )
        super().__init__(*args, **kwargs)
        free = Device.objects.in_workspace(workspace).filter(door=None, is_managed=True)
        if door is not None:
            free = free | Device.objects.in_workspace(workspace).filter(pk=door.device_id)
        device, units = self.fields["device"], self.fields["units"]
        assert isinstance(device, forms.ModelChoiceField)  # noqa: S101 -- declared above
        assert isinstance(units, forms.ModelMultipleChoiceField)  # noqa: S101 -- declared above
        device.queryset = free.order_by("name")
        own = Q(doors=door) if door is not None else Q(pk=None)
        units.queryset = place.units.filter(Q(archived_at=None) | own).distinct().order_by("name")
        if door is not None:
            self.share()

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not given.get("serves_all_units") and not given.get("units"):
            self.add_error(
                "units", "Tick the units whose guests use this door, or say that every guest does."
            )
        return given
