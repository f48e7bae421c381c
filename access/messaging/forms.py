"""Forms of messages and alerts: templates with a text in each language, channels, quiet hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings

from access.enums import AlertKind, Anchor, ChannelKind, MessageKind, ProblemKind
from access.messaging.alerts.channels import masked_address
from access.messaging.defaults import EVENT_KINDS, WAITING_KINDS
from access.messaging.defaults.shapes import Text
from access.messaging.placeholders import PLACEHOLDERS
from access.models import AlertChannel, MessageChannel, MessageTemplate
from properties.forms.base import SectionedForm, TimeInput
from properties.forms.together import SharedForm
from properties.models import Workspace

LONGEST_OFFSET_HOURS: Final = 90 * 24
BEFORE, AFTER = "before", "after"
ANCHORS: Final = [(one.value, one.label) for one in Anchor if one != Anchor.EVENT]


LONGEST_WAIT_MINUTES: Final = 12 * 60
SETTINGS: Final = ("name", "kind", "hours", "direction", "anchor", "wait_minutes", "channel")


@dataclass(frozen=True, slots=True)
class TextFields:
    code: str
    name: str
    fields: list[forms.BoundField]
    is_written: bool
    is_open: bool


class TemplateForm(SharedForm):
    name = forms.CharField(max_length=100, error_messages={"required": "Give the message a name."})
    kind = forms.ChoiceField(
        choices=MessageKind.choices,
        help_text="“Code ready”, “Code changed” and “Backup code given” are sent when it is so, and only then.",
    )
    hours = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_OFFSET_HOURS,
        required=False,
        help_text="For the other kinds; 0 is just then.",
    )
    direction = forms.ChoiceField(choices=[(BEFORE, "before"), (AFTER, "after")], label="Before or after")
    anchor = forms.ChoiceField(choices=ANCHORS, label="Counted from")
    wait_minutes = forms.IntegerField(
        label="Minutes to wait",
        min_value=0,
        max_value=LONGEST_WAIT_MINUTES,
        required=False,
        help_text="Of “Backup code given” only: where the guest's own code works by then, nothing is sent.",
    )
    channel = forms.ModelChoiceField(
        label="Sent by", queryset=MessageChannel.objects.none(), required=False, empty_label="E-mail"
    )

    def __init__(self, *args: Any, workspace: Workspace, template: MessageTemplate, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(template))
        super().__init__(*args, **kwargs)
        channels = self.fields["channel"]
        assert isinstance(channels, forms.ModelChoiceField)  # noqa: S101 -- declared above
        channels.queryset = (
            MessageChannel.objects.in_workspace(workspace).filter(deleted_at=None).order_by("name")
        )
        for code, _ in settings.LANGUAGES:
            self.fields[f"subject_{code}"] = forms.CharField(label="Subject", max_length=200, required=False)
            self.fields[f"body_{code}"] = forms.CharField(
                label="Message", max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 10})
            )
        if template.pk is not None:
            self.share()

    @property
    def settings_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in SETTINGS]

    @property
    def text_fields(self) -> list[TextFields]:
        """One group for each language; open where something is written, or wrong, and in the first."""
        return [self._text_fields(code, name) for code, name in settings.LANGUAGES]

    def _text_fields(self, code: str, name: str) -> TextFields:
        fields = [self[f"subject_{code}"], self[f"body_{code}"]]
        written = any(field.value() for field in fields)
        wrong = any(field.errors for field in fields)
        first = code == settings.LANGUAGES[0][0]
        return TextFields(code, name, fields, is_written=written, is_open=first or wrong)

    def saved_values(self) -> dict[str, Any]:
        """For `save_template`."""
        given = self.cleaned_data
        minutes = 60 * (given["hours"] or 0) * (-1 if given["direction"] == BEFORE else 1)
        if given["kind"] in WAITING_KINDS:
            minutes = given["wait_minutes"] or 0
        return {
            "name": given["name"],
            "kind": given["kind"],
            "anchor": given["anchor"],
            "offset_minutes": minutes,
            "channel": given["channel"],
            "texts": {
                code: Text(given[f"subject_{code}"], given[f"body_{code}"]) for code, _ in settings.LANGUAGES
            },
        }


def _initial(template: MessageTemplate) -> dict[str, Any]:
    is_event = template.anchor == Anchor.EVENT or not template.anchor
    found = {
        "name": template.name,
        "kind": template.kind or MessageKind.FREE,
        "hours": 0 if is_event else abs(template.offset_minutes) // 60,
        "wait_minutes": template.offset_minutes if template.kind in WAITING_KINDS else None,
        "direction": BEFORE if template.offset_minutes < 0 else AFTER,
        "anchor": Anchor.ARRIVAL if is_event else template.anchor,
        "channel": template.channel,
    }
    for code, _ in settings.LANGUAGES:
        # Nothing is something, too, where somebody else writes it meanwhile.
        found |= {f"subject_{code}": "", f"body_{code}": ""}
    if template.pk is not None:
        for text in template.texts.all():
            found[f"subject_{text.language}"] = text.subject
            found[f"body_{text.language}"] = text.body
    return found


def when_of(template: MessageTemplate) -> str:
    """24 hours before check-in; when it is so."""
    if template.kind in WAITING_KINDS and template.offset_minutes:
        return f"{template.offset_minutes} min after it is so, where it is still needed"
    if template.kind in EVENT_KINDS:
        return "as soon as it is so"
    hours = abs(template.offset_minutes) // 60
    anchor = Anchor(template.anchor).label
    if not hours:
        return f"at {anchor}" if template.anchor != Anchor.CONFIRMATION else "once the booking is confirmed"
    return f"{hours} h {'before' if template.offset_minutes < 0 else 'after'} {anchor}"


def placeholder_lines() -> Iterator[tuple[str, str]]:
    for name, meaning in PLACEHOLDERS.items():
        yield f"{{{name}}}", meaning


class AlertChannelForm(SharedForm):
    name = forms.CharField(
        max_length=100,
        help_text="Such as: Night desk.",
        error_messages={"required": "Give the channel a name."},
    )
    kind = forms.ChoiceField(choices=ChannelKind.choices, label="Sent by")
    address = forms.CharField(
        label="Where to",
        max_length=2000,
        error_messages={"required": "Say where alerts go."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="E-mail addresses by commas; or the apprise address of a service, such as tgram://token/chat.",
    )
    severities = forms.MultipleChoiceField(
        label="Told of",
        choices=[
            (ProblemKind.ERROR.value, "What keeps a guest out or may soon"),
            (ProblemKind.WARNING.value, "Warnings, such as batteries"),
            (AlertKind.ENTRY.value, "A guest's first entry, where the lock tells whose code opened it"),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Say what this channel is told of."},
    )
    is_active = forms.BooleanField(label="Switched on", required=False)

    def __init__(self, *args: Any, channel: AlertChannel, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "name": channel.name,
                "kind": channel.kind,
                "severities": channel.severities or [one.value for one in ProblemKind],
                "is_active": channel.is_active,
                "address": channel.address if channel.kind == ChannelKind.EMAIL and channel.pk else "",
            },
        )
        super().__init__(*args, **kwargs)
        self.fields["address"].required = not channel.address or channel.kind == ChannelKind.EMAIL
        if channel.address and channel.kind != ChannelKind.EMAIL:
            stored = f"Stored is {masked_address(channel)}; leave this empty to keep it."
            self.fields["address"].help_text = f"{self.fields['address'].help_text} {stored}"
        if channel.address:
            self.share()


class GuestChannelForm(SectionedForm):
    name = forms.CharField(
        max_length=100,
        help_text="Such as: Text message.",
        error_messages={"required": "Give it a name, to choose it by in messages."},
    )
    address = forms.CharField(
        label="Address of the service",
        max_length=2000,
        error_messages={
            "required": "Put {phone} or {email} where the guest's goes, in the service's address."
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="An apprise address with {phone} or {email} in the guest's place, such as "
        "twilio://sid:token@number/{phone}.",
    )


class MessageSettingsForm(SectionedForm):
    layout = {
        "Quiet hours": ("quiet_from", "quiet_until"),
        "Messages to guests": ("reply_to", "guest_language"),
    }

    quiet_from = forms.TimeField(
        label="From",
        required=False,
        widget=TimeInput(),
        help_text="By the clock of the property. A guest before a door that stays shut waits for nothing.",
    )
    quiet_until = forms.TimeField(label="Until", required=False, widget=TimeInput())
    reply_to = forms.EmailField(label="Answers go to", required=False)
    guest_language = forms.ChoiceField(
        label="Language",
        choices=lambda: settings.LANGUAGES,
        help_text="For guests whose language nobody told us.",
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(workspace, name) for name in self.declared_fields})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        if bool(given.get("quiet_from")) != bool(given.get("quiet_until")) and not self.errors:
            self.add_error("quiet_until", "Quiet hours need both a beginning and an end.")
        return given
