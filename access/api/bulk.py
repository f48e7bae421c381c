"""A thousand reservations in one request, each with a result of its own; one bad one spoils no other.

What is new is created together (`create_stays`), what is known and says nothing new is only read, and the rest goes the
way of a PUT, one by one. So does all of a lot that met another writer.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.response import Response

from access.api.authentication import actor_of, key_of, seen, workspace_of
from access.api.errors import BROKEN_MESSAGE, Invalid, refusal_of
from access.api.idempotency import PARAMETER, idempotent
from access.api.parsing import BulkJSONParser, object_of
from access.api.reading import notices_of, read_details
from access.api.reservations import KNOWN, check_address, check_source
from access.api.saving import NO_SUCH_UNIT, check_preferred, save_reservation
from access.api.schema import answers
from access.api.serializers import OUTCOMES, ErrorDetail, NewReservationIn, ReservationOut, Shape
from access.api.showing import show_reservations
from access.api.vocabulary import showable
from properties.booking import (
    BookingError,
    NewStay,
    SaveOutcome,
    StayDetails,
    cleaned,
    create_stays,
    details_of,
)
from properties.models import Stay, Unit

if TYPE_CHECKING:
    from rest_framework.request import Request

logger = logging.getLogger(__name__)

MOST: Final = 1000
LOT: Final = 250
Name = tuple[str, str]


class BulkItemIn(NewReservationIn):
    source = serializers.CharField()
    external_id = serializers.CharField()


class BulkIn(Shape):
    reservations = BulkItemIn(many=True, help_text=f"At most {MOST}.")


class BulkResultOut(Shape):
    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # part of the answer
    external_id = serializers.CharField(allow_null=True)
    status = serializers.IntegerField(help_text="What a PUT would have answered: 201, 200, 409, 422.")
    outcome = serializers.ChoiceField(OUTCOMES, allow_null=True)
    notices = serializers.ListField(child=serializers.CharField())
    reservation = ReservationOut(allow_null=True)
    error = ErrorDetail(allow_null=True)


class BulkOut(Shape):
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BulkResultOut(many=True, help_text="In the order of the request.")


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


@extend_schema(
    operation_id="put_reservations",
    parameters=[PARAMETER],
    request=BulkIn,
    responses=answers({200: BulkOut}, 400, 401, 403, 409, 411, 413, 415, 422, 429),
)
@api_view(["POST"])
@parser_classes([BulkJSONParser])
def put_reservations(request: Request) -> Response:
    """Create or change up to 1,000 reservations; each is answered as a PUT would be, and none spoils another."""
    return _put_all(request)


@idempotent
def _put_all(request: Request) -> Response:
    given = object_of(request).get("reservations")
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise Invalid({"reservations": f"Send a list of 1 to {MOST} reservations."})
    items = [Item(index, body) for index, body in enumerate(given)]
    reader = BulkItemIn()  # one for all: making its fields costs more than reading with them
    for item in items:
        _read(item, reader)
    now = timezone.now()
    _settle_known_and_new(request, items, now=now)
    for item in items:
        if item.is_open:
            _save(request, item, now=now)
    return _answer(request, items)


def _read(item: Item, reader: BulkItemIn) -> None:
    try:
        sent = reader.run_validation(item.body)
        check_source(sent["source"])
        check_address({}, sent["source"], sent["external_id"])
        item.sent = sent
    except Exception as error:  # noqa: BLE001 -- one bad one spoils no other
        item.failed(error)


def _settle_known_and_new(request: Request, items: Sequence[Item], *, now: dt.datetime) -> None:
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
    new = [item for item in first.values() if item.details is not None and item.is_open]
    for start in range(0, len(new), LOT):
        _create(request, new[start : start + LOT], now=now)


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


def _create(request: Request, items: Sequence[Item], *, now: dt.datetime) -> None:
    wanted = [NewStay(*item.name, item.details) for item in items if item.details is not None]
    try:
        outcomes = create_stays(workspace_of(request), wanted, actor=actor_of(request), now=now)
    except IntegrityError:
        return  # another writer was there first: each goes its own way
    for item, outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, BookingError):
            item.failed(outcome)
        else:
            item.saved(outcome, SaveOutcome.CREATED)


def _save(request: Request, item: Item, *, now: dt.datetime) -> None:
    source, external_id = item.name
    assert item.sent is not None  # noqa: S101 -- it was read
    try:
        with transaction.atomic():
            saved = save_reservation(
                key_of(request),
                source=source,
                external_id=external_id,
                sent=item.sent,
                actor=actor_of(request),
                now=now,
            )
        item.saved(saved.stay, saved.outcome)
    except Exception as error:  # noqa: BLE001 -- as above
        item.failed(error)


def _answer(request: Request, items: Sequence[Item]) -> Response:
    shown: dict[int, Mapping[str, Any]] = {}
    ids = sorted({item.stay for item in items if item.stay is not None})
    for start in range(0, len(ids), LOT):
        rows = seen(request, Stay).select_related("guest").prefetch_related("workspace", "unit__property")
        stays = list(rows.filter(pk__in=ids[start : start + LOT]))
        shown |= {stay.pk: row for stay, row in zip(stays, show_reservations(request, stays), strict=True)}
    results = [_show(item, shown) for item in items]
    failed = sum(item.error is not None for item in items)
    return Response({"succeeded": len(items) - failed, "failed": failed, "results": results})


def _show(item: Item, shown: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    body = item.body if isinstance(item.body, dict) else {}
    source, external_id = (
        item.name if item.sent is not None else (body.get("source"), body.get("external_id"))
    )
    return {
        "index": item.index,
        "source": showable(source) if isinstance(source, str) else None,
        "external_id": showable(external_id) if isinstance(external_id, str) else None,
        "status": int(item.status),
        "outcome": item.outcome,
        "notices": [] if item.sent is None else notices_of(body, item.sent, known=KNOWN),
        "reservation": None if item.stay is None else shown.get(item.stay),
        "error": item.error,
    }
