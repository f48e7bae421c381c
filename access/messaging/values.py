"""What the placeholders of a message stand for, at the moment of sending.

`values_for_sending` takes the codes that open now, and writes down that they were shown; a preview shows dots.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils import translation
from django.utils.translation import pgettext

from access.issuing import RevealedPin, door_name, reveal_pins
from access.models import GuestPass
from access.overview import DoorAccess
from access.passes import address_of, live_pass_of
from access.passes.digests import digest_of
from access.passes.showing import door_lines, guest_times, live_grant_of, stood_in_for
from access.passes.wording import say_moment
from properties.models import Stay

DOTS: Final = "••••"


@dataclass(frozen=True, slots=True)
class Values:
    """`told_digest`: of the codes among them, if any. Empty values are there and empty."""

    mapping: Mapping[str, str] = field(repr=False)
    told_digest: str = ""


def values_for_sending(stay: Stay, names: set[str], *, language: str, actor: str, now: dt.datetime) -> Values:
    """Called in a transaction. The code is asked for only where it is needed: each look is written down."""
    lines = door_lines(stay, now=now)
    grant = live_grant_of(stay)
    if "code" not in names or grant is None or not digest_of(grant):
        return Values(_plain(stay, lines, language=language) | {"code": ""})
    pins = reveal_pins(grant, actor=actor, now=now)
    backed = stood_in_for(lines)
    stood_in = {door_name(line.device) for line in lines if line.device.pk in backed}
    code = say_codes(pins, stood_in)
    return Values(_plain(stay, lines, language=language) | {"code": code}, digest_of(grant) if code else "")


def values_for_preview(stay: Stay, *, language: str, now: dt.datetime) -> Values:
    return Values(_plain(stay, door_lines(stay, now=now), language=language) | {"code": DOTS})


def sample_values(*, language: str) -> Values:
    """For a preview where there is no stay yet."""
    with translation.override(language):
        arrival = dt.datetime(2027, 6, 4, 15, 0, tzinfo=dt.UTC)
        departure = dt.datetime(2027, 6, 9, 11, 0, tzinfo=dt.UTC)
        return Values(
            {
                "guest": "Imogen Varga",
                "first_name": "Imogen",
                "property": "Harbour House",
                "unit": "Loft 2",
                "address": "Quay Street 7, 8005 Zürich",
                "arrival_notes": "The blue door beside the bakery.",
                "check_in": say_moment(arrival),
                "check_out": say_moment(departure),
                "nights": "5",
                "doors": "Front door, Loft 2",
                "code": DOTS,
                "pass_link": "https://keys.example/g/…/",
                "contact": "Ana, +41 44 668 18 00",
                "reference": "HM4QX2",
            }
        )


def say_codes(pins: Sequence[RevealedPin], stood_in: set[str]) -> str:
    """One PIN alone; several with their doors. Where a backup stands in at a door, that one."""
    right = [(pin.pin, [name for name in pin.doors if pin.is_backup == (name in stood_in)]) for pin in pins]
    right = [(pin, doors) for pin, doors in right if doors]
    if len(right) == 1:
        return right[0][0]
    return ", ".join(f"{pin} ({', '.join(doors)})" for pin, doors in right)


def _plain(stay: Stay, lines: Sequence[DoorAccess], *, language: str) -> dict[str, str]:
    place = stay.unit.property
    check_in, check_out = guest_times(stay)
    name = stay.guest.name.strip() if stay.guest is not None else ""
    with translation.override(language):
        # Translators: in place of a name, after a greeting such as "Hello".
        anybody = pgettext("in place of a name", "guest")
        told_in = say_moment(check_in)
        told_out = say_moment(check_out) if check_out is not None else ""
    nights = (stay.departure_date - stay.arrival_date).days if stay.departure_date else None
    return {
        "guest": name or anybody,
        "first_name": name.split()[0] if name else anybody,
        "property": place.name,
        "unit": stay.unit.name,
        "address": place.address,
        "arrival_notes": place.arrival_notes,
        "check_in": told_in,
        "check_out": told_out,
        "nights": "" if nights is None else str(nights),
        "doors": ", ".join(dict.fromkeys(line.door_name for line in lines)),
        "pass_link": _link(live_pass_of(stay)),
        "contact": place.guest_contact,
        "reference": stay.reference,
    }


def _link(guest_pass: GuestPass | None) -> str:
    return "" if guest_pass is None else address_of(guest_pass)
