"""What a source says of a stay, as plain data, and the rules that it must satisfy.

Errors name the field by its path and say what to do; they hold nothing secret.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from properties.enums import Channel, StayKind, StayStatus
from properties.models import Guest, Stay
from properties.window import Rules, StayTimes, Window, access_window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import TextChoices

    from properties.models import Unit, Workspace

MANUAL_SOURCE: Final = "manual"
MAX_NIGHTS: Final = 730
FIRST_DATE: Final = dt.date(2000, 1, 1)
LAST_DATE: Final = dt.date(2100, 1, 1)
MAX_ADULTS: Final = 500
PREFERRED_CODE: Final = re.compile(r"[0-9]{3,20}")
LAST_DIGITS: Final = 4
MAX_METADATA: Final = 50
MAX_METADATA_KEY: Final = 40
MAX_METADATA_VALUE: Final = 500
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class BookingError(ValueError):
    """The stay cannot be like this: `errors` maps a field's path to a sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class ChangedMeanwhileError(BookingError):
    """What the person had before them is not the stay any more; each sentence says what its field holds now."""

    def __init__(self, errors: Mapping[str, str], *, revision: int) -> None:
        super().__init__(errors)
        self.revision = revision


@dataclass(frozen=True, slots=True)
class GuestDetails:
    name: str = ""
    email: str = ""
    phone: str = ""
    phone_last4: str = ""
    language: str = ""


def last_digits_of(phone: str) -> str:
    """As a source would give them apart; empty where it is hardly a number."""
    digits = re.sub(r"[^0-9]", "", phone)
    return digits[-LAST_DIGITS:] if len(digits) >= LAST_DIGITS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StayDetails:
    """Dates and times local to the property; times None = the property's default; departure None = open lease."""

    unit: Unit
    arrival_date: dt.date
    departure_date: dt.date | None
    kind: StayKind = StayKind.GUEST
    status: StayStatus = StayStatus.CONFIRMED
    check_in_time: dt.time | None = None
    check_out_time: dt.time | None = None
    guest: GuestDetails = field(default_factory=GuestDetails)
    channel: Channel = Channel.GENERIC
    reference: str = ""
    source_updated_at: dt.datetime | None = None
    original: str = ""
    adults: int | None = None
    notes: str = ""
    hold_access: bool = False
    preferred_code: str | None = field(default=None, repr=False)
    metadata: dict[str, Any] = field(default_factory=dict)


def new_external_id() -> str:
    return str(uuid.uuid4())


def details_of(stay: Stay) -> StayDetails:
    """The stay as it is, to be saved again with a part of it replaced."""
    guest = stay.guest or Guest()
    return StayDetails(
        unit=stay.unit,
        arrival_date=stay.arrival_date,
        departure_date=stay.departure_date,
        kind=StayKind(stay.kind),
        status=StayStatus(stay.status),
        check_in_time=stay.check_in_time,
        check_out_time=stay.check_out_time,
        guest=GuestDetails(**{one.name: getattr(guest, one.name) for one in fields(GuestDetails)}),
        channel=Channel(stay.channel),
        reference=stay.reference,
        source_updated_at=stay.source_updated_at,
        original=stay.original,
        adults=stay.adults,
        notes=stay.notes,
        hold_access=stay.hold_access,
        preferred_code=stay.preferred_code,
        metadata=stay.metadata,
    )


def rules_of(unit: Unit) -> Rules:
    """The unit's own, where it has them, else its property's."""
    place = unit.property
    return Rules(
        zone=place.zone,
        check_in_time=unit.check_in_time or place.check_in_time,
        check_out_time=unit.check_out_time or place.check_out_time,
        buffer_before=place.buffer_before if unit.buffer_before is None else unit.buffer_before,
        buffer_after=place.buffer_after if unit.buffer_after is None else unit.buffer_after,
    )


def times_of(stay: Stay) -> StayTimes:
    return StayTimes(**{one.name: getattr(stay, one.name) for one in fields(StayTimes)})


def compute_window(times: StayTimes, unit: Unit) -> Window:
    """Raise BookingError where nothing is left between check-in and check-out."""
    window = access_window(times, rules_of(unit))
    if window.ends_at is not None and window.ends_at <= window.starts_at:
        raise BookingError(
            {"check_out_time": "The stay would end before it begins; move the check-out after the check-in."}
        )
    return window


def cleaned(details: StayDetails) -> StayDetails:
    """Trim texts and drop control characters, which come from feeds and which the database refuses."""
    guest = replace(
        details.guest,
        **{one.name: clean_line(getattr(details.guest, one.name)) for one in fields(GuestDetails)},
    )
    return replace(
        details,
        guest=guest,
        reference=clean_line(details.reference),
        notes=_CONTROL.sub("", details.notes).strip(),
        original=_CONTROL.sub("", details.original),
        preferred_code=(details.preferred_code or "").strip() or None,
    )


