"""Forms about a row that several people may have open at once: nobody undoes what another one changed meanwhile.

The form carries what its sender saw. A field that only somebody else changed keeps that; one that both changed is shown
with the other's value beside what was typed, and sent again it was written with that in view. `kept` names the former.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages

from properties.forms.base import SectionedForm
from properties.wording import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from properties.tenancy import MemberRequest

SEEN = "seen"
# Fields whose value is a list, in no order.
SEVERAL = (forms.ModelMultipleChoiceField, forms.MultipleChoiceField)


class SharedForm(SectionedForm):
    kept: list[str]

    def share(self) -> None:
        """Called at the end of `__init__` where there is a row already; `initial` is what that holds now."""
        self.kept = []
        self.fields[SEEN] = forms.CharField(widget=forms.HiddenInput, required=False, initial=self._present)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if SEEN in self.fields:
            self._merge(given, given.pop(SEEN, ""))
        return given

    def _merge(self, given: dict[str, Any], carried: str) -> None:
        seen, taken = _read(carried), {}
        for name in seen.keys() & given.keys() & self.initial.keys():
            now = self._plain(name, self.initial[name])
            if now == seen[name] or now == self._plain(name, given[name]):
                continue
            if self._plain(name, given[name]) == seen[name]:
                given[name] = self._own(name)
                self.kept.append(str(self[name].label))
            else:
                taken[name] = now
        for name in taken:
            other = self._in_words(name)
            self.add_error(
                name, f"Somebody else set this to {other} meanwhile. Send it again to put yours in its place."
            )
        if taken:
            data: Any = copy.copy(self.data)
            data[self.add_prefix(SEEN)] = json.dumps({**seen, **taken})
            self.data = data

    def _present(self) -> str:
        names = self.initial.keys() & self.fields.keys()
        return json.dumps({name: self._plain(name, self.initial[name]) for name in sorted(names)})

    def _plain(self, name: str, value: Any) -> str:
        """The same for a row's value and for what was typed and read."""
        field = self.fields[name]
        prepared = field.prepare_value(value)
        if isinstance(field, SEVERAL):
            return " ".join(sorted(map(str, prepared or [])))
        return "" if prepared is None else str(prepared).replace("\r\n", "\n").strip()

    def _own(self, name: str) -> Any:
        """What the row holds, as the field would have read it."""
        field, value = self.fields[name], self.initial[name]
        if isinstance(field, SEVERAL):
            return field.clean(field.prepare_value(value)) if value else field.to_python(value)
        return value

    def _in_words(self, name: str) -> str:
        field, value = self.fields[name], self.initial[name]
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, dt.time):
            return f"{value:%H:%M}"
        if isinstance(value, dt.date):
            return day_of(value)
        if isinstance(field, forms.ModelMultipleChoiceField):
            return ", ".join(map(str, value)) or "nothing"
        if isinstance(field, forms.MultipleChoiceField):
            labels = dict(_flat(field))
            return ", ".join(labels.get(str(one), str(one)) for one in value) or "nothing"
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            return f"“{dict(_flat(field)).get(str(value), value)}”"
        return f"“{value}”" if str(value) else "nothing"


def _flat(field: forms.ChoiceField) -> list[tuple[str, str]]:
    """No field here has groups of choices."""
    choices = cast("Iterable[tuple[Any, Any]]", field.choices)
    return [(str(key), str(label)) for key, label in choices]


def _read(carried: str) -> dict[str, str]:
    try:
        found = json.loads(carried or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def tell_kept(request: MemberRequest, form: SharedForm) -> None:
    """Nothing of a form that made a new row."""
    kept = getattr(form, "kept", [])
    if kept:
        fields = ", ".join(f"“{label}”" for label in kept)
        messages.info(request, f"Somebody else changed {fields} while you had this open; that is kept.")
