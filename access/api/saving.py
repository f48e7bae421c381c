"""Take a PUT: one transaction in which two of the same key come one after the other, so that they make one stay.

Called by access.api.reservations; what a stay may be is decided by properties.booking.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction

from access.api.errors import Invalid
from access.api.reading import read_details
from properties import crypto
from properties.booking import SavedStay, details_of, save_stay
from properties.models import Property, Stay, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from properties.models import Workspace

NO_SUCH_UNIT: Final = "There is no such unit; send the id of one that /api/v1/units/ lists."


@transaction.atomic
def save_reservation(
    workspace: Workspace,
    *,
    source: str,
    external_id: str,
    sent: Mapping[str, Any],
    actor: str,
    now: dt.datetime,
) -> SavedStay:
    """Raise BookingError or Invalid where the body makes no stay."""
    _take_turns(workspace, source, external_id)
    mine = Stay.objects.in_workspace(workspace).filter(source=source, external_id=external_id)
    unit = _find_unit(workspace, sent["unit"]) if "unit" in sent else None
    held = {unit.property_id} if unit else set()
    # Properties before the stay, as properties.booking holds them. Both, so that nobody changes rules or cancels the
    # stay between what is read here, to be kept, and what is saved.
    held.update(mine.values_list("unit__property_id", flat=True))
    list(Property.objects.select_for_update(no_key=True).filter(pk__in=held).order_by("pk"))
    stay = mine.select_for_update(of=("self",)).select_related("unit__property", "guest").first()
    place = unit or (stay.unit if stay else None)
    details = read_details(
        sent,
        before=details_of(stay) if stay else None,
        unit=unit,
        zone=place.property.zone if place else None,
    )
    return save_stay(workspace, source=source, external_id=external_id, details=details, actor=actor, now=now)


def _take_turns(workspace: Workspace, source: str, external_id: str) -> None:
    number = crypto.keyed_hash("reservation", f"{workspace.pk}\0{source}\0{external_id}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _find_unit(workspace: Workspace, public_id: UUID) -> Unit:
    unit = Unit.objects.in_workspace(workspace).select_related("property").filter(public_id=public_id).first()
    if unit is None:
        raise Invalid({"unit": NO_SUCH_UNIT})
    return unit
