"""Calendars in the shapes that channels export (facts/calendars.md 4.3, invented people), as bytes."""

from __future__ import annotations

import datetime as dt

PRODIDS = {
    "airbnb": "-//Airbnb Inc//Hosting Calendar 1.0//EN",
    "airbnb_old": "-//Airbnb Inc//Hosting Calendar 0.8.8//EN",
    "booking": "-//admin.booking.com\\, b.v.//NONSGML v1.0//EN",
    "vrbo": "-//HomeAway.com, Inc.//EN",
    "guesty": "-//Guesty//Calendar//EN",
    "hospitable": "-//Hospitable//Reservations//EN",
    "smoobu": "-//Smoobu//Calendar//EN",
    "generic": "-//example.org//Calendar//EN",
}


def event(
    uid: str | None,
    start: str,
    end: str | None,
    summary: str | None = None,
    description: str | None = None,
    *extra: str,
) -> list[str]:
    lines = ["BEGIN:VEVENT", "DTSTAMP:20270101T000000Z"]
    lines += [_dated("DTSTART", start)]
    lines += [_dated("DTEND", end)] if end else []
    lines += [f"UID:{uid}"] if uid is not None else []
    lines += [f"SUMMARY:{summary}"] if summary is not None else []
    lines += [f"DESCRIPTION:{description}"] if description is not None else []
    return [*lines, *extra, "END:VEVENT"]


def calendar(prodid: str, *events: list[str], newline: str = "\r\n") -> bytes:
    lines = ["BEGIN:VCALENDAR", f"PRODID:{PRODIDS.get(prodid, prodid)}", "VERSION:2.0"]
    for one in events:
        lines += one
    return newline.join([*lines, "END:VCALENDAR", ""]).encode()


def reserved(code: str, start: dt.date, nights: int = 4, last4: str = "0412", uid: str = "") -> list[str]:
    """An Airbnb stay."""
    return event(
        uid or f"1418fb94e984-{code.casefold():0>32}@airbnb.com",
        f"{start:%Y%m%d}",
        f"{start + dt.timedelta(days=nights):%Y%m%d}",
        "Reserved",
        f"Reservation URL: https://www.airbnb.com/hosting/reservations/details/{code}"
        f"\\nPhone Number (Last 4 Digits): {last4}",
    )


def named(name: str, start: dt.date, nights: int = 4, uid: str = "", *extra: str) -> list[str]:
    """A stay in a generic calendar."""
    end = start + dt.timedelta(days=nights)
    return event(uid or f"{name}@pms.example", f"{start:%Y%m%d}", f"{end:%Y%m%d}", name, None, *extra)


def _dated(name: str, value: str) -> str:
    if value.startswith(";"):
        return f"{name}{value}"
    return f"{name}:{value}" if "T" in value else f"{name};VALUE=DATE:{value}"


S1 = event(
    "1418fb94e984-0a1b2c3d4e5f60718293a4b5c6d7e8f9@airbnb.com",
    "20270305",
    "20270309",
    "Reserved",
    "Reservation URL: https://www.airbnb.com/hosting/reservations/details/HMQ7XK2P9\r\n A"
    "\\nPhone Number (Last 4 Digits): 0412",
)
S2 = event(
    "7f662ec65913-99887766554433221100ffeeddccbbaa@airbnb.com",
    "20270309",
    "20270310",
    "Airbnb (Not available)",
)
S3 = [
    "BEGIN:VEVENT",
    "DTEND;VALUE=DATE:20270403",
    "DTSTART;VALUE=DATE:20270401",
    "UID:-abc123def@airbnb.com",
    "DESCRIPTION:https://www.airbnb.com/reservation/itinerary?code=HMZ1Y2X3W4 \\nPHONE: 1",
    "SUMMARY:Reserved",
    "END:VEVENT",
]
S4 = event("5d41402abc4b2a76b9719d911017c592@booking.com", "20270311", "20270314", "CLOSED - Not available")
S5 = event("3f0c2a9e-7b1d-4c58-9e21-0a6f5d3b8c77", "20270320", "20270327", "Reserved - Imogen Varga")
S6 = event("3f0c2a9e-7b1d-4c58-9e21-0a6f5d3b8c78", "20270402", "20270405", "Provisoire - O. Lind")
S7 = event("20270410-20270412-blocked", "20270410", "20270412", "Blocked")
S8 = event("65aa_an_20270305_20270306@guesty.com_7c1", "20270305", "20270306", "Blocked by Guesty")
S9 = event("66bb77cc@guesty.com", "20270415", "20270418", "GST-Noor Haddad-GY-4T7Q-Airbnb")
S10 = event(
    "res-9001@pms.example",
    "20270328T200000Z",
    "20270401T150000Z",
    "Tomas Ruiz",
    "Code: HMAAAA1111\\nPhone: +34 600 11 22 33\\nAdults: 2",
)
S11 = event(
    "x-11", ";TZID=Europe/Zurich:20271029T160000", ";TZID=Europe/Zurich:20271101T110000", "Lea Frei", ""
)
S12 = event("x-12", "20270501", None, "Guest K.", None, "DURATION:P3D")
S13 = event("x-13", "20270505", "20270508", "Reserved - P. Osei", None, "STATUS:CANCELLED")
S14 = event("x-14", "20270510", "20270511", "Check-in")
S15 = event(
    "RES0451@bridge",
    "20270512",
    "20270515",
    "Ravi Nair",
    "Guests: 3\\nPhone (last 4): 0007\\nBooking ID: RES0451\\nCheck-in time: 15:30",
)
S16 = event(None, "20270520", "20270520", '=HYPERLINK("http://x.example";"<script>")', "x" * 200_000)
