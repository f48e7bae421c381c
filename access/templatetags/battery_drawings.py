"""A battery's line with its forecast, as SVG of plain attributes; what it says also stands beside it in words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join

from access.templatetags.lock_drawings import date_words, joined
from properties.templatetags.ui import zone_of

if TYPE_CHECKING:
    import zoneinfo
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from access.lock_history import BatteryLine
    from locks.batteries import Reading

register = template.Library()

CHART_WIDTH, CHART_HEIGHT, LEFT, HEAD, FOOT = 760, 170, 44, 10, 26
# What a label below the line takes up, "today" or "1 Dec".
ROOM = 44
FULL, HALF, EMPTY = 1.0, 0.5, 0.0
DAY = dt.timedelta(days=1)


@register.simple_tag
def battery_chart(line: BatteryLine, label: str, zone: zoneinfo.ZoneInfo | None) -> SafeString:
    """What was read as a line, the forecast dashed with its band; today is the upright line."""
    base = HEAD + CHART_HEIGHT
    marks = [_levels()]
    marks += [_tick(line, day, zone) for day in _months(line, zone)]
    if line.upper and line.lower:
        around = [*line.upper, *reversed(line.lower)]
        marks.append(format_html('<polygon class="around" points="{}"/>', _points(line, around)))
    marks += [format_html('<polyline class="level" points="{}"/>', _points(line, one)) for one in line.pieces]
    if line.forecast:
        marks.append(format_html('<polyline class="ahead" points="{}"/>', _points(line, line.forecast)))
    marks += [
        format_html(
            '<line class="renewed" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text x="{3}" y="{4}">new battery</text>',
            _cx(line.share(at)), HEAD, base, _cx(line.share(at)) + 4, HEAD + 10,
        )
        for at in line.renewed
    ]  # fmt: skip
    now = _cx(line.share(line.now))
    marks.append(
        format_html(
            '<line class="now" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text x="{0}" y="{3}" text-anchor="middle">'
            "today</text>",
            now, HEAD, base, base + 18,
        )
    )  # fmt: skip
    return format_html(
        '<svg class="battery-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        CHART_WIDTH, base + FOOT, label, joined(marks),
    )  # fmt: skip


def _levels() -> SafeString:
    return format_html_join(
        "",
        '<line class="tick" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{} %</text>',
        (
            (LEFT, CHART_WIDTH, _cy(level), _cy(level), LEFT - 6, _cy(level) + 4, round(level * 100))
            for level in (EMPTY, HALF, FULL)
        ),
    )


def _months(line: BatteryLine, zone: zoneinfo.ZoneInfo | None) -> list[dt.datetime]:
    first = line.starts_at.astimezone(zone_of(zone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found, month = [], first
    while month < line.ends_at:
        month = (month + 32 * DAY).replace(day=1)
        # Where "today" stands there is no room for another word, nor for half of one at the edge.
        away = abs(_cx(line.share(month)) - _cx(line.share(line.now)))
        if month < line.ends_at and away > ROOM and _cx(line.share(month)) < CHART_WIDTH - ROOM / 2:
            found.append(month)
    return found


def _tick(line: BatteryLine, at: dt.datetime, zone: zoneinfo.ZoneInfo | None) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        _cx(line.share(at)), HEAD + CHART_HEIGHT + 18, date_words(at, zone),
    )  # fmt: skip


def _points(line: BatteryLine, readings: Iterable[Reading]) -> str:
    return " ".join(f"{_cx(line.share(one.at))},{_cy(one.level)}" for one in readings)


def _cx(share: float) -> float:
    return round(LEFT + (CHART_WIDTH - LEFT) * min(1.0, max(0.0, share)), 1)


def _cy(level: float) -> float:
    return round(HEAD + CHART_HEIGHT * (1 - min(1.0, max(0.0, level))), 1)
