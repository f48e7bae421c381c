"""Read the labelled lines that bridges and property systems put into a description ("Phone (last 4): 0007"). Pure.

Everything is text: last four digits and references keep their zeros.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from properties.calendars.reading import Contact

MAX_LINES: Final = 200
MAX_LINE: Final = 300
MAX_VALUE: Final = 200
LAST_DIGITS: Final = 4

_LABELS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("name", "guest", "guest name", "gast", "nom", "primary guest"),
    "reference": (
        "code", "confirmation code", "confirmation", "confirmation number", "reservation code", "reservation id",
        "reservation number", "reservation", "booking id", "booking code", "booking number", "booking reference",
        "reference", "ref",
    ),
    "email": ("email", "e-mail", "guest email"),
    "phone": ("phone", "phone number", "guest phone", "mobile", "tel", "telephone", "telefon"),
    "last4": ("phone (last 4)", "phone last 4", "phone number (last 4 digits)", "last 4 digits", "last 4"),
    "adults": ("adults", "guests", "number of guests", "guest count", "pax"),
    "check_in_time": ("check-in time", "check in time", "checkin time", "check-in", "checkin"),
    "check_out_time": ("check-out time", "check out time", "checkout time", "check-out", "checkout"),
}  # fmt: skip
_FIELD_OF: Final = {label: name for name, labels in _LABELS.items() for label in labels}
_MARK: Final = re.compile("[:=]")
_CLOCK: Final = re.compile(
    r"(?:[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{2,4},?[ t])?"
    r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(?::[0-9]{2})?\s*([ap]\.?m\.?)?",
    re.ASCII,
)
_EMAIL: Final = re.compile(r"[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,180}\.[^\s@<>,;:.\"]{2,20}")
_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{2,49}")
_HTML: Final = re.compile(r"<br\s*/?>|</p>|</div>", re.IGNORECASE)


def read_description(description: str) -> Contact:
    found: dict[str, str] = {}
    for line in _HTML.sub("\n", description).splitlines()[:MAX_LINES]:
        label, *value = _MARK.split(" ".join(line.split())[:MAX_LINE], maxsplit=1)
        name = _FIELD_OF.get(label.casefold().strip())
        if name and value and value[0].strip():
            found.setdefault(name, value[0].strip()[:MAX_VALUE])
    phone = _phone(found.get("phone", ""))
    return Contact(
        name=found.get("name", "") if not found.get("name", "").isdigit() else "",
        reference=_matching(_REFERENCE, found.get("reference", "")),
        email=_matching(_EMAIL, found.get("email", "")),
        phone=phone,
        last4=_last4(found.get("last4", "")) or _last4(found.get("phone", "")),
        check_in_time=_hour(found.get("check_in_time", "")),
        check_out_time=_hour(found.get("check_out_time", "")),
        adults=_count(found.get("adults", "")),
    )


def read_clock(text: str) -> dt.time | None:
    """16:30, 16.30, 16h30, 4:30 PM, 4 pm, 2027-03-05 16:30; None for anything else, as for 15:00 - 20:00."""
    match = _CLOCK.fullmatch(text.strip().casefold())
    if match is None or not (match.group(2) or match.group(3)):
        return None
    hour, minute, half = int(match.group(1)), int(match.group(2) or 0), (match.group(3) or "")[:1]
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 -- a clock face
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, minute)
    except ValueError:
        return None


def _hour(text: str) -> dt.time | None:
    """Midnight stands for an hour that nobody filled in: a guest would lose the last night by it."""
    clock = read_clock(text)
    return None if clock == dt.time(0) else clock


def _phone(text: str) -> str:
    """A number that can be called; a masked one only gives its last digits."""
    return text[:40] if re.fullmatch(r"\+?[0-9 ()./-]{6,40}", text) else ""


def _last4(text: str) -> str:
    match = re.search(r"([0-9][0-9 ()./-]*)$", text.strip(), re.ASCII)
    digits = re.sub(r"[^0-9]", "", match.group(1)) if match else ""
    return digits[-LAST_DIGITS:] if len(digits) >= LAST_DIGITS else ""


def _matching(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.fullmatch(text.strip())
    return match.group() if match else ""


def _count(text: str) -> int | None:
    match = re.match(r"([0-9]{1,3})(?![0-9])", text, re.ASCII)
    return int(match.group(1)) if match and int(match.group(1)) <= 500 else None  # noqa: PLR2004 -- as in booking
