"""Forms of calendar feeds. A feed's address is a secret: it is asked for, and never shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from properties.enums import AmbiguousPolicy, Channel
from properties.forms.stays import UnitField
from properties.forms.together import SharedForm
from properties.models import CalendarFeed, Unit

if TYPE_CHECKING:
    from properties.models import Workspace

CHANNELS = [("", "Tell it from the calendar"), *Channel.choices]


class FeedForm(SharedForm):
    """Adding asks for unit and address; changing keeps the address where the field is left empty."""

    unit = UnitField(
        queryset=Unit.objects.none(),
        empty_label="Choose …",
        error_messages={"required": "Choose the unit whose bookings the calendar holds."},
    )
    url = forms.CharField(
        label="Calendar address",
        error_messages={"required": "Paste the iCal export link of the calendar."},
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    name = forms.CharField(
        max_length=100, required=False, help_text="How it is called here, such as Airbnb Loft 2."
    )
    channel = forms.ChoiceField(choices=CHANNELS, required=False)
    ambiguous_policy = forms.ChoiceField(
        label="Events that could be a stay or a block",
        choices=AmbiguousPolicy,
        widget=forms.RadioSelect,
        initial=AmbiguousPolicy.ASK,
    )

    def __init__(
        self, *args: Any, workspace: Workspace, feed: CalendarFeed | None = None, **kwargs: Any
    ) -> None:
        if feed is not None:
            names = ("name", "channel", "ambiguous_policy")
            kwargs.setdefault("initial", {name: getattr(feed, name) for name in names})
        super().__init__(*args, **kwargs)
        if feed is not None:
            del self.fields["unit"]
            self.fields["url"].required = False
            self.fields["url"].help_text = f"Now {feed.masked_url}: leave empty to keep it."
            self.share()
            return
        self.fields[
            "url"
        ].help_text = "The iCal export link of the channel. It is kept encrypted and not shown again."
        field = self.fields["unit"]
        assert isinstance(field, UnitField)  # noqa: S101 -- declared above
        field.queryset = (
            Unit.objects.in_workspace(workspace)
            .filter(archived_at=None)
            .select_related("property")
            .order_by("property__name", "name")
        )

    def changed_values(self) -> dict[str, Any]:
        """What `change_feed` takes: the address only where a new one was typed."""
        return {name: value for name, value in self.cleaned_data.items() if name != "url" or value}
