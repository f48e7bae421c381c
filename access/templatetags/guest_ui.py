"""How guests read times: in the property's zone and in their own language. Whom to call is called by a tap."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from access.passes.wording import say_moment
from properties.zones import zone_name

register = template.Library()

MAIL: Final = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
PHONE: Final = r"(?:\+|\b0|\(0)[\d ()./-]{5,24}\d"
REACHED: Final = re.compile(f"({MAIL}|{PHONE})")


@register.filter
def guest_moment(value: dt.datetime) -> SafeString:
    return format_html(
        '<time datetime="{}">{} <small>{}</small></time>',
        value.isoformat(timespec="minutes"),
        say_moment(value),
        zone_name(value),
    )


@register.filter
def tappable(text: str) -> SafeString:
    """A contact as its manager wrote it, with numbers and addresses as links."""
    parts = REACHED.split(text)
    return format_html_join(
        "", "{}", ((_link(part) if number % 2 else part,) for number, part in enumerate(parts))
    )


def _link(part: str) -> SafeString:
    kind, target = ("mailto", part) if "@" in part else ("tel", re.sub(r"\(0\)|[^+\d]", "", part))
    return format_html('<a href="{}:{}">{}</a>', kind, target, part)
