"""What of a bulk request needs no turn of its own: settled in lots, each a few statements whatever it holds.

Called by access.api.bulk, which reads the items before, and sends what is left open here the way of a PUT, one by one.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from django.db import DatabaseError

from access.api.authentication import actor_of, seen, workspace_of
from access.api.errors import BROKEN_MESSAGE, Invalid, refusal_of
from access.api.reading import read_details
from access.api.saving import NO_SUCH_UNIT, check_preferred
from properties.booking import (
    BookingError,
    NewStay,
    SaveOutcome,
    StayDetails,
    WantedChange,
    change_stays,
    cleaned,
    create_stays,
    details_of,
)
from properties.models import Stay, Unit

if TYPE_CHECKING:
    from rest_framework.request import Request

logger = logging.getLogger(__name__)

LOT: Final = 250
Name = tuple[str, str]
R = TypeVar("R")


@dataclass(slots=True)
class Item:
    """One of the request, and what became of it."""

    index: int
    body: Any
    sent: Mapping[str, Any] | None = None
    details: StayDetails | None = None
    stay: int | None = None
    outcome: SaveOutcome | None = None
    status: int = HTTPStatus.OK
    error: Mapping[str, Any] | None = None

    @property
    def name(self) -> Name:
        assert self.sent is not None  # noqa: S101 -- only items that were read have one
        return self.sent["source"], self.sent["external_id"]

    @property
    def is_open(self) -> bool:
        return self.error is None and self.outcome is None

    def saved(self, stay: Stay, outcome: SaveOutcome) -> None:
        self.stay, self.outcome = stay.pk, outcome
        self.status = HTTPStatus.CREATED if outcome is SaveOutcome.CREATED else HTTPStatus.OK

    def failed(self, error: Exception) -> None:
        refusal = refusal_of(error)
        if refusal is None:
            logger.error("A reservation of a bulk request failed.", exc_info=error)
            refusal = (500, {"error": {"type": "internal", "message": BROKEN_MESSAGE}})
        self.status, self.error = refusal[0], refusal[1]["error"]


def settle_known_and_new(request: Request, items: Sequence[Item], *, now: dt.datetime) -> None:
    """Settle what needs no turn of its own; the first of each name only, since what follows builds on it."""
    first: dict[Name, Item] = {}
    for item in items:
        if item.is_open:
            first.setdefault(item.name, item)
    known = _known(request, first)
    units = _units(request, first.values())
    visible = set(
        seen(request, Stay).filter(pk__in=[stay.pk for stay in known.values()]).values_list("pk", flat=True)
    )
    for name, item in first.items():
        stay = known.get(name)
        try:
            if stay is None:
                item.details = _details_of_new(item, units)
            elif _is_unchanged(item, stay, units, is_seen=stay.pk in visible):
                item.saved(stay, SaveOutcome.UNCHANGED)
        except Exception as error:  # noqa: BLE001 -- as above
            item.failed(error)
    opened = [item for item in first.values() if item.is_open]
    new = [item for item in opened if item.details is not None]
    changed = {known[item.name].pk: item for item in opened if _may_change_with_others(item, known, visible)}
    for lot in lots(new):
        _create(request, lot, now=now)
    for keys in lots([*changed]):
        _change(request, {key: changed[key] for key in keys}, known, units, now=now)


def lots(rows: Sequence[R]) -> list[Sequence[R]]:
    return [rows[start : start + LOT] for start in range(0, len(rows), LOT)]


def _known(request: Request, names: Mapping[Name, Item]) -> dict[Name, Stay]:
    """Of the whole workspace: what this key does not see is refused by the way of a PUT."""
    rows = Stay.objects.in_workspace(workspace_of(request)).select_related("guest")
    found = rows.filter(source__in={source for source, _ in names}, external_id__in={one for _, one in names})
    found = found.prefetch_related("unit__property")  # shared by many
    return {(stay.source, stay.external_id): stay for stay in found}


def _units(request: Request, items: Iterable[Item]) -> dict[UUID, Unit]:
    wanted = {item.sent["unit"] for item in items if item.sent is not None and "unit" in item.sent}
    rows = seen(request, Unit).select_related("property").filter(public_id__in=wanted)
    return {unit.public_id: unit for unit in rows}


def _details_of_new(item: Item, units: Mapping[UUID, Unit]) -> StayDetails:
    assert item.sent is not None  # noqa: S101 -- it was read
    unit = units.get(item.sent["unit"]) if "unit" in item.sent else None
    if unit is None and "unit" in item.sent:
        raise Invalid({"unit": NO_SUCH_UNIT})
    zone = unit.property.zone if unit is not None else None
    details = read_details(item.sent, before=None, unit=unit, zone=zone)
    check_preferred(details, None)
    return details


def _is_unchanged(item: Item, stay: Stay, units: Mapping[UUID, Unit], *, is_seen: bool) -> bool:
    assert item.sent is not None  # noqa: S101 -- it was read
    unit = units.get(item.sent["unit"]) if "unit" in item.sent else stay.unit
    if unit != stay.unit or not is_seen:
        return False
    before = details_of(stay)
    details = read_details(item.sent, before=before, unit=None, zone=stay.unit.property.zone)
    if details.source_updated_at is None:
        details = replace(details, source_updated_at=before.source_updated_at)
    return cleaned(details) == before


def _may_change_with_others(item: Item, known: Mapping[Name, Stay], visible: set[int]) -> bool:
    """A PIN that is asked for, or was and is carried to another unit, is looked at door by door."""
    stay = known.get(item.name)
    if stay is None or stay.pk not in visible:
        return False
    return not stay.preferred_code and not (item.sent or {}).get("preferred_code")


def _change(
    request: Request,
    items: Mapping[int, Item],
    known: Mapping[Name, Stay],
    units: Mapping[UUID, Unit],
    *,
    now: dt.datetime,
) -> None:
    wanted = {}
    for key, item in items.items():
        sent = item.sent or {}
        unit = units.get(sent["unit"]) if "unit" in sent else known[item.name].unit
        if unit is None:
            item.failed(Invalid({"unit": NO_SUCH_UNIT}))
        else:
            reader = _reader(sent, unit if "unit" in sent else None)
            wanted[key] = WantedChange(known[item.name].unit_id, unit, reader)
    try:
        outcomes = change_stays(workspace_of(request), wanted, actor=actor_of(request), now=now)
    except DatabaseError:
        return  # another writer was in the way, or one of them is not to be stored: each goes its own
    for key, outcome in outcomes.items():
        if isinstance(outcome, BookingError):
            items[key].failed(outcome)
        else:
            items[key].saved(outcome.stay, outcome.outcome)


def _reader(sent: Mapping[str, Any], moved_to: Unit | None) -> Callable[[Stay], StayDetails]:
    def read(stay: Stay) -> StayDetails:
        zone = (moved_to or stay.unit).property.zone
        return read_details(sent, before=details_of(stay), unit=moved_to, zone=zone)

    return read


def _create(request: Request, items: Sequence[Item], *, now: dt.datetime) -> None:
    wanted = [NewStay(*item.name, item.details) for item in items if item.details is not None]
    try:
        outcomes = create_stays(workspace_of(request), wanted, actor=actor_of(request), now=now)
    except DatabaseError:
        return  # another writer was there first, or one of them is not to be stored: each goes its own way
    for item, outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, BookingError):
            item.failed(outcome)
        else:
            item.saved(outcome, SaveOutcome.CREATED)
