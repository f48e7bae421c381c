"""Forms of codes that belong to no stay. Times are those of the lock's zone; access.codes decides what is taken."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms

from access.codes import CodeChanges, CodeRefused, Kind, NewCode, Rounding
from locks.capabilities import Capabilities, OfflineKind
from locks.constraints import allowed_lengths, spoken_lengths, takes_our_pin
from properties.forms.base import SectionedForm
from properties.window import Edge, to_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from access.models import AccessCode

EARLIEST, LATEST = 2000, 2200
ONGOING, TIME_BOUND, OFFLINE, ONCE = "ongoing", "time_bound", "offline", "once"
KINDS = {
    ONGOING: "Always, until it is deleted",
    TIME_BOUND: "From a start to an end",
    OFFLINE: "Offline, from a start to an end: for good once it is saved",
    ONCE: "Offline, works once: for good once it is saved",
}
_BOTH = "A code from a start to an end needs both a start and an end."
BOUNDS_NEEDED = {
    TIME_BOUND: {"starts_at": _BOTH, "ends_at": _BOTH},
    OFFLINE: {"starts_at": _BOTH, "ends_at": _BOTH},
    ONCE: {"starts_at": "Say from when the code works once."},
}
# Where this form has another word than what is asked for.
SHOWN_AT = {"is_offline": "kind", "is_one_time_use": "kind", "max_time_rounding": "may_round_by_a_day"}


class LocalTimeField(forms.CharField):
    """A date and a time of day without a zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dt.datetime):
            return value
        text = super().to_python(value)
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None or not EARLIEST <= moment.year <= LATEST:
            raise forms.ValidationError("Write a date and a time, such as 2027-03-05T15:00.")
        return moment


class _CodeForm(SectionedForm):
    name = forms.CharField(
        max_length=200, required=False, help_text="For whom it is. The lock may show less of it."
    )
    kind = forms.ChoiceField(
        label="Opens", widget=forms.RadioSelect, error_messages={"required": "Say when the code opens."}
    )
    starts_at = LocalTimeField(label="Start", required=False)
    ends_at = LocalTimeField(label="End", required=False)
    pin = forms.CharField(
        label="PIN",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    allow_external_modification = forms.BooleanField(
        label="Leave changes that others make at the lock",
        required=False,
        help_text="Else Keyturn puts the code right whenever somebody changes or deletes it there.",
    )

    def __init__(self, *args: Any, capabilities: Capabilities, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 -- declared above
        kind.choices = [(one, KINDS[one]) for one in self.kinds(capabilities)]
        for name in ("starts_at", "ends_at"):
            self.fields[name].help_text = f"In the time of {zone.key}."
        if takes_our_pin(capabilities):
            self.fields["pin"].help_text = self.pin_help(spoken_lengths(allowed_lengths(capabilities)))
        else:
            del self.fields["pin"]

    def kinds(self, capabilities: Capabilities) -> list[str]:
        return [ONGOING, TIME_BOUND]

    def pin_help(self, lengths: str) -> str:
        return f"{lengths} digits. Empty: one is chosen."

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        given["starts_at"] = self._moment(given.get("starts_at"), Edge.START)
        given["ends_at"] = self._moment(given.get("ends_at"), Edge.END)
        if given.get("kind") == ONGOING and (given["starts_at"] or given["ends_at"]):
            self.add_error(
                "kind", "A code that always opens has no start and no end. Choose the other, or empty them."
            )
        # Without this, a code of which both were forgotten would open for ever.
        for name, sentence in BOUNDS_NEEDED.get(given.get("kind", ""), {}).items():
            if given[name] is None and name not in self.errors:
                self.add_error(name, sentence)
        return given

    def _moment(self, local: dt.datetime | None, edge: Edge) -> dt.datetime | None:
        return None if local is None else to_utc(local.date(), local.time(), self.zone, edge=edge)

    def show_refusal(self, refused: CodeRefused) -> None:
        name = SHOWN_AT.get(refused.field, refused.field)
        self.add_error(name if name in self.fields else None, refused.message)


class NewCodeForm(_CodeForm):
    may_round_by_a_day = forms.BooleanField(
        label="An offline code's times may be moved by up to a day",
        required=False,
        help_text="Else by an hour.",
    )
    noted = forms.CharField(widget=forms.HiddenInput, required=False)
    notes: Sequence[str] = ()

    def __init__(self, *args: Any, capabilities: Capabilities, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, capabilities=capabilities, zone=zone, **kwargs)
        if not capabilities.offline_kinds:
            del self.fields["may_round_by_a_day"]
        elif "pin" in self.fields:
            self.fields["pin"].help_text = f"{self.fields['pin'].help_text} Not for offline codes."
        if not capabilities.online_codes:
            del self.fields["allow_external_modification"]

    def kinds(self, capabilities: Capabilities) -> list[str]:
        online = [ONGOING, TIME_BOUND] if capabilities.online_codes else []
        offline = [OFFLINE] if capabilities.offline_kinds - {OfflineKind.ONE_TIME} else []
        return online + offline + ([ONCE] if OfflineKind.ONE_TIME in capabilities.offline_kinds else [])

    def new_code(self) -> NewCode:
        given = self.cleaned_data
        kind = given["kind"]
        return NewCode(
            name=given["name"],
            pin=given.get("pin") or None,
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            allow_external_modification=given.get("allow_external_modification", False),
            is_offline=kind in (OFFLINE, ONCE),
            is_one_time_use=kind == ONCE,
            max_time_rounding=Rounding.DAY if given.get("may_round_by_a_day") else Rounding.HOUR,
        )

    def has_seen(self, notes: Sequence[str]) -> bool:
        """Tell whether these notes stood on the page that was sent; from now on they do."""
        digest = hashlib.sha256("\n".join(notes).encode()).hexdigest()
        seen: bool = self.cleaned_data["noted"] == digest
        self.data = {**{name: self.data[name] for name in self.data}, "noted": digest}
        return seen


class ChangeCodeForm(_CodeForm):
    def __init__(self, *args: Any, code: AccessCode, zone: ZoneInfo, **kwargs: Any) -> None:
        initial = {
            "name": code.name,
            "kind": ONGOING if code.starts_at is None and code.ends_at is None else TIME_BOUND,
            "starts_at": _shown(code.starts_at, zone),
            "ends_at": _shown(code.ends_at, zone),
            "allow_external_modification": code.allow_external_modification,
        }
        super().__init__(*args, zone=zone, initial=initial, **kwargs)
        self.code = code

    def pin_help(self, lengths: str) -> str:
        return f"{lengths} digits. Empty: the PIN stays as it is."

    def changes(self) -> CodeChanges:
        given = self.cleaned_data
        changes: dict[str, Any] = {
            "name": given["name"],
            "kind": Kind(given["kind"]),
            "allow_external_modification": given["allow_external_modification"],
        }
        if given.get("pin"):
            changes["pin"] = given["pin"]
        if given["kind"] == TIME_BOUND:
            # A bound that was not touched keeps its seconds, which the form does not show.
            changes |= {name: given[name] for name in ("starts_at", "ends_at") if name in self.changed_data}
        return CodeChanges(**changes)


def _shown(moment: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    return moment and moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
