"""How guests read times: in the property's zone and in their own language."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from properties.templatetags.ui import zone_name

register = template.Library()


def say_moment(value: dt.datetime) -> str:
    """Friday 5 March, 15:00. `value` is in the zone to be told."""
    # Translators: a moment, as Django's date filter writes it: weekday, day, month, time.
    return dateformat.format(value, pgettext("date format", "l j F, H:i"))


@register.filter
def guest_moment(value: dt.datetime) -> SafeString:
    return format_html(
        '<time datetime="{}">{} <small>{}</small></time>',
        value.isoformat(timespec="minutes"),
        say_moment(value),
        zone_name(value),
    )
