"""A reservation as the REST face answers it; door codes only for a key that may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from access.api.authentication import actor_of, key_of, may_reveal
from access.codes.revealing import note_looks
from access.overview import access_of_stays
from properties.booking.details import rules_of, times_of
from properties.models import Guest
from properties.window import access_window, agreed_moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rest_framework.request import Request

    from access.models import AccessCode
    from access.overview import DoorAccess, StayAccess
    from properties.models import Stay
    from properties.window import Window


HIDDEN: Final = "This key lacks the scope reveal."


def show_reservations(request: Request, stays: Sequence[Stay]) -> list[dict[str, Any]]:
    """Stays come with workspace, unit, property and guest. A PIN that the key may see is written down as seen.

    The rows are as `ReservationOut` says, and are answered as they are: to pass them through it would cost as much as
    to make them.
    """
    access = access_of_stays(stays, now=timezone.now())
    reveal = may_reveal(request)
    if reveal:
        note_shown(request, [code for stay in stays for code in codes_shown(access[stay.pk])])
    return [show_reservation(stay, access[stay.pk], reveal=reveal) for stay in stays]


def note_shown(request: Request, codes: Iterable[AccessCode]) -> None:
    reader = f"key:{key_of(request).pk}"
    note_looks(codes, reader=reader, actor=actor_of(request), now=timezone.now())


def show_reservation(stay: Stay, access: StayAccess, *, reveal: bool) -> dict[str, Any]:
    """`stay` comes with its unit, property and guest. What is revealed is written down by whoever answers it."""
    return {
        **_identity(stay),
        **_times(stay),
        "kind": stay.kind,
        "status": stay.status,
        "cancel_reason": stay.cancel_reason or None,
        "cancelled_at": stay.cancelled_at,
        "guest": _guest(stay.guest or Guest()),
        "adults": stay.adults,
        "channel": stay.channel,
        "channel_reference": stay.reference,
        "source_updated_at": stay.source_updated_at,
        "notes": stay.notes,
        "hold_access": stay.hold_access,
        "metadata": stay.metadata,
        "created_at": stay.created_at,
        "updated_at": stay.updated_at,
        "access": {
            "state": access.state,
            "label": access.label,
            "reason": access.reason,
            "note": (access.grant.pin_note or access.grant.phone_note if access.grant else "") or None,
            "doors": [show_door(one, reveal=reveal) for one in access.doors],
        },
    }


def codes_shown(access: StayAccess) -> list[AccessCode]:
    """The codes whose PINs `show_reservation` reveals."""
    return [one.code for one in access.doors if one.code is not None and is_shown(one)]


def _identity(stay: Stay) -> dict[str, Any]:
    return {
        "id": stay.public_id,
        "source": stay.source,
        "external_id": stay.external_id,
        "property": stay.unit.property.public_id,
        "property_name": stay.unit.property.name,
        "unit": stay.unit.public_id,
        "unit_name": stay.unit.name,
    }


def _times(stay: Stay) -> dict[str, Any]:
    agreed, zone = _agreed(stay), stay.unit.property.zone
    check_in, check_out = (agreed.starts_at, agreed.ends_at) if agreed is not None else (None, None)
    return {
        "timezone": stay.unit.property.time_zone,
        "arrival_date": stay.arrival_date,
        "departure_date": stay.departure_date,
        "check_in_time": stay.check_in_time,
        "check_out_time": stay.check_out_time,
        "override_check_in_time": stay.override_check_in_time,
        "override_check_out_time": stay.override_check_out_time,
        "effective_check_in_at": check_in,
        "effective_check_in_time": None if check_in is None else check_in.astimezone(zone).time(),
        "effective_check_out_at": check_out,
        "effective_check_out_time": None if check_out is None else check_out.astimezone(zone).time(),
        "starts_at": stay.starts_at,
        "ends_at": stay.ends_at,
    }


def _agreed(stay: Stay) -> Window | None:
    """Check-in and check-out, buffers aside. None where the window is an old one, of rules that have changed since."""
    times, rules = times_of(stay), rules_of(stay.unit)
    window = access_window(times, rules)
    is_kept = (window.starts_at, window.ends_at) != (stay.starts_at, stay.ends_at)
    return None if is_kept else agreed_moments(times, rules)


def _guest(guest: Guest) -> dict[str, str]:
    return {name: getattr(guest, name) for name in ("name", "email", "phone", "phone_last4", "language")}


def is_shown(one: DoorAccess) -> bool:
    """Whether there is a PIN to tell: one that is to be on the lock."""
    code = one.code
    return code is not None and code.pin is not None and code.revoked_at is None and code.ended_at is None


def show_door(one: DoorAccess, *, reveal: bool) -> dict[str, Any]:
    has_pin = is_shown(one)
    return {
        "door": one.door_name,
        "door_id": one.door.public_id if one.door else None,
        "state": one.state,
        "label": one.label,
        "reason": one.reason,
        "active_from": one.active_from,
        "active_to": one.active_to,
        "program_at": one.program_at,
        "is_backup": one.is_backup,
        "code": one.code.pin if one.code is not None and has_pin and reveal else None,
        "code_hidden": HIDDEN if has_pin and not reveal else None,
    }
