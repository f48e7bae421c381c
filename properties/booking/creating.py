"""Create many stays at once, in a few statements: what booking systems send when they are connected.

It makes what save_stay makes of each; only the way into the database is another. Whoever calls it knows that none of
the stays is there yet. One announcement tells of all of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from properties.booking.details import BookingError, StayDetails, check_details, cleaned
from properties.booking.locking import locked_units
from properties.booking.recording import Action, Changes, line_of
from properties.booking.saving import fill
from properties.models import Guest, Stay, StayChange, Unit
from properties.signals import stays_created

if TYPE_CHECKING:
    from collections.abc import Sequence

    from properties.models import Workspace


GONE = "This unit was taken away a moment ago: name another."


@dataclass(frozen=True, slots=True)
class NewStay:
    source: str
    external_id: str
    details: StayDetails


@transaction.atomic
def create_stays(
    workspace: Workspace, wanted: Sequence[NewStay], *, actor: str, now: dt.datetime
) -> list[Stay | BookingError]:
    """Return, for each, the stay or why it is none. Raise IntegrityError where one of them is there after all."""
    ids = {one.details.unit.pk for one in wanted}
    units = {unit.pk: unit for unit in locked_units().filter(pk__in=ids)}
    outcomes: list[Stay | BookingError] = []
    drafts: list[tuple[Stay, Guest, Changes]] = []
    for one in wanted:
        if one.details.unit.pk not in units:
            outcomes.append(BookingError({"unit": GONE}))
            continue
        try:
            drafts.append(_draft(workspace, one, units[one.details.unit.pk], now=now))
            outcomes.append(drafts[-1][0])
        except BookingError as error:
            outcomes.append(error)
    _write(drafts, actor=actor, now=now)
    return outcomes


def _draft(
    workspace: Workspace, wanted: NewStay, unit: Unit, *, now: dt.datetime
) -> tuple[Stay, Guest, Changes]:
    details = cleaned(wanted.details)
    check_details(workspace, wanted.source, wanted.external_id, details)
    stay = Stay(workspace=workspace, source=wanted.source, external_id=wanted.external_id)
    return stay, *fill(stay, details, unit, now=now)


def _write(drafts: Sequence[tuple[Stay, Guest, Changes]], *, actor: str, now: dt.datetime) -> None:
    if not drafts:
        return
    Guest.objects.bulk_create([guest for _, guest, _ in drafts])
    for stay, guest, _ in drafts:
        stay.guest = guest
    stays = Stay.objects.bulk_create([stay for stay, _, _ in drafts])
    StayChange.objects.bulk_create(
        line_of(stay, changes, action=Action.CREATED, actor=actor, now=now) for stay, _, changes in drafts
    )
    ids = [stay.pk for stay in stays]
    transaction.on_commit(lambda: _announce(ids), robust=True)


def _announce(stay_ids: list[int]) -> None:
    stays_created.send_robust(sender=Stay, stay_ids=stay_ids)
