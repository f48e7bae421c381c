"""The calendar of one flat as its channel would export it: real iCalendar text, whole or broken. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from access.demo.calendars import fold
from access.simulation.scenario import Booking

# A channel goes on showing a booking for so long after its departure.
SHOWN_AFTER = dt.timedelta(days=1)


def write_calendar(channel: str, bookings: Iterable[Booking], *, now: dt.datetime) -> bytes:
    shown = [one for one in bookings if one.departure + SHOWN_AFTER >= now.date()]
    write = _airbnb_event if channel == "airbnb" else _system_event
    # The channel of Airbnb drops what is cancelled; a booking system says so for a while.
    events = [write(one, now) for one in shown if channel != "airbnb" or not one.cancelled]
    maker = (
        "-//Airbnb Inc//Hosting Calendar 1.0//EN"
        if channel == "airbnb"
        else "-//Example PMS//Reservations//EN"
    )
    if channel == "airbnb":
        events.append(_block(now))
    lines = ["BEGIN:VCALENDAR", f"PRODID:{maker}", "VERSION:2.0"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "".join(f"{fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def break_calendar(body: bytes, kind: str) -> bytes:
    """What a sick server sends in place of `body`: an empty calendar, one cut off, or something else altogether."""
    if kind == "empty":
        return (
            b"BEGIN:VCALENDAR\r\nPRODID:-//Example PMS//Reservations//EN\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
        )
    if kind == "cut":
        return body[: len(body) // 2]
    return b"<!DOCTYPE html><html><body>Please try again later.</body></html>"


def _airbnb_event(booking: Booking, now: dt.datetime) -> list[str]:
    digest = hashlib.sha256(booking.key.encode()).hexdigest()[:32]
    link = f"https://www.airbnb.com/hosting/reservations/details/HM{digest[:8].upper()}"
    return [
        _stamp(now),
        *_dates(booking.arrival, booking.departure),
        "SUMMARY:Reserved",
        f"UID:1418fb94e984-{digest}@airbnb.com",
        f"DESCRIPTION:Reservation URL: {link}\\nPhone Number (Last 4 Digits): {int(digest[:6], 16) % 10_000:04d}",
    ]


def _system_event(booking: Booking, now: dt.datetime) -> list[str]:
    cancelled = ["STATUS:CANCELLED"] if booking.cancelled else []
    return [
        *_dates(booking.arrival, booking.departure),
        f"SUMMARY:{booking.guest}",
        f"UID:{booking.key}@pms.example",
        _stamp(now),
        *cancelled,
    ]


def _block(now: dt.datetime) -> list[str]:
    """The edge of the bookable year, under another id each day."""
    edge = now.date() + dt.timedelta(days=365)
    return [
        *_dates(edge, edge + dt.timedelta(days=1)),
        "SUMMARY:Airbnb (Not available)",
        f"UID:7f662ec65913-{hashlib.sha256(edge.isoformat().encode()).hexdigest()[:32]}@airbnb.com",
        _stamp(now),
    ]


def _stamp(now: dt.datetime) -> str:
    return f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}"


def _dates(first: dt.date, last: dt.date) -> list[str]:
    return [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}"]
