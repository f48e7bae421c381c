"""What each lock system asks for when somebody signs in, as forms; which fields those are says `logins`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from access.connecting import logins
from properties.forms.base import time_zone_choices

if TYPE_CHECKING:
    from locks.brands import Brand

LONGEST = 200


class LoginForm(forms.Form):
    """`sentence`: what the page says above the form, beside errors. What was typed as a password is not shown again."""

    sentence = ""

    def __init__(self, names: tuple[str, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update({name: _field(name) for name in names})


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=20,
        help_text="It was sent to your phone or mailbox.",
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )


def form_for(brand: Brand, data: Any = None) -> LoginForm:
    form = LoginForm(logins.fields_of(brand.key), data)
    if brand.key == "dormakaba_oracode":
        form.fields[logins.USER_NAME].label = "User name"
    return form


def _field(name: str) -> forms.Field:
    if name == logins.ZONE:
        return forms.ChoiceField(
            label="Time zone of the site",
            choices=[("", "Choose …"), *time_zone_choices()],
            help_text="Offline codes hold by the local time of the door.",
        )
    if name in (logins.PASSWORD, logins.KEY):
        label = "Password" if name == logins.PASSWORD else "API key"
        widget = forms.PasswordInput(attrs={"autocomplete": "off"})
        return forms.CharField(label=label, max_length=LONGEST, strip=False, widget=widget)
    labels = {logins.USER_NAME: "User name or e-mail", logins.KEY_ID: "API key id", logins.SITE: "Site name"}
    plain = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=labels[name], max_length=LONGEST, widget=forms.TextInput(attrs=plain))
