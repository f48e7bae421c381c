"""The form of a webhook: where, in whose shape, and of which events it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from access.enums import WebhookFlavour
from access.telling import ALL_NAMES, SEAM_TYPES
from properties.forms.together import SharedForm

if TYPE_CHECKING:
    from access.models import WebhookEndpoint

ALL, SOME = "all", "some"
EVERYTHING = "*"


class WebhookForm(SharedForm):
    """An address may be a secret in itself, so the present one is not shown again; empty keeps it."""

    url = forms.CharField(
        label="Address",
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Write the address that is to be told."},
    )
    description = forms.CharField(label="What it is for", max_length=200, required=False)
    reach = forms.ChoiceField(
        label="Which events",
        choices=[(ALL, "All, those of later versions included"), (SOME, "Only the ones chosen below")],
        widget=forms.RadioSelect,
    )
    event_types = forms.MultipleChoiceField(
        label="Events", widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(
        self, *args: Any, flavour: str, endpoint: WebhookEndpoint | None = None, **kwargs: Any
    ) -> None:
        chosen = [] if endpoint is None else [one for one in endpoint.event_types if one != EVERYTHING]
        kwargs.setdefault(
            "initial",
            {
                "reach": SOME if chosen else ALL,
                "event_types": chosen,
                "description": endpoint.description if endpoint else "",
            },
        )
        super().__init__(*args, **kwargs)
        known = SEAM_TYPES if flavour == WebhookFlavour.SEAM else ALL_NAMES
        field = self.fields["event_types"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 -- declared above
        field.choices = [(name, name) for name in sorted({*map(str, known), *chosen})]
        if endpoint is not None:
            self.fields["url"].required = False
            self.fields["url"].help_text = "Leave it empty to keep the present one."
            self.share()
        else:
            self.fields["url"].help_text = "Such as https://example.org/hooks/keyturn"

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("reach") == SOME and not given.get("event_types"):
            self.add_error("event_types", "Choose at least one event, or all of them.")
        return given

    @property
    def wanted(self) -> list[str]:
        names: list[str] = self.cleaned_data["event_types"]
        return names if self.cleaned_data["reach"] == SOME else [EVERYTHING]
