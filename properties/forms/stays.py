"""Forms of stays. `details` gives properties.booking what was typed; that module decides whether it makes sense."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.db.models import Q

from properties.booking import ChangedMeanwhileError, GuestDetails, StayDetails, details_of, last_digits_of
from properties.enums import StayKind, StayStatus
from properties.forms.base import DateInput, SectionedForm, TimeInput, add_domain_errors
from properties.models import Stay, Unit
from properties.models.places import MAX_BUFFER_MINUTES

if TYPE_CHECKING:
    from properties.models import Workspace

    _UnitChoice = forms.ModelChoiceField[Unit]
else:
    _UnitChoice = forms.ModelChoiceField

OPEN_STATUSES = [(one.value, one.label) for one in (StayStatus.CONFIRMED, StayStatus.TENTATIVE)]


class UnitField(_UnitChoice):
    def label_from_instance(self, obj: Unit) -> str:
        return f"{obj.property.name} · {obj.name}"


class StayForm(SectionedForm):
    layout = {
        "The stay": ("unit", "arrival_date", "departure_date", "kind", "status"),
        "Guest": ("guest_name", "guest_email", "guest_phone", "guest_language", "adults", "reference"),
        "Times agreed with this booking": ("check_in_time", "check_out_time"),
        "Door code": ("preferred_code",),
    }

    unit = UnitField(
        queryset=Unit.objects.none(),
        empty_label="Choose …",
        error_messages={
            "required": "Choose the unit that is booked.",
            "invalid_choice": "Choose one of the units.",
        },
    )
    arrival_date = forms.DateField(
        label="Arrival",
        widget=DateInput(),
        error_messages={"required": "Say on which day the guest arrives."},
    )
    departure_date = forms.DateField(
        label="Departure", widget=DateInput(), required=False, help_text="Only a lease may be without one."
    )
    kind = forms.ChoiceField(choices=StayKind, help_text="A block gets no code.")
    status = forms.ChoiceField(choices=OPEN_STATUSES, help_text="A tentative stay gets no code yet.")
    guest_name = forms.CharField(label="Name", max_length=200, required=False)
    guest_email = forms.EmailField(label="E-mail", required=False)
    guest_phone = forms.CharField(
        label="Phone", max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    guest_language = forms.ChoiceField(
        label="Language", required=False, help_text="In which the guest's page and messages are."
    )
    adults = forms.IntegerField(label="Adults", min_value=1, max_value=500, required=False)
    reference = forms.CharField(label="Reference", max_length=100, required=False)
    check_in_time = forms.TimeField(
        label="Check-in",
        widget=TimeInput(),
        required=False,
        help_text="Empty: the usual time of the property.",
    )
    check_out_time = forms.TimeField(
        label="Check-out",
        widget=TimeInput(),
        required=False,
        help_text="Empty: the usual time of the property.",
    )
    # Never shown again: whoever wants to see a code asks for it on the page of the stay, and that is written down.
    preferred_code = forms.CharField(
        label="A code of the guest's own",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Only where somebody asked for a certain one. Empty: Keyturn chooses, or what was chosen stays.",
    )
    notes = forms.CharField(
        label="Notes for your team", widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, workspace: Workspace, stay: Stay | None = None, **kwargs: Any) -> None:
        self.stay = stay
        if stay is not None:
            kwargs.setdefault("initial", start_values(stay))
        super().__init__(*args, **kwargs)
        if stay is None:
            del self.fields["seen_revision"]
        elif stay.status == StayStatus.CANCELLED:
            # Whoever only adds a note must not bring the stay back: that is a button of its own.
            del self.fields["status"]
        self.fields["guest_language"].choices = language_choices(stay)  # type: ignore[attr-defined]  # declared above
        mine = Q(pk=stay.unit_id) if stay is not None else Q(pk=None)
        units = (
            Unit.objects.in_workspace(workspace).filter(Q(archived_at=None) | mine).select_related("property")
        )
        field = self.fields["unit"]
        assert isinstance(field, UnitField)  # noqa: S101 -- declared above
        field.queryset = units.order_by("property__name", "name")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.stay is not None and given.get("seen_revision") is None:
            raise forms.ValidationError("This form is incomplete. Open it again from the page of the stay.")
        return given

    def show_changed(self, changed: ChangedMeanwhileError) -> None:
        """Keep what was typed beside what the stay holds now; sent again, it was written with that in view."""
        for path, sentence in changed.errors.items():
            shown = path == "revision" or path.replace(".", "_") in self.fields
            label = "" if shown else f"{path.replace('.', ' ').replace('_', ' ').capitalize()}: "
            add_domain_errors(self, {path: label + sentence})
        self.data = {**dict(self.data.items()), "seen_revision": str(changed.revision)}

    def details(self) -> StayDetails:
        given = self.cleaned_data
        guest = GuestDetails(
            name=given["guest_name"],
            email=given["guest_email"],
            phone=given["guest_phone"],
            phone_last4=last_digits_of(given["guest_phone"]),
            language=given["guest_language"],
        )
        typed: dict[str, Any] = {
            "unit": given["unit"],
            "arrival_date": given["arrival_date"],
            "departure_date": given["departure_date"],
            "kind": StayKind(given["kind"]),
            "check_in_time": given["check_in_time"],
            "check_out_time": given["check_out_time"],
            "reference": given["reference"],
            "adults": given["adults"],
            "notes": given["notes"],
        }
        if given["preferred_code"]:
            typed["preferred_code"] = given["preferred_code"]
        if "status" in given:
            typed["status"] = StayStatus(given["status"])
        if self.stay is None:
            return StayDetails(guest=guest, **typed)
        # A person's word has no time of the source, so that no newer one of the source outdates it.
        known = dataclasses.replace(details_of(self.stay), source_updated_at=None)
        kept = dataclasses.replace(
            known.guest, name=guest.name, email=guest.email, phone=guest.phone, language=guest.language
        )
        if kept.phone != known.guest.phone:
            kept = dataclasses.replace(kept, phone_last4=guest.phone_last4)
        return dataclasses.replace(known, guest=kept, **typed)


def language_choices(stay: Stay | None) -> list[tuple[str, str]]:
    """Ours, and what the booking's source said, which is not to be lost by saving something else."""
    known = [("", "Not known"), *settings.LANGUAGES]
    present = stay.guest.language if stay is not None and stay.guest is not None else ""
    return known if present in dict(known) else [*known, (present, present)]


