"""Small drawings as SVG of plain attributes, since inline styles are not allowed: lines of the timeline, charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from properties.enums import StayKind
from properties.templatetags.ui import icon, moment

if TYPE_CHECKING:
    import datetime as dt
    import zoneinfo
    from collections.abc import Iterable, Sequence

    from django.utils.safestring import SafeString

    from access.occupancy.showing import DrawnDoor, DrawnStay, DrawnWindow, Piece
    from access.reliability import Bucket

register = template.Library()

LINE_HEIGHT = 4
LINE_GAP = 2
CHART_WIDTH, CHART_HEIGHT, CHART_TOP = 700, 150, 24
TENS, MINUTE = 10, 60
OPEN_END = "open end"


@register.simple_tag
def stay_bar(one: DrawnStay, zone: zoneinfo.ZoneInfo) -> SafeString:
    """A bar of the timeline: drawn here and not by a template, since a page has hundreds."""
    stay = one.stay
    begins, ends = day_name(stay.arrival_date), day_name(stay.departure_date)
    doors = "".join(f"; {door.name}: {door.label}" for door in one.doors)
    looks = " before" * one.came_before + " after" * one.goes_on + " block" * (stay.kind == StayKind.BLOCK)
    return format_html(
        '<li class="{}"><a class="tl-bar{}" data-tone="{}" id="bar-{}" href="{}">'
        '<span class="who">{}<span>{}</span></span><span class="when">{} to {}</span>'
        '<span class="tl-words"><span class="tl-dates">, {} to {}, </span>{}{}</span>{}</a></li>',
        one.place,
        looks,
        one.tone,
        stay.public_id,
        reverse("stay-detail", args=[stay.public_id]),
        icon(one.state.value if one.state is not None else "held"),
        stay.guest_name,
        moment(stay.starts_at, zone),
        moment(stay.ends_at, zone) if stay.ends_at is not None else OPEN_END,
        begins,
        ends,
        one.label,
        doors,
        code_lines(one.doors, one.buffers, one.strokes_apart) if one.doors or one.buffers else "",
    )


def day_name(day: dt.date | None) -> str:
    return OPEN_END if day is None else f"{day.day} {day:%b}"


@register.simple_tag
def code_lines(doors: Sequence[DrawnDoor], buffers: Iterable[Piece], strokes_apart: int) -> SafeString:
    """One line for each door over the bar's whole width, and the buffers hatched over them."""
    height = max(1, len(doors)) * (LINE_HEIGHT + LINE_GAP)
    marks = []
    for number, door in enumerate(doors):
        y = number * (LINE_HEIGHT + LINE_GAP)
        marks += [
            f'<rect class="{piece.look}" x="{piece.x}" y="{y}" width="{piece.width}" height="{LINE_HEIGHT}"/>'
            for piece in door.pieces
        ]
    marks += [_hatched(piece, height, strokes_apart) for piece in buffers if piece.width]
    return _svg(height, "".join(marks))


def _hatched(piece: Piece, height: int, apart: int) -> str:
    """Strokes of their own, since a pattern would be squeezed with the bar."""
    ends = range(piece.x + apart, piece.x + piece.width + 1, apart)
    strokes = "".join(f"M{x - apart} {height}L{x} 0" for x in ends)
    return (
        f'<rect class="buffer" x="{piece.x}" y="0" width="{piece.width}" height="{height}"/>'
        f'<path class="hatch" d="{strokes}" vector-effect="non-scaling-stroke"/>'
    )


@register.simple_tag
def staff_line(windows: Iterable[DrawnWindow]) -> SafeString:
    marks = "".join(
        f'<rect class="staff" x="{one.piece.x}" y="1" width="{max(2, one.piece.width)}" height="6" rx="1"/>'
        for one in windows
    )
    return _svg(8, marks)


def _svg(height: int, marks: str) -> SafeString:
    """`marks` holds numbers and names of our own only."""
    return format_html(
        '<svg class="tl-lines" viewBox="0 0 1000 {}" height="{}" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false">{}</svg>',
        height,
        height,
        mark_safe(marks),  # noqa: S308 -- numbers and names of our own only
    )


@register.filter
def duration(seconds: float | None) -> str:
    """0.8 s, 12 s, 4 min; a dash where it is not known."""
    if seconds is None:
        return "–"  # noqa: RUF001 -- a dash
    if seconds < TENS:
        return f"{seconds:.1f} s"
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min"


@register.simple_tag
def histogram(buckets: Sequence[Bucket], label: str) -> SafeString:
    """Columns with their numbers above and what they count below; the table beside it says the same."""
    most = max((bucket.number for bucket in buckets), default=0) or 1
    step = CHART_WIDTH // max(1, len(buckets))
    marks = []
    for number, bucket in enumerate(buckets):
        height = round(bucket.number / most * CHART_HEIGHT)
        x, middle = number * step + 8, number * step + step // 2
        top = CHART_TOP + CHART_HEIGHT - height
        marks.append(f'<rect x="{x}" y="{top}" width="{step - 16}" height="{height}" rx="3"/>')
        marks.append(f'<text x="{middle}" y="{top - 6}">{bucket.number}</text>')
        marks.append(
            f'<text class="axis" x="{middle}" y="{CHART_TOP + CHART_HEIGHT + 18}">{bucket.label}</text>'
        )
    base = CHART_TOP + CHART_HEIGHT
    marks.append(f'<line x1="0" y1="{base}" x2="{CHART_WIDTH}" y2="{base}"/>')
    return format_html(
        '<svg class="histogram" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        CHART_WIDTH,
        base + 26,
        label,
        mark_safe("".join(marks)),  # noqa: S308 -- numbers and labels of our own only
    )


@register.simple_tag
def spark(buckets: Sequence[Bucket]) -> SafeString:
    """The same, small and without words: the row of the table has them."""
    most = max((bucket.number for bucket in buckets), default=0) or 1
    marks = "".join(
        f'<rect x="{number * 12}" y="{24 - height}" width="9" height="{height}" rx="1"/>'
        for number, bucket in enumerate(buckets)
        for height in [max(1, round(bucket.number / most * 24))]
    )
    return format_html(
        '<svg class="spark" viewBox="0 0 {} 24" width="{}" height="24" aria-hidden="true" focusable="false">{}</svg>',
        12 * len(buckets),
        12 * len(buckets),
        mark_safe(marks),  # noqa: S308 -- numbers of our own only
    )
