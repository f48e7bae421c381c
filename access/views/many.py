"""One setting for many properties at once: what is left empty stays as it is in each of them. For managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access.workspace_rules import give_rules
from properties.booking import BookingError
from properties.forms.base import SectionedForm, TimeInput, add_domain_errors
from properties.models import Property
from properties.models.places import MAX_ADDRESS_HOURS, MAX_BUFFER_MINUTES
from properties.tenancy import MemberRequest, manager_required
from properties.views.places import describe_moved
from properties.views.shared import form_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    _PlaceChoice = forms.ModelMultipleChoiceField[Property]
else:
    _PlaceChoice = forms.ModelMultipleChoiceField

AS_IT_IS: Final = [("", "Leave as it is"), ("yes", "Yes"), ("no", "No")]
RULES: Final = (
    *("check_in_time", "check_out_time", "buffer_before", "buffer_after"),
    *("automatic_backup", "backup_minutes", "address_hours", "guest_unlock"),
)


def _number(label: str, most: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, required=False, help_text=help_text)


class PlacesField(_PlaceChoice):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.unit_count} unit{'' if obj.unit_count == 1 else 's'})"


class ManyForm(SectionedForm):
    layout = {
        "Usual times": ("check_in_time", "check_out_time", "buffer_before", "buffer_after"),
        "When a code is not on its lock": ("automatic_backup", "backup_minutes"),
        "What guests see on their pass": ("address_hours", "guest_unlock"),
    }

    check_in_time = forms.TimeField(label="Check-in from", widget=TimeInput(), required=False)
    check_out_time = forms.TimeField(label="Check-out until", widget=TimeInput(), required=False)
    buffer_before = _number("Minutes before check-in", MAX_BUFFER_MINUTES, "A code opens this much earlier.")
    buffer_after = _number(
        "Minutes after check-out", MAX_BUFFER_MINUTES, "A code still opens this much later."
    )
    automatic_backup = forms.ChoiceField(
        label="Give a backup code by itself", choices=AS_IT_IS, required=False
    )
    backup_minutes = _number("Minutes before arrival", MAX_BUFFER_MINUTES, "Not confirmed by then: a backup.")
    address_hours = _number("Hours before check-in", MAX_ADDRESS_HOURS, "From then on the address is shown.")
    guest_unlock = forms.ChoiceField(
        label="Let guests open doors from their pass", choices=AS_IT_IS, required=False
    )
    all_properties = forms.BooleanField(label="In every property", required=False)
    places = PlacesField(
        label="Or only in these",
        queryset=Property.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, own: QuerySet[Property, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        field = self.fields["places"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 -- declared above
        field.queryset = own

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not given.get("all_properties") and not given.get("places") and "places" not in self.errors:
            self.add_error("places", "Tick the properties, or say that it holds in every one.")
        if not self.errors and not self.rules():
            raise forms.ValidationError("Nothing is to change: fill in at least one setting.")
        return given

    def rules(self) -> dict[str, Any]:
        """What was filled in."""
        given = {name: self.cleaned_data.get(name) for name in RULES}
        words = {"yes": True, "no": False}
        return {name: words.get(value, value) if isinstance(value, str) else value
                for name, value in given.items() if value is not None and value != ""}  # fmt: skip

    def chosen(self) -> list[Property]:
        given = self.cleaned_data
        return list(self.own if given["all_properties"] else given["places"])


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def change_many(request: MemberRequest) -> HttpResponse:
    own = Property.objects.in_workspace(request.workspace).annotate(unit_count=Count("units"))
    form = ManyForm(request.POST or None, own=own.order_by("name", "pk"))
    if form.is_valid():
        places = form.chosen()
        try:
            moved = give_rules(places, form.rules(), actor=request.user.email, now=timezone.now())
        except BookingError as problem:
            add_domain_errors(form, problem.errors)
        else:
            units = sum(place.unit_count for place in places)  # type: ignore[attr-defined]  # annotated above
            told = f"{_count(len(places), 'property', 'properties')} with {_count(units, 'unit', 'units')}"
            messages.success(request, f"Saved for {told}. {describe_moved(moved)}")
            return redirect("property-list")
    return form_page(
        request,
        form,
        heading="Change many properties",
        lead="Fill in what is to be the same; what you leave empty stays as it is in each. New times and buffers move "
        "the codes of running and coming stays; guests keep their code.",
        submit="Change them",
        back=(reverse("property-list"), "Properties"),
    )


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
