"""Take what was sent for one reservation: one transaction in which two of the same key come one after the other.

Called by access.api.reservations and access.api.bulk; what a stay may be is decided by properties.booking.
"""

from __future__ import annotations

import datetime as dt
import enum
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from rest_framework.exceptions import NotFound

from access.api.errors import Conflict, Invalid
from access.api.reading import read_details
from access.api_keys import narrow
from access.preferring import problem_of_wish
from properties import crypto
from properties.booking import SavedStay, StayDetails, details_of, save_stay
from properties.models import Property, Stay, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from access.models import ApiKey
    from properties.models import Workspace

NO_SUCH_UNIT: Final = "There is no such unit; send the id of one that /api/v1/units/ lists."
NO_SUCH_RESERVATION: Final = "There is no reservation with this source and id."
TAKEN: Final = (
    "There is a reservation with this source and id already; change it with PUT at its own address."
)
UNSEEN: Final = "This source and id belong to a reservation of a property that this key does not see."


class Expect(enum.Enum):
    """What the sender takes for granted."""

    ANY = "any"
    NEW = "new"
    KNOWN = "known"


@transaction.atomic
def save_reservation(
    key: ApiKey,
    *,
    source: str,
    external_id: str,
    sent: Mapping[str, Any],
    actor: str,
    now: dt.datetime,
    expect: Expect = Expect.ANY,
) -> SavedStay:
    """Raise BookingError, Invalid, Conflict or NotFound where the body makes no stay."""
    workspace = key.workspace
    _take_turns(workspace, source, external_id)
    mine = Stay.objects.in_workspace(workspace).filter(source=source, external_id=external_id)
    unit = find_unit(key, sent["unit"]) if "unit" in sent else None
    held = {unit.property_id} if unit else set()
    # Properties before the stay, as properties.booking holds them. Both, so that nobody changes rules or cancels the
    # stay between what is read here, to be kept, and what is saved.
    held.update(mine.values_list("unit__property_id", flat=True))
    list(Property.objects.select_for_update(no_key=True).filter(pk__in=held).order_by("pk"))
    stay = mine.select_for_update(of=("self",), no_key=True).select_related("unit__property", "guest").first()
    _check_expected(key, stay, expect)
    place = unit or (stay.unit if stay else None)
    before = details_of(stay) if stay else None
    details = read_details(sent, before=before, unit=unit, zone=place.property.zone if place else None)
    check_preferred(details, before)
    return save_stay(workspace, source=source, external_id=external_id, details=details, actor=actor, now=now)


def check_preferred(details: StayDetails, before: StayDetails | None) -> None:
    problem = problem_of_wish(details, before)
    if problem is not None:
        raise Invalid({"preferred_code": problem})


def find_unit(key: ApiKey, public_id: UUID) -> Unit:
    units = narrow(Unit.objects.in_workspace(key.workspace), key)
    unit = units.select_related("property").filter(public_id=public_id).first()
    if unit is None:
        raise Invalid({"unit": NO_SUCH_UNIT})
    return unit


def _check_expected(key: ApiKey, stay: Stay | None, expect: Expect) -> None:
    if stay is None:
        if expect is Expect.KNOWN:
            raise NotFound(NO_SUCH_RESERVATION)
        return
    if not key.all_properties and not narrow(Stay.objects.filter(pk=stay.pk), key).exists():
        raise NotFound(NO_SUCH_RESERVATION) if expect is Expect.KNOWN else Conflict(UNSEEN)
    if expect is Expect.NEW:
        raise Conflict(TAKEN)


def _take_turns(workspace: Workspace, source: str, external_id: str) -> None:
    number = crypto.keyed_hash("reservation", f"{workspace.pk}\0{source}\0{external_id}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