def clean_line(text: str) -> str:
    return " ".join(_CONTROL.sub("", text).split())


def check_details(workspace: Workspace, source: str, external_id: str, details: StayDetails) -> None:
    errors: dict[str, str] = {}
    _check_identity(errors, source, external_id)
    _check_vocabulary(errors, details)
    _check_dates(errors, details)
    _check_guest(errors, details.guest)
    _check_metadata(errors, details.metadata)
    if details.preferred_code is not None and not PREFERRED_CODE.fullmatch(details.preferred_code):
        errors["preferred_code"] = "A door code has digits only, 3 to 20 of them."
    if details.unit.property.workspace_id != workspace.pk:
        errors["unit"] = "There is no such unit; choose one of this workspace."
    if len(details.reference) > _max_length(Stay, "reference"):
        errors["reference"] = f"Use at most {_max_length(Stay, 'reference')} characters."
    if details.adults is not None and not 0 <= details.adults <= MAX_ADULTS:
        errors["adults"] = f"Give a number from 0 to {MAX_ADULTS}, or leave it out."
    moment = details.source_updated_at
    if moment is not None and moment.tzinfo is None:
        errors["source_updated_at"] = "Give the time with its offset, such as 2027-03-05T14:00:00Z."
    if errors:
        raise BookingError(errors)


def _check_identity(errors: dict[str, str], source: str, external_id: str) -> None:
    for path, text in (("source", source), ("external_id", external_id)):
        longest = _max_length(Stay, path)
        if not text or len(text) > longest or clean_line(text) != text:
            errors[path] = f"Give 1 to {longest} printable characters, without spaces at the ends."


def _check_vocabulary(errors: dict[str, str], details: StayDetails) -> None:
    choices: tuple[tuple[str, str, type[TextChoices]], ...] = (
        ("kind", details.kind, StayKind),
        ("status", details.status, StayStatus),
        ("channel", details.channel, Channel),
    )
    for path, value, choice in choices:
        if value not in choice.values:
            errors[path] = f"Use one of: {', '.join(choice.values)}."


def _check_dates(errors: dict[str, str], details: StayDetails) -> None:
    arrival, departure = details.arrival_date, details.departure_date
    for path, day in (("arrival_date", arrival), ("departure_date", departure)):
        if day is not None and not FIRST_DATE <= day < LAST_DATE:
            errors[path] = f"Give a date from {FIRST_DATE} on and before {LAST_DATE}."
    if departure is None:
        if details.kind != StayKind.LEASE:
            errors["departure_date"] = "Give a departure date; only a lease may have no end."
    elif departure <= arrival:
        errors["departure_date"] = "The departure must be after the arrival, by at least one night."
    elif details.kind != StayKind.LEASE and (departure - arrival).days > MAX_NIGHTS:
        errors["departure_date"] = f"A stay has at most {MAX_NIGHTS} nights; use a lease for longer."


def _check_guest(errors: dict[str, str], guest: GuestDetails) -> None:
    for one in fields(GuestDetails):
        longest = _max_length(Guest, one.name)
        if len(getattr(guest, one.name)) > longest:
            errors[f"guest.{one.name}"] = f"Use at most {longest} characters."
    if guest.phone_last4 and not re.fullmatch(r"[0-9]{4}", guest.phone_last4):
        errors["guest.phone_last4"] = "Give exactly four digits."
    if guest.email and "guest.email" not in errors:
        try:
            validate_email(guest.email)
        except ValidationError:
            errors["guest.email"] = "Give a complete e-mail address, or leave it out."


def _check_metadata(errors: dict[str, str], metadata: Mapping[str, Any]) -> None:
    if len(metadata) > MAX_METADATA:
        errors["metadata"] = f"Send at most {MAX_METADATA} entries."
    for name, value in metadata.items():
        plain = value is None or isinstance(value, bool | int | str)
        plain = plain or (isinstance(value, float) and isfinite(value))
        if not 0 < len(name) <= MAX_METADATA_KEY or clean_line(name) != name or not _is_text(name):
            errors["metadata"] = f"Name each entry with 1 to {MAX_METADATA_KEY} printable characters."
        elif not plain or len(str(value)) > MAX_METADATA_VALUE or not _is_text(str(value)):
            errors[f"metadata.{name}"] = (
                f"Give a text of at most {MAX_METADATA_VALUE} characters, a number, true, false or null."
            )


def _is_text(text: str) -> bool:
    """The database takes neither NUL nor halves of characters."""
    return "\0" not in text and text.encode(errors="replace").decode() == text


def _max_length(model: type[Guest | Stay], name: str) -> int:
    return int(getattr(model._meta.get_field(name), "max_length", None) or 0)
