"""A thousand reservations in one request, each with a result of its own; one bad one spoils no other.

What is new is created together, what changed is changed together, and what is known and says nothing new is only read
(access.api.settling). The rest goes the way of a PUT, one by one: what asks for a PIN, what this key does not see, what
comes twice in one request, and all of a lot that met another writer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.response import Response

from access.api.authentication import actor_of, key_of, seen
from access.api.errors import Invalid
from access.api.idempotency import PARAMETER, idempotent
from access.api.parsing import BulkJSONParser, object_of
from access.api.reading import notices_of
from access.api.reservations import KNOWN, check_address, check_source
from access.api.saving import save_reservation
from access.api.schema import answers
from access.api.serializers import OUTCOMES, ErrorDetail, NewReservationIn, ReservationOut, Shape
from access.api.settling import Item, lots, settle_known_and_new
from access.api.showing import show_reservations
from access.api.vocabulary import showable
from properties.models import Stay

if TYPE_CHECKING:
    from rest_framework.request import Request

MOST: Final = 1000


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
    settle_known_and_new(request, items, now=now)
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
    for ids in lots(sorted({item.stay for item in items if item.stay is not None})):
        rows = seen(request, Stay).select_related("guest").prefetch_related("workspace", "unit__property")
        stays = list(rows.filter(pk__in=ids))
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
