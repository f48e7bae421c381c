"""Marks of a stay's page: a step of a code's way, a line of evidence. Always beside words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html

from access.stay_pages.evidence import LINK, MESSAGE, SENT
from access.templatetags.access_ui import TIMELINE_LOOK
from properties.templatetags.ui import icon

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

STEP_LOOK = {
    "done": ("ok", "ok"),
    "next": ("todo", "idle"),
    "missing": ("failed", "error"),
    "unknown": ("unknown", "unknown"),
    "none": ("todo", "idle"),
}
OTHER_LOOK = {SENT: ("programming", "idle"), MESSAGE: ("message", "info"), LINK: ("key", "info")}


@register.simple_tag
def step_mark(look: str) -> SafeString:
    name, tone = STEP_LOOK[look]
    return format_html('<span class="step-mark" data-tone="{}">{}</span>', tone, icon(name))


@register.simple_tag
def evidence_mark(kind: str) -> SafeString:
    name, tone = OTHER_LOOK.get(kind) or TIMELINE_LOOK.get(kind, ("info", "idle"))
    return format_html('<span class="mark" data-tone="{}">{}</span>', tone, icon(name))
