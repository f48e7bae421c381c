"""Reservations over REST: list and create; put, change, get, cancel one by the key that the other system knows it by.

A reservation is a stay. Its address is its source (one segment) and its id there (the rest of the path, slashes
included, exactly as sent after decoding). access.api.bulk takes many at once.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from access.api.authentication import actor_of, key_of, seen
from access.api.errors import Invalid
from access.api.idempotency import HEADER, PARAMETER, idempotent
from access.api.paging import next_address, read_page, read_query
from access.api.parsing import object_of
from access.api.reading import notices_of
from access.api.saving import NO_SUCH_RESERVATION, Expect, save_reservation
from access.api.schema import answers
from access.api.serializers import (
    GuestIn,
    NewReservationIn,
    ReservationIn,
    ReservationOut,
    ReservationPage,
    ReservationQuery,
    SavedReservationOut,
)
from access.api.showing import show_reservations
from properties.booking import MANUAL_SOURCE, SaveOutcome, cancel_stay
from properties.calendars.rows import SOURCE_PREFIX
from properties.enums import CancelReason, StayStatus
from properties.models import Stay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

    from properties.scoping import ScopedQuerySet

RESERVED_SOURCE: Final = (
    "Keyturn itself writes this source: stays of calendars and those added by hand are changed on their pages. "
    "Send another name, such as that of your booking system."
)
USUAL_SOURCE: Final = "api"
# What is computed here may come back in a body that was answered once and is sent whole.
KNOWN: Final = frozenset(
    {
        *SavedReservationOut().fields,
        *NewReservationIn().fields,
        *(f"guest.{name}" for name in GuestIn().fields),
    }
)
KEY: Final = [
    OpenApiParameter("source", str, OpenApiParameter.PATH, description="The system it comes from; no slash."),
    OpenApiParameter(
        "external_id",
        str,
        OpenApiParameter.PATH,
        description="Its id there, percent-encoded; slashes may stay.",
    ),
]
FILTERS: Final = {
    "unit": "unit__public_id",
    "property": "unit__property__public_id",
    "status": "status",
    "kind": "kind",
    "source": "source",
    "arriving_from": "arrival_date__gte",
    "arriving_to": "arrival_date__lte",
    "modified_since": "updated_at__gte",
}


@extend_schema(
    methods=["GET"],
    operation_id="list_reservations",
    parameters=[ReservationQuery],
    responses=answers({200: ReservationPage}, 401, 403, 422, 429),
    description="Reservations, oldest entry first, with the access that each has.",
)
@extend_schema(
    methods=["POST"],
    operation_id="create_reservation",
    parameters=[PARAMETER],
    request=NewReservationIn,
    responses=answers({201: SavedReservationOut}, 400, 401, 403, 409, 411, 413, 415, 422, 429),
    description="Create a reservation. Programs that have ids of their own put it at its address instead, as often as "
    "they like.",
)
@api_view(["GET", "POST"])
def many_reservations(request: Request) -> Response:
    return _create(request) if request.method == "POST" else _list(request)


@extend_schema(
    methods=["GET"],
    operation_id="get_reservation",
    description="One reservation, with what happens on each of its doors.",
    parameters=KEY,
    responses=answers({200: ReservationOut}, 401, 403, 404, 429),
)
@extend_schema(
    methods=["PUT"],
    operation_id="put_reservation",
    parameters=KEY,
    request=ReservationIn,
    responses=answers(
        {200: SavedReservationOut, 201: SavedReservationOut}, 400, 401, 403, 404, 409, 411, 413, 415, 422, 429
    ),
    description="Create the reservation, or change it. Fields that are left out keep their value. The answer says "
    "what will happen on each door, and when.",
)
@extend_schema(
    methods=["PATCH"],
    operation_id="change_reservation",
    parameters=KEY,
    request=ReservationIn,
    responses=answers({200: SavedReservationOut}, 400, 401, 403, 404, 411, 413, 415, 422, 429),
    description="Change a reservation that is there; unlike PUT, this never creates one.",
)
@extend_schema(
    methods=["DELETE"],
    operation_id="cancel_reservation",
    parameters=KEY,
    request=None,
    responses=answers({200: SavedReservationOut}, 401, 403, 404, 422, 429),
    description="Cancel the reservation; its codes are removed from the doors. Doing it again changes nothing.",
)
@api_view(["GET", "PUT", "PATCH", "DELETE"])
def one_reservation(request: Request, source: str, external_id: str) -> Response:
    if request.method != "GET":
        check_source(source)
    if request.method in {"PUT", "PATCH"}:
        expect = Expect.KNOWN if request.method == "PATCH" else Expect.ANY
        body = object_of(request)
        check_address(body, source, external_id)
        return _save(request, body, source, external_id, expect=expect)
    stay = find_stay(request, source, external_id)
    return (
        _cancel(request, stay)
        if request.method == "DELETE"
        else Response(show_reservations(request, [stay])[0])
    )


@extend_schema(exclude=True)
@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
def no_such_address(request: Request, rest: str = "") -> Response:
    raise NotFound("There is nothing at this address. /api/v1/schema/ describes what there is.")


def _list(request: Request) -> Response:
    query = read_query(request, ReservationQuery)
    mine = seen(request, Stay)
    rows = complete(mine).filter(**{FILTERS[name]: value for name, value in query.items() if name in FILTERS})
    page, last = read_page(rows, mine, query)
    return Response({"results": show_reservations(request, page), "next": next_address(request, last)})


@idempotent
def _create(request: Request) -> Response:
    body = object_of(request)
    read = NewReservationIn(data=body)
    read.is_valid(raise_exception=True)
    source = read.validated_data.get("source", USUAL_SOURCE)
    check_source(source)
    given = read.validated_data.get("external_id")
    external_id = given or _make_id(request)
    check_address(body, source, external_id)
    # An id that was made from the request's own key is found again by whoever repeats the request.
    return _save(request, body, source, external_id, expect=Expect.NEW if given else Expect.ANY)


def _make_id(request: Request) -> str:
    name = request.headers.get(HEADER)
    return str(uuid.uuid4() if name is None else uuid.uuid5(key_of(request).public_id, name))


def _save(
    request: Request, body: Mapping[str, Any], source: str, external_id: str, *, expect: Expect
) -> Response:
    read = ReservationIn(data=body)
    read.is_valid(raise_exception=True)
    saved = save_reservation(
        key_of(request),
        source=source,
        external_id=external_id,
        sent=read.validated_data,
        actor=actor_of(request),
        now=timezone.now(),
        expect=expect,
    )
    notices = notices_of(body, read.validated_data, known=KNOWN)
    status = HTTPStatus.CREATED if saved.outcome == SaveOutcome.CREATED else HTTPStatus.OK
    return _saved(request, find_stay(request, source, external_id), saved.outcome, notices, status)


def _cancel(request: Request, stay: Stay) -> Response:
    outcome = SaveOutcome.UNCHANGED
    if stay.status != StayStatus.CANCELLED:
        cancel_stay(stay, reason=CancelReason.EXPLICIT, actor=actor_of(request), now=timezone.now())
        outcome = SaveOutcome.CANCELLED
    found = find_stay(request, stay.source, stay.external_id)
    return _saved(request, found, outcome, [], HTTPStatus.OK)


def check_address(body: Mapping[str, Any], source: str, external_id: str) -> None:
    errors = {}
    for name, value in (("source", source), ("external_id", external_id)):
        if name in body and body[name] != value:
            errors[name] = "The body says another one than the address; leave it out of the body."
        if not value.isprintable():
            errors[name] = "Use printable characters only."
    if external_id.endswith("/"):
        errors["external_id"] = "The address must not end with a slash."
    if "/" in source:
        errors["source"] = "Use no slash here."
    if errors:
        raise Invalid(errors)


def check_source(source: str) -> None:
    """Calendars and pages have sources of their own, whose stays this face shows but does not write."""
    if source == MANUAL_SOURCE or source.startswith(SOURCE_PREFIX):
        raise Invalid({"source": RESERVED_SOURCE})


def find_stay(request: Request, source: str, external_id: str) -> Stay:
    mine = complete(seen(request, Stay))
    stay = (
        None if "\0" in source + external_id else mine.filter(source=source, external_id=external_id).first()
    )
    if stay is None:
        raise NotFound(NO_SUCH_RESERVATION)
    return stay


def complete(stays: ScopedQuerySet[Stay]) -> ScopedQuerySet[Stay]:
    return stays.select_related("workspace", "unit__property", "guest")


def _saved(
    request: Request, stay: Stay, outcome: SaveOutcome, notices: list[str], status: HTTPStatus
) -> Response:
    (shown,) = show_reservations(request, [stay])
    return Response(shown | {"outcome": outcome, "notices": notices}, status=status)
