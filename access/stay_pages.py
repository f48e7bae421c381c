"""What the page of a stay needs besides access.overview: its window taken apart, and its version for polling."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Sum

from access.enums import CodeState
from access.models import AccessCode, Event
from access.overview import StayAccess
from properties.models import Stay

VERSION_STEP = 60
SETTLING = frozenset({CodeState.PROGRAMMING, CodeState.REMOVING})


@dataclass(frozen=True, slots=True)
class WindowLine:
    """One part of the window: what it says, and what it says for the start and the end."""

    label: str
    start: str
    end: str
    is_override: bool = False


def window_lines(stay: Stay) -> list[WindowLine]:
    """Base, override and buffers apart, in the order in which they are put together."""
    place = stay.unit.property
    own = stay.check_in_time is not None or stay.check_out_time is not None
    lines = [
        WindowLine(
            "Of this booking" if own else "Usual times",
            show(stay.check_in_time or place.check_in_time),
            show(stay.check_out_time or place.check_out_time),
        )
    ]
    if stay.override_check_in_time or stay.override_check_out_time:
        lines.append(
            WindowLine(
                "Agreed instead",
                show(stay.override_check_in_time),
                show(stay.override_check_out_time),
                is_override=True,
            )
        )
    if place.buffer_before or place.buffer_after:
        lines.append(
            WindowLine("Buffers", buffer("−", place.buffer_before), buffer("+", place.buffer_after))  # noqa: RUF001 -- a minus
        )
    return lines


def buffer(sign: str, minutes: int) -> str:
    return f"{sign}{minutes} min" if minutes else "none"


def show(time: dt.time | None) -> str:
    return f"{time:%H:%M}" if time is not None else "as before"


def is_settling(access: StayAccess) -> bool:
    return any(door.state in SETTLING for door in access.doors)


def stay_version(stay: Stay, *, now: dt.datetime) -> str:
    """Changes with the stay, its codes and its events, and once a minute, since time itself moves states."""
    codes = AccessCode.objects.filter(grant__stay=stay).aggregate(
        number=Count("pk"),
        attempts=Sum("attempts"),
        seen=Max("seen_at"),
        written=Max("written_at"),
        set=Max("set_at"),
    )
    event = Event.objects.filter(stay=stay).aggregate(latest=Max("pk"))["latest"]
    parts = [stay.revision, event, *codes.values(), int(now.timestamp()) // VERSION_STEP]
    return "-".join(stamp(part) for part in parts)


def stamp(part: object) -> str:
    return f"{part.timestamp():.3f}" if isinstance(part, dt.datetime) else str(part or 0)
