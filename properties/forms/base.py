"""Parts that every form here shares: sections, native date and time inputs, errors from the domain, time zones."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from django import forms


@dataclass(frozen=True)
class Section:
    title: str
    fields: list[forms.BoundField]


class SectionedForm(forms.Form):
    """`layout` groups fields side by side under a title; what it does not name follows, one below the other."""

    layout: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @property
    def sections(self) -> list[Section]:
        if not self.layout:
            return []
        named = {name for names in self.layout.values() for name in names}
        parts = [
            Section(title, [self[name] for name in names if name in self.fields])
            for title, names in self.layout.items()
        ]
        rest = [field for field in self.visible_fields() if field.name not in named]
        return [*parts, Section("", rest)] if rest else parts


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def add_domain_errors(form: forms.Form, errors: Mapping[str, str]) -> None:
    """Put each sentence at its field (`guest.email` is the field guest_email), the others above the form."""
    for path, sentence in errors.items():
        name = path.replace(".", "_")
        form.add_error(name if name in form.fields else None, sentence)


def time_zone_choices(present: str = "") -> list[tuple[str, str]]:
    regions = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    names = {name for name in zoneinfo.available_timezones() if name.startswith(regions)} | {"UTC"}
    return [(name, name.replace("_", " ")) for name in sorted(names | ({present} if present else set()))]