def start_values(stay: Stay) -> dict[str, Any]:
    details = details_of(stay)
    return {
        **{
            one.name: getattr(details, one.name)
            for one in dataclasses.fields(StayDetails)
            if one.name not in {"guest", "preferred_code"}
        },
        "guest_name": details.guest.name,
        "guest_email": details.guest.email,
        "guest_phone": details.guest.phone,
        "guest_language": details.guest.language,
        "seen_revision": stay.revision,
    }


# What a person sets for one stay: the stay's field and the form's.
OVERRIDES: Final = {
    "override_check_in_time": "check_in",
    "override_check_out_time": "check_out",
    "override_buffer_before": "buffer_before",
    "override_buffer_after": "buffer_after",
}


class TimesForm(forms.Form):
    """What a person sets for one stay, above whatever source, unit and property say: times, and buffers in minutes."""

    check_in = forms.TimeField(
        label="Check-in instead", widget=TimeInput(), required=False, help_text="Empty: as booked."
    )
    check_out = forms.TimeField(
        label="Check-out instead", widget=TimeInput(), required=False, help_text="Empty: as booked."
    )
    buffer_before = forms.IntegerField(
        label="Minutes before check-in",
        min_value=0,
        max_value=MAX_BUFFER_MINUTES,
        required=False,
        help_text="Empty: the usual buffer. 0: none.",
    )
    buffer_after = forms.IntegerField(
        label="Minutes after check-out",
        min_value=0,
        max_value=MAX_BUFFER_MINUTES,
        required=False,
        help_text="Empty: the usual buffer. 0: none.",
    )
    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, stay: Stay, **kwargs: Any) -> None:
        held = {name: getattr(stay, field) for field, name in OVERRIDES.items()}
        kwargs.setdefault("initial", {**held, "seen_revision": stay.revision})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("seen_revision") is None:
            raise forms.ValidationError("This form is incomplete. Open the page of the stay again.")
        return given

    def times(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in OVERRIDES.values()}

    def show_changed(self, changed: ChangedMeanwhileError) -> None:
        """Keep what was typed beside what the stay holds now; sent again, it was written with that in view."""
        for path, sentence in changed.errors.items():
            if path in OVERRIDES or path == "revision":
                self.add_error(OVERRIDES.get(path), sentence)
            else:
                self.add_error(None, f"{path.replace('_', ' ').capitalize()}: {sentence}")
        self.data = {**dict(self.data.items()), "seen_revision": str(changed.revision)}
