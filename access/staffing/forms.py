"""The form of a holder's access. `details` gives saving what was typed; that module decides whether it makes sense."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from django import forms

from access.enums import StaffKind
from access.models import StaffAccess
from access.staffing.rules import RuleError, Weekly, weekly_of, weekly_rule
from access.staffing.saving import StaffDetails
from access.staffing.wording import DAY_NAMES
from locks.models import Door
from properties.forms.base import DateInput, TimeInput, time_zone_choices
from properties.forms.together import SharedForm

if TYPE_CHECKING:
    from properties.models import Workspace

    _DoorChoices = forms.ModelMultipleChoiceField[Door]
else:
    _DoorChoices = forms.ModelMultipleChoiceField

WEEKLY, ALWAYS, RULE = "weekly", "always", "rule"
SCHEDULES = [
    (WEEKLY, "On days of the week"),
    (ALWAYS, "Around the clock"),
    (RULE, "By a rule of your own"),
]
DAYS = [(str(number), name) for number, name in enumerate(DAY_NAMES)]


class DoorsField(_DoorChoices):
    def label_from_instance(self, obj: Door) -> str:
        return f"{obj.property.name} · {obj.name}"


class StaffForm(SharedForm):
    layout = {
        "Who": ("kind", "holder_name", "contact"),
        "Which doors": ("doors",),
        "When": ("schedule", "days", "interval", "rule"),
        "Hours": ("start_time", "end_time", "time_zone"),
        "From and until": ("first_day", "last_day", "exceptions"),
    }

    kind = forms.ChoiceField(choices=StaffKind)
    holder_name = forms.CharField(
        label="Name", max_length=100, error_messages={"required": "Say who gets access."}
    )
    contact = forms.CharField(
        max_length=200, required=False, help_text="Phone or e-mail, for your own use; nothing is sent there."
    )
    doors = DoorsField(
        queryset=Door.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one door.",
            "invalid_choice": "Choose among these doors.",
        },
        help_text="One code opens all of them.",
    )
    schedule = forms.ChoiceField(label="Access", choices=SCHEDULES, widget=forms.RadioSelect, initial=WEEKLY)
    days = forms.MultipleChoiceField(
        label="Days of the week", choices=DAYS, widget=forms.CheckboxSelectMultiple, required=False
    )
    interval = forms.IntegerField(
        label="Every … weeks",
        min_value=1,
        max_value=52,
        required=False,
        initial=1,
        help_text="2: every second week, counted from the week of the first day.",
    )
    rule = forms.CharField(
        label="Rule",
        max_length=300,
        required=False,
        help_text="An RRULE of RFC 5545 that tells days, such as FREQ=MONTHLY;BYDAY=1MO.",
    )
    start_time = forms.TimeField(
        label="From", widget=TimeInput(), required=False, help_text="Not needed around the clock."
    )
    end_time = forms.TimeField(
        label="Until",
        widget=TimeInput(),
        required=False,
        help_text="At or before the start: on the next day.",
    )
    time_zone = forms.ChoiceField(required=False, help_text="Usually that of the property.")
    first_day = forms.DateField(widget=DateInput(), error_messages={"required": "Say from which day on."})
    last_day = forms.DateField(
        widget=DateInput(), required=False, help_text="This day is included. Empty: until you end it."
    )
    exceptions = forms.CharField(
        label="Days without access",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Dates such as 2027-12-24, one to a line. No window begins on them.",
    )
    note = forms.CharField(max_length=300, required=False)

    def __init__(
        self,
        *args: Any,
        workspace: Workspace,
        today: dt.date,
        staff: StaffAccess | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", start_values(staff) if staff is not None else {"first_day": today})
        super().__init__(*args, **kwargs)
        doors, zone = self.fields["doors"], self.fields["time_zone"]
        assert isinstance(doors, DoorsField)  # noqa: S101 -- declared above
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101 -- declared above
        known = Door.objects.in_workspace(workspace).select_related("property", "device__account")
        doors.queryset = known.order_by("property__name", "name")
        zone.choices = [("", "That of the doors"), *time_zone_choices(staff.time_zone if staff else "")]
        if staff is not None:
            self.share()

    def _plain(self, name: str, value: Any) -> str:
        if name == "exceptions":
            return " ".join(sorted(_words(value) if isinstance(value, str) else map(str, value)))
        return super()._plain(name, value)

    def _own(self, name: str) -> Any:
        if name == "exceptions":
            return tuple(dt.date.fromisoformat(day) for day in _words(self.initial[name]))
        return super()._own(name)

    def clean_exceptions(self) -> tuple[dt.date, ...]:
        found = []
        for word in _words(self.cleaned_data["exceptions"]):
            try:
                found.append(dt.date.fromisoformat(word))
            except ValueError:
                raise forms.ValidationError(f"“{word}” is no date. Write dates as 2027-12-24.") from None
        return tuple(found)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        schedule = given.get("schedule")
        if schedule == WEEKLY:
            days = tuple(int(day) for day in given.get("days", ()))
            try:
                given["rule"] = weekly_rule(Weekly(days, given.get("interval") or 1))
            except RuleError as problem:
                self.add_error("days", str(problem))
        elif schedule == RULE and not given.get("rule") and "rule" not in self.errors:
            self.add_error("rule", "Write the rule, or choose days of the week.")
        elif schedule == ALWAYS:
            given.update(rule="", start_time=None, end_time=None)
        return given

    def details(self) -> StaffDetails:
        given = self.cleaned_data
        same = ("holder_name", "contact", "note", "rule", "start_time", "end_time", "time_zone", "exceptions")
        return StaffDetails(
            kind=StaffKind(given["kind"]),
            doors=tuple(given["doors"]),
            first_day=given["first_day"],
            last_day=given["last_day"],
            **{name: given[name] for name in same},
        )


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", text) if word]


def start_values(staff: StaffAccess) -> dict[str, Any]:
    weekly = weekly_of(staff.rule)
    same = (
        "kind",
        "holder_name",
        "contact",
        "note",
        "start_time",
        "end_time",
        "time_zone",
        "first_day",
        "last_day",
    )
    return {
        **{name: getattr(staff, name) for name in same},
        "doors": list(staff.doors.all()),
        "schedule": WEEKLY if weekly else RULE if staff.rule else ALWAYS,
        "days": [str(day) for day in weekly.days] if weekly else [],
        "interval": weekly.interval if weekly else 1,
        "rule": "" if weekly else staff.rule,
        "exceptions": "\n".join(staff.exceptions),
    }
