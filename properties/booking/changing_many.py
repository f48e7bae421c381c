"""Change many stays at once, in a few statements: what booking systems send when they send all that they have again.

It makes what save_stay makes of each; only the way into the database is another. One announcement tells of all of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from django.db import transaction

from properties.booking.details import BookingError, StayDetails, check_details, cleaned
from properties.booking.locking import locked_units
from properties.booking.recording import line_of
from properties.booking.saving import QUIET_FIELDS, Change, SavedStay, SaveOutcome, apply_details, is_older
from properties.models import Guest, Stay, StayChange
from properties.quick_writes import update_many
from properties.signals import stays_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from properties.models import Unit, Workspace

# All that a change may set.
_WRITTEN: Final = (
    *(one.name for one in fields(StayDetails)),
    *("starts_at", "ends_at", "cancel_reason", "cancelled_at", "revision", "updated_at"),
)
_OF_GUEST: Final = ("name", "email", "phone", "phone_last4", "language")


@dataclass(frozen=True, slots=True)
class WantedChange:
    """`read` tells what the stay is to be, from what it is once it is held; `unit` is that in which it will be, `left`
    the id of the one in which it was seen."""

    left: int
    unit: Unit
    read: Callable[[Stay], StayDetails]


@transaction.atomic
def change_stays(
    workspace: Workspace, wanted: Mapping[int, WantedChange], *, actor: str, now: dt.datetime
) -> dict[int, SavedStay | BookingError]:
    """By the stay's key: what became of it, or why nothing did. One that moved meanwhile, or is gone, is left out."""
    mine = Stay.objects.in_workspace(workspace).filter(pk__in=wanted)
    places = {pk for one in wanted.values() for pk in (one.left, one.unit.pk)}
    units = {unit.pk: unit for unit in locked_units().filter(pk__in=places)}
    held = mine.select_for_update(of=("self",), no_key=True).select_related("guest").order_by("pk")
    outcomes: dict[int, SavedStay | BookingError] = {}
    changes: list[Change] = []
    for stay in held:
        if (
            stay.unit_id != wanted[stay.pk].left
            or not {stay.unit_id, wanted[stay.pk].unit.pk} <= units.keys()
        ):
            continue
        stay.unit = units[stay.unit_id]
        try:
            change = _draft(workspace, stay, wanted[stay.pk], units, now=now)
        except BookingError as error:
            outcomes[stay.pk] = error
            continue
        if change is not None:
            changes.append(change)
        outcomes[stay.pk] = SavedStay(stay, change.outcome if change else SaveOutcome.IGNORED_OLDER)
    _write(changes, actor=actor, now=now)
    return outcomes


def _draft(
    workspace: Workspace, stay: Stay, wanted: WantedChange, units: Mapping[int, Unit], *, now: dt.datetime
) -> Change | None:
    """None where what is sent is older than what is stored."""
    details = cleaned(wanted.read(stay))
    check_details(workspace, stay.source, stay.external_id, details)
    return None if is_older(details, stay) else apply_details(stay, details, units[details.unit.pk], now=now)


def _write(changes: Sequence[Change], *, actor: str, now: dt.datetime) -> None:
    of_guests = [(change.stay.guest is None, change.guest) for change in changes if change.guest is not None]
    Guest.objects.bulk_create([guest for is_new, guest in of_guests if is_new])
    update_many([guest for is_new, guest in of_guests if not is_new], _OF_GUEST)
    told = [change for change in changes if change.told]
    for change in told:
        change.stay.guest = change.guest or change.stay.guest
        change.stay.revision += 1
    update_many([change.stay for change in told], _WRITTEN)
    update_many([change.stay for change in changes if change.quiet and not change.told], QUIET_FIELDS)
    StayChange.objects.bulk_create(
        line_of(change.stay, change.told, action=change.action, actor=actor, now=now) for change in told
    )
    if told:
        ids = [change.stay.pk for change in told]
        transaction.on_commit(lambda: _announce(ids), robust=True)


def _announce(stay_ids: list[int]) -> None:
    stays_changed.send_robust(sender=Stay, stay_ids=stay_ids)
