"""A reservation as the REST face answers it. Door codes are never part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from properties.models import Guest

if TYPE_CHECKING:
    from access.overview import DoorAccess, StayAccess
    from properties.models import Stay


def show_reservation(stay: Stay, access: StayAccess) -> dict[str, Any]:
    """`stay` comes with its unit, property and guest."""
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
        "created_at": stay.created_at,
        "updated_at": stay.updated_at,
        "access": {
            "state": access.state,
            "label": access.label,
            "reason": access.reason,
            "doors": [_door(one) for one in access.doors],
        },
    }


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
    return {
        "timezone": stay.unit.property.time_zone,
        "arrival_date": stay.arrival_date,
        "departure_date": stay.departure_date,
        "check_in_time": stay.check_in_time,
        "check_out_time": stay.check_out_time,
        "override_check_in_time": stay.override_check_in_time,
        "override_check_out_time": stay.override_check_out_time,
        "starts_at": stay.starts_at,
        "ends_at": stay.ends_at,
    }


def _guest(guest: Guest) -> dict[str, str]:
    return {name: getattr(guest, name) for name in ("name", "email", "phone", "phone_last4", "language")}


def _door(one: DoorAccess) -> dict[str, Any]:
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
        "code": None,
    }
