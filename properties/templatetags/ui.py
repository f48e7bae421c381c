"""What templates say the same way everywhere: icons, times in a property's zone, bars. No queries, no decisions."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html

from properties.wording import readable
from properties.zones import zone_name

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@register.simple_tag
@functools.lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A symbol of the sprite; always beside a word, so it is hidden from assistive technology. Pages have hundreds."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


def zone_of(value: zoneinfo.ZoneInfo | str | None) -> zoneinfo.ZoneInfo:
    if isinstance(value, zoneinfo.ZoneInfo):
        return value
    return zoneinfo.ZoneInfo(value or "UTC")


@register.filter
def instant(value: dt.datetime) -> str:
    """For a `datetime` attribute, where HTML allows no microseconds."""
    return value.isoformat(timespec="seconds")


@register.filter
def clock(moment: dt.datetime, zone: zoneinfo.ZoneInfo | str | None = None) -> SafeString:
    """15:00 in the zone, without its name: for lists that say the zone once."""
    local = moment.astimezone(zone_of(zone))
    return format_html('<time datetime="{}">{}</time>', instant(local), f"{local:%H:%M}")


@register.filter
def zone_abbreviation(zone: zoneinfo.ZoneInfo) -> str:
    return zone_name(timezone.now().astimezone(zone))


@register.filter
def zone_abbreviation_at(moment: dt.datetime, zone: zoneinfo.ZoneInfo | str | None = None) -> str:
    """As the zone is called at that moment, which a change of clocks may lie before."""
    return zone_name(moment.astimezone(zone_of(zone)))


@register.filter
def moment(value: dt.datetime | None, zone: zoneinfo.ZoneInfo | str | None = None) -> SafeString | str:
    """Sat 21 Nov, 15:00 CET; with the year where it is not this one."""
    if value is None:
        return "not yet"
    local = value.astimezone(zone_of(zone))
    year = f" {local.year}" if local.year != timezone.now().year else ""
    return format_html(
        '<time datetime="{}">{}{}, {} <abbr>{}</abbr></time>',
        instant(local),
        f"{local:%a} {local.day} {local:%b}",
        year,
        f"{local:%H:%M}",
        zone_name(local),
    )


@register.filter
def day(value: dt.date | None) -> SafeString | str:
    if value is None:
        return "open end"
    year = f" {value.year}" if value.year != timezone.now().year else ""
    return format_html(
        '<time datetime="{}">{}{}</time>', value.isoformat(), f"{value:%a} {value.day} {value:%b}", year
    )


def span(seconds: float) -> str:
    """The largest unit that fits: 40 s, 12 min, 3 h, 2 days."""
    if seconds < MINUTE:
        return f"{int(seconds)} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} days"


@register.filter
def relative(value: dt.datetime | None) -> str:
    """in 3 h, 12 min ago: an addition to a time, never in its place."""
    if value is None:
        return "never"
    seconds = (value - timezone.now()).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"


@register.filter
def minutes(value: int) -> str:
    """90 -> 1 h 30 min."""
    hours, rest = divmod(int(value), 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]))


@register.filter
def percent(value: float | None) -> str:
    return "unknown" if value is None else f"{round(value * 100)} %"


@register.simple_tag
def bar(share: float | None, tone: str = "") -> SafeString:
    """A bar of 100 units; drawn with attributes, since inline styles are forbidden here."""
    width = 0 if share is None else max(0, min(100, round(share * 100)))
    return format_html(
        '<svg class="bar" aria-hidden="true" focusable="false" viewBox="0 0 100 8" preserveAspectRatio="none"'
        ' data-tone="{}"><rect width="100" height="8"/><rect width="{}" height="8"/></svg>',
        tone,
        width,
    )


def _date_in_words(value: object) -> str:
    """A record keeps days as 2027-03-05; they have no zone."""
    return readable(value, zoneinfo.ZoneInfo("UTC"))


@register.filter
def record_line(line: object) -> str:
    """One line of a feed's record, which says of an event what was done, its dates and why."""
    if not isinstance(line, dict):
        return str(line)
    named = line.get("summary") or line.get("uid") or "an event without a title"
    what = str(line.get("what") or "").replace("_", " ").capitalize()
    said = [f"{what}: {named}" if what else str(named)]
    if line.get("arrival_date"):
        arrival, departure = (_date_in_words(line.get(name)) for name in ("arrival_date", "departure_date"))
        said.append(f"{arrival} to {departure}" if departure else arrival)
    return ", ".join(said) + (f". {line['reason']}" if line.get("reason") else "")
