"""Units as they are now, held so that no rule of theirs or of their property changes while windows are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from properties.booking.details import BookingError
from properties.enums import StayStatus
from properties.models import Unit

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from properties.models import Stay


def locked_units() -> QuerySet[Unit]:
    """In the order of every other writer: each property first, since whoever holds it may change its units."""
    units = Unit.objects.select_for_update(of=("property", "self"), no_key=True).select_related("property")
    return units.order_by("property_id", "pk")


def check_not_archived(unit: Unit, stay: Stay, *, now: dt.datetime) -> None:
    """Raise BookingError where this stay would be one that is running or to come in a unit that is let no longer.
    `unit` is held by the caller, since archiving looks for such stays."""
    is_over = stay.ends_at is not None and stay.ends_at <= now
    if unit.archived_at is not None and stay.status != StayStatus.CANCELLED and not is_over:
        raise BookingError(
            {"unit": f"{unit.name} is archived: bring it back before anybody stays there again."}
        )
