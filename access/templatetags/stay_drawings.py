"""Of a stay's page: marks of a step and of a line of evidence, always beside words, and exact times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html

from access.stay_pages.evidence import LINK, MESSAGE, SENT
from access.templatetags.access_ui import TIMELINE_LOOK
from properties.templatetags.ui import icon
from properties.zones import zone_name

if TYPE_CHECKING:
    import datetime as dt
    import zoneinfo

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


@register.filter
def exact(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> SafeString:
    """Sat 21 Nov 2026, 15:00:07 CET: among evidence seconds tell what came first, and the year stands."""
    local = moment.astimezone(zone)
    return format_html(
        '<time datetime="{}">{} {} {}, {} <abbr>{}</abbr></time>',
        local.isoformat(timespec="seconds"),
        f"{local:%a}",
        local.day,
        f"{local:%b %Y}",
        f"{local:%H:%M:%S}",
        zone_name(local),
    )


@register.simple_tag
def step_mark(look: str) -> SafeString:
    name, tone = STEP_LOOK[look]
    return format_html('<span class="step-mark" data-tone="{}">{}</span>', tone, icon(name))


@register.simple_tag
def evidence_mark(kind: str) -> SafeString:
    name, tone = OTHER_LOOK.get(kind) or TIMELINE_LOOK.get(kind, ("info", "idle"))
    return format_html('<span class="mark" data-tone="{}">{}</span>', tone, icon(name))
