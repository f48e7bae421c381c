"""From the validated body of a PUT to the details of a stay. Pure: no request, no database, no clock.

A body replaces what it sends; fields that it leaves out keep their value, and so does a status that no table knows.
`check_in_at` and `check_out_at` are the same facts as date and clock time, as one instant, read in the property's time
zone; where both are sent they must agree.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from access.api.vocabulary import ChannelReading, StatusReading, showable
from properties.booking import BookingError, GuestDetails, StayDetails, last_digits_of
from properties.enums import StayKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from zoneinfo import ZoneInfo

    from properties.models import Unit

SHOWN_LENGTH: Final = 60
SHOWN_NAMES: Final = 20
PLAIN_FIELDS: Final = {
    "arrival_date": "arrival_date",
    "departure_date": "departure_date",
    "check_in_time": "check_in_time",
    "check_out_time": "check_out_time",
    "source_updated_at": "source_updated_at",
    "adults": "adults",
    "channel_reference": "reference",
    "notes": "notes",
    "hold_access": "hold_access",
    "preferred_code": "preferred_code",
    "metadata": "metadata",
}
# For systems that keep the agreed time apart from the usual one; where it is set, it counts.
AGREED: Final = {"early_check_in": "check_in_time", "late_check_out": "check_out_time"}
ENDS: Final = (
    ("check_in_at", "arrival_date", "check_in_time"),
    ("check_out_at", "departure_date", "check_out_time"),
)
NEEDED: Final = {
    "unit": "Say which unit is booked: send the id of one that /api/v1/units/ lists.",
    "arrival_date": "Send the arrival as a date such as 2027-03-05, or send check_in_at.",
    "departure_date": "Send the departure as a date, or send check_out_at; only a lease may send null, for no end.",
}


def read_details(
    sent: Mapping[str, Any], *, before: StayDetails | None, unit: Unit | None, zone: ZoneInfo | None
) -> StayDetails:
    """`unit` and `zone` are those that count after the change. Raise BookingError where something is missing."""
    values = _plain_values(sent) | _instants(sent, zone)
    errors = _contradictions(sent, values)
    if before is None:
        errors |= {path: text for path, text in NEEDED.items() if path not in {*values, *sent}}
    if errors:
        raise BookingError(errors)
    values |= _words(sent, known=before is not None)
    if unit is not None:
        values["unit"] = unit
    if "guest" in sent:
        values["guest"] = _guest(sent["guest"], before.guest if before else GuestDetails())
    if before is None:
        return StayDetails(**values)
    # The stored time is not this body's: unsent, it says nothing of how new the body is.
    return replace(before, **{"source_updated_at": None, **values})


def notices_of(body: Mapping[str, Any], sent: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """What the sender should hear although it is no error. Names only, never values that may be secret."""
    readings = [sent.get("status"), sent.get("channel")]
    notices = [
        one.notice for one in readings if isinstance(one, StatusReading | ChannelReading) and one.notice
    ]
    guest = body.get("guest")
    names = [*body, *(f"guest.{name}" for name in (guest if isinstance(guest, dict) else ()))]
    strange = sorted(showable(name)[:SHOWN_LENGTH] for name in names if name not in known)
    if strange:
        notices.append(f"Not known here and left out: {', '.join(strange[:SHOWN_NAMES])}.")
    return notices


def _plain_values(sent: Mapping[str, Any]) -> dict[str, Any]:
    values = {ours: _text(sent[name]) if ours in {"reference", "notes"} else sent[name]
              for name, ours in PLAIN_FIELDS.items() if name in sent}  # fmt: skip
    return values | {ours: sent[name] for name, ours in AGREED.items() if sent.get(name) is not None}


def _instants(sent: Mapping[str, Any], zone: ZoneInfo | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, date, clock in ENDS:
        if name not in sent:
            continue
        moment: dt.datetime | None = sent[name]
        if moment is None:
            values[date] = None
            continue
        local = moment if moment.tzinfo is None or zone is None else moment.astimezone(zone)
        values |= {date: local.date(), clock: local.time().replace(microsecond=0)}
    return values


def _contradictions(sent: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    for name, *parts in ENDS:
        for part in parts:
            if name in sent and part in sent and sent[part] is not None and sent[part] != values[part]:
                errors[name] = (
                    f"This says another thing than {part}: send one of the two, or make them agree."
                )
    return errors


def _words(sent: Mapping[str, Any], *, known: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "channel" in sent:
        values["channel"] = sent["channel"].channel
    if "status" in sent:
        reading: StatusReading = sent["status"]
        # A word that nobody understands neither shuts a guest out nor brings a stay back.
        if reading.understood or not known:
            values["status"] = reading.status
        if reading.kind is not None:
            values["kind"] = reading.kind
    if "kind" in sent:
        values["kind"] = StayKind(sent["kind"])
    return values


def _guest(sent: Mapping[str, Any] | None, before: GuestDetails) -> GuestDetails:
    if sent is None:
        return GuestDetails()
    values = {name: _text(value) for name, value in sent.items() if name not in {"first_name", "last_name"}}
    if "name" not in values and not {"first_name", "last_name"}.isdisjoint(sent):
        values["name"] = " ".join(filter(None, (sent.get("first_name"), sent.get("last_name"))))
    if "phone" in values and "phone_last4" not in values:
        values["phone_last4"] = last_digits_of(values["phone"])
    return replace(before, **values)


def _text(value: str | None) -> str:
    return value or ""
