"""Forms of the sandbox pages: one mood with its settings, how a virtual lock is fitted, what other hands do to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator

from locks.drivers.base import RejectReason
from locks.drivers.virtual.actions import CODE_WRITES, Call
from locks.drivers.virtual.mood_rules import MOOD_TEXT, Mood
from locks.drivers.virtual.mood_settings import MoodError, parse_mood, settings_of
from locks.enums import Chemistry
from properties.forms.base import SectionedForm, time_zone_choices

BY_CONDITION = frozenset({Mood.CONDITION, Mood.ACCOUNT_CONDITION})  # ticked one by one on the keypad's page
WHOLE = 100


def mood_choices() -> list[tuple[str, str]]:
    return [(mood.value, MOOD_TEXT[mood]) for mood in Mood if mood not in BY_CONDITION and settings_of(mood)]


def _choices(values: Any, empty: str) -> list[tuple[str, str]]:
    return [("", empty), *((value, value.replace("_", " ").capitalize()) for value in sorted(values))]


class MoodForm(SectionedForm):
    """What a mood does not take stays empty; MoodError says which that is."""

    layout: ClassVar = {"": ("mood",), "Settings": ("calls", "seconds", "days", "reason", "only")}

    mood = forms.ChoiceField(choices=mood_choices)
    calls = forms.IntegerField(required=False, help_text="For the next so many calls; empty: until cleared.")
    seconds = forms.FloatField(required=False, help_text="Of delay, or by which the clock is wrong.")
    days = forms.FloatField(required=False, help_text="From a full battery to an empty one.")
    reason = forms.ChoiceField(
        required=False,
        choices=lambda: _choices(RejectReason, "Busy"),
        help_text="What commands are refused with.",
    )
    only = forms.ChoiceField(
        required=False,
        choices=lambda: _choices({*CODE_WRITES, Call.ISSUE}, "Every command"),
        help_text="Refuse only these.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "mood" in given:
            try:
                parse_mood(given["mood"], self.settings)
            except MoodError as error:
                self.add_error(None, str(error))
        return given

    @property
    def settings(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "mood"}


def _percent(help_text: str, *, required: bool = False) -> forms.FloatField:
    return forms.FloatField(min_value=0, max_value=WHOLE, required=required, help_text=help_text)


class PartsForm(SectionedForm):
    layout: ClassVar = {
        "Power": ("battery_level", "keypad_battery_level", "battery_chemistry", "has_direct_power"),
        "Place": ("time_zone", "gateway"),
    }

    battery_level = _percent("In per cent; at 0 the lock is dead.", required=True)
    keypad_battery_level = _percent("In per cent; empty where the keypad has no battery of its own.")
    battery_chemistry = forms.ChoiceField(required=False, choices=[("", "Does not tell"), *Chemistry.choices])
    has_direct_power = forms.BooleanField(required=False, label="Hangs on the mains")
    time_zone = forms.ChoiceField(required=False)
    gateway = forms.CharField(required=False, max_length=100, label="Bridge")

    def __init__(self, *args: Any, present_zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Does not tell"), ("UTC", "UTC"), *time_zone_choices(present_zone)]

    @property
    def parts(self) -> dict[str, Any]:
        levels = {
            name: None if self.cleaned_data[name] is None else self.cleaned_data[name] / WHOLE
            for name in ("battery_level", "keypad_battery_level")
        }
        return {**self.cleaned_data, **levels}


ADD, EDIT, DELETE, EMPTY = "add", "edit", "delete", "empty"
LOCK, UNLOCK, FORCE = "lock", "unlock", "tamper"
DEEDS = (
    (ADD, "Adds a code in the maker's app"),
    (EDIT, "Changes the PIN of a code"),
    (DELETE, "Deletes a code"),
    (EMPTY, "Deletes every code, as a factory reset does"),
    (LOCK, "Locks the door by hand"),
    (UNLOCK, "Unlocks the door by hand"),
    (FORCE, "Tries to force the lock"),
)
NEEDED = {ADD: {"pin": "Type the PIN of the new code."}}
NEEDED[EDIT] = {"place": "Choose the code.", "pin": "Type its new PIN."}
NEEDED[DELETE] = {"place": "Choose the code."}


class HandsForm(SectionedForm):
    """What somebody does at the lock or in its maker's app, past Keyturn."""

    deed = forms.ChoiceField(label="Somebody", choices=DEEDS, widget=forms.RadioSelect, initial=ADD)
    place = forms.ChoiceField(label="Code", required=False, help_text="To change or delete one.")
    name = forms.CharField(max_length=50, required=False, help_text="Of a code that is added.")
    pin = forms.CharField(
        label="PIN",
        required=False,
        validators=[RegexValidator(r"\A[0-9]{4,10}\Z", "Type 4 to 10 digits.")],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Of a code that is added or changed.",
    )

    def __init__(self, *args: Any, held: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        if isinstance(place, forms.ChoiceField):
            named = [(str(slot), f"{slot}: {name or 'without a name'}") for slot, name in held]
            place.choices = [("", "None"), *named]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name, sentence in NEEDED.get(given.get("deed", ""), {}).items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return given
