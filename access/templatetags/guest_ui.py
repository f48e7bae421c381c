"""How guests read times: in the property's zone and in their own language."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.passes.wording import say_moment
from properties.zones import zone_name

register = template.Library()


@register.filter
def guest_moment(value: dt.datetime) -> SafeString:
    return format_html(
        '<time datetime="{}">{} <small>{}</small></time>',
        value.isoformat(timespec="minutes"),
        say_moment(value),
        zone_name(value),
    )
