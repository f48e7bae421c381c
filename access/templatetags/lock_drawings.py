"""What the page of a lock draws: the history strip, the connection, the places used.

SVG of plain attributes, since inline styles are not allowed. What a drawing says also stands beside it in words.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from properties.templatetags.ui import span, zone_of
from properties.zones import zone_name

if TYPE_CHECKING:
    import zoneinfo
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from access.device_pages import Capacity
    from access.lock_history import Connection, Lane, Strip
    from access.lock_history.strip import Mark

register = template.Library()

WIDTH = 900
TOP, LABEL, BAND, GAP = 26, 18, 26, 12
PILL = 24
# Where a phone begins to look: names stand there once more.
AGAIN = 648
SYMBOLS = {"entries": "unlock", "refused": "hide"}
DAY = dt.timedelta(days=1)


def say(moment: dt.datetime, zone: zoneinfo.ZoneInfo | str | None) -> str:
    """Sat 21 Nov, 15:00 CET: in plain text, for hover and for those who listen."""
    local = moment.astimezone(zone_of(zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} {zone_name(local)}"


@register.filter
def day_of(moment: dt.datetime, zone: zoneinfo.ZoneInfo | str | None) -> dt.date:
    return moment.astimezone(zone_of(zone)).date()


@register.filter
def lasting(length: dt.timedelta) -> str:
    return span(length.total_seconds())


@register.simple_tag
def history_strip(strip: Strip) -> SafeString:
    """Lanes over one axis. Every mark is a link with its words: to its day, or in one day to its line in the list."""
    height = TOP + len(strip.lanes) * (LABEL + BAND + GAP)
    parts = [_hatch("strip-hatch"), _axis(strip, height)]
    for number, lane in enumerate(strip.lanes):
        parts.append(_lane(strip, lane, TOP + number * (LABEL + BAND + GAP)))
    period = strip.period
    if period.starts_at < period.now < period.ends_at:
        x = _x(period.share(period.now))
        parts.append(
            format_html('<line class="now" x1="{}" x2="{}" y1="{}" y2="{}"/>', x, x, TOP - 4, height)
        )
    return format_html(
        '<svg class="strip" viewBox="0 0 {} {}" role="group" aria-label="History on one time axis">{}</svg>',
        WIDTH, height, joined(parts),
    )  # fmt: skip


def _axis(strip: Strip, height: int) -> SafeString:
    period = strip.period
    ticks: list[tuple[float, str]]
    if period.is_one_day:
        step = (period.ends_at - period.starts_at) / 8
        hours = [period.starts_at + number * step for number in range(8)]
        ticks = [(period.share(at), f"{at.astimezone(period.zone):%H:%M}") for at in hours]
    else:
        starts = [dt.datetime.combine(day, dt.time(), tzinfo=period.zone) for day in period.days]
        ticks = [
            (period.share(at), f"{day:%a} {day.day}") for at, day in zip(starts, period.days, strict=True)
        ]
    lines = format_html_join(
        "",
        '<line class="tick" x1="{}" x2="{}" y1="0" y2="{}"/><text x="{}" y="14">{}</text>',
        ((_x(share), _x(share), height, _x(share) + 5, label) for share, label in ticks),
    )
    return format_html('<g aria-hidden="true">{}</g>', lines)


def _lane(strip: Strip, lane: Lane, top: int) -> SafeString:
    zone = strip.period.zone
    y = top + LABEL
    title = lane.title if lane.number or lane.bands or not lane.nothing else f"{lane.title}: {lane.nothing}"
    bands = format_html_join(
        "",
        '<rect class="band {}" fill="url(#strip-hatch)" x="{}" y="{}" width="{}" height="{}">'
        "<title>{}: {} to {}</title></rect>",
        (
            (
                one.state, _x(one.x), y, max(1.5, _x(one.width)), BAND,
                one.word, say(one.starts_at, zone), say(one.ends_at, zone),
            )
            for one in lane.bands
        ),
    )  # fmt: skip
    return format_html(
        '<g class="lane {}"><g aria-hidden="true"><text class="lane-name" x="5" y="{}">{}</text>'
        '<text class="lane-name again" x="{}" y="{}">{}</text>'
        '<rect class="track" x="0" y="{}" width="{}" height="{}"/>{}</g>{}</g>',
        lane.key, top + LABEL - 6, title, AGAIN, top + LABEL - 6, lane.title, y, WIDTH, BAND, bands,
        joined([_mark(strip, lane, mark, y) for mark in lane.marks]),
    )  # fmt: skip


def _mark(strip: Strip, lane: Lane, mark: Mark, y: int) -> SafeString:
    words = _words(mark, strip.period.zone)
    middle = min(WIDTH - PILL / 2, max(PILL / 2, _x(mark.x)))
    if mark.bands:
        width = max(PILL, _x(mark.bands[-1].x + mark.bands[-1].width - mark.bands[0].x))
        left = min(_x(mark.bands[0].x), WIDTH - width)
        inside = format_html(
            '<rect class="reach" x="{}" y="{}" width="{}" height="{}"/>',
            round(left, 1),
            y,
            round(width, 1),
            BAND,
        )
    else:
        inside = _pill(mark, SYMBOLS.get(lane.key, "info"), middle, y + (BAND - PILL) / 2)
    return format_html(
        '<a id="m-{}-{}" href="{}" data-tone="{}" aria-label="{}"><title>{}</title>{}</a>',
        lane.key, mark.key, _target(strip, mark), mark.tone, words, words, inside,
    )  # fmt: skip


def _pill(mark: Mark, symbol: str, middle: float, y: float) -> SafeString:
    left = round(middle - PILL / 2, 1)
    body = format_html(
        '<rect class="pill" x="{}" y="{}" width="{}" height="{}" rx="{}"/>', left, y, PILL, PILL, PILL / 2
    )
    if mark.number > 1:
        return format_html(
            '{}<text class="number" x="{}" y="{}">{}</text>', body, round(middle, 1), y + 16.5, mark.number
        )
    return format_html(
        '{}<use class="icon" href="{}#{}" x="{}" y="{}" width="14" height="14"/>',
        body, static("icons.svg"), symbol, left + 5, y + 5,
    )  # fmt: skip


def _words(mark: Mark, zone: zoneinfo.ZoneInfo) -> str:
    if mark.number == 1 and not mark.bands:
        return f"{say(mark.starts_at, zone)}: {mark.words}"
    return f"{say(mark.starts_at, zone)} to {say(mark.ends_at, zone)}: {mark.words}"


def _target(strip: Strip, mark: Mark) -> str:
    if strip.period.is_one_day:
        return f"#{mark.key}" if mark.lines else "#history-list"
    day = mark.starts_at.astimezone(strip.period.zone).date()
    return f"?until={day.isoformat()}&days=1#history"


@register.simple_tag
def connection_strip(connection: Connection, zone: zoneinfo.ZoneInfo | None) -> SafeString:
    whole = connection.ends_at - connection.starts_at
    bands = format_html_join(
        "",
        '<rect class="band {}" fill="url(#connection-hatch)" x="{}" y="0" width="{}" height="{}">'
        "<title>{}: {} to {}</title></rect>",
        (
            (
                _look(one.online), _x((one.starts_at - connection.starts_at) / whole),
                max(1.5, _x(one.length / whole)), BAND,
                _word(one.online), say(one.starts_at, zone), say(one.ends_at, zone),
            )
            for one in connection.spells
        ),
    )  # fmt: skip
    weeks = [connection.ends_at - number * 7 * DAY for number in range(4, -1, -1)]
    labels = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (
                _x((at - connection.starts_at) / whole), BAND + 17, "end" if at == connection.ends_at else "middle",
                "now" if at == connection.ends_at else date_words(at, zone),
            )
            for at in weeks
        ),
    )  # fmt: skip
    return format_html(
        '<svg class="strip connection" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}'
        '<rect class="track" x="0" y="0" width="{}" height="{}"/>{}{}</svg>',
        WIDTH, BAND + 22, _hatch("connection-hatch"), WIDTH, BAND, bands, labels,
    )  # fmt: skip


@register.filter
def spell_word(online: bool | None) -> str:
    return _word(online)


def _look(online: bool | None) -> str:
    return {True: "online", False: "offline", None: "unknown"}[online]


def _word(online: bool | None) -> str:
    return _look(online).capitalize()


@register.simple_tag
def places_bar(capacity: Capacity) -> SafeString:
    """Without words: they stand beside it."""
    if not capacity.limit:
        return mark_safe("")
    parts, x = [], 0.0
    for part in capacity.parts:
        width = min(WIDTH - x, WIDTH * part.number / capacity.limit)
        parts.append((part.key, round(x, 1), round(max(0.0, width), 1)))
        x += width
    bars = format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="16"/>', parts)
    return format_html(
        '<svg class="places" viewBox="0 0 {} 16" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="free" width="{}" height="16"/>{}</svg>',
        WIDTH, WIDTH, bars,
    )  # fmt: skip


def _hatch(name: str) -> SafeString:
    """Each drawing brings its own: a page may show either alone."""
    return format_html(
        '<defs><pattern id="{}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line x1="0" x2="0" y1="0" y2="7"/></pattern></defs>',
        name,
    )


def date_words(at: dt.datetime, zone: zoneinfo.ZoneInfo | None) -> str:
    local = at.astimezone(zone_of(zone))
    return f"{local.day} {local:%b}"


def _x(share: float) -> float:
    return round(share * WIDTH, 1)


def joined(parts: Sequence[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
