"""Reservations over REST: put, get, cancel one by the key that the other system knows it by; list them.

A reservation is a stay. Its address is its source (one segment) and its id there (the rest of the path, slashes
included, exactly as sent after decoding).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from access.api.authentication import actor_of, workspace_of
from access.api.errors import BODY, Invalid, LengthRequired
from access.api.paging import next_address, read_page, read_query
from access.api.reading import notices_of
from access.api.saving import save_reservation
from access.api.schema import answers
from access.api.serializers import (
    GuestIn,
    ReservationIn,
    ReservationOut,
    ReservationPage,
    ReservationQuery,
    SavedReservationOut,
)
from access.api.showing import show_reservation
from access.overview import access_of_stay, access_of_stays
from properties.booking import MANUAL_SOURCE, SaveOutcome, cancel_stay
from properties.calendars.rows import SOURCE_PREFIX
from properties.enums import CancelReason, StayStatus
from properties.models import Stay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rest_framework.request import Request

    from properties.models import Workspace
    from properties.scoping import ScopedQuerySet

RESERVED_SOURCE: Final = (
    "Keyturn itself writes this source: stays of calendars and those added by hand are changed on their pages. "
    "Send another name, such as that of your booking system."
)
NO_SUCH_RESERVATION: Final = "There is no reservation with this source and id."
# What is computed here may come back in a body that was answered once and is sent whole.
KNOWN: Final = frozenset(
    {*SavedReservationOut().fields, *ReservationIn().fields, *(f"guest.{name}" for name in GuestIn().fields)}
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
    operation_id="list_reservations",
    parameters=[ReservationQuery],
    responses=answers({200: ReservationPage}, 401, 422, 429),
)
@api_view(["GET"])
def list_reservations(request: Request) -> Response:
    """Reservations, oldest entry first, with the access that each has."""
    query = read_query(request, ReservationQuery)
    mine = Stay.objects.in_workspace(workspace_of(request))
    rows = _complete(mine).filter(
        **{FILTERS[name]: value for name, value in query.items() if name in FILTERS}
    )
    page, last = read_page(rows, mine, query)
    return Response({"results": _show_all(page), "next": next_address(request, last)})


@extend_schema(
    methods=["GET"],
    operation_id="get_reservation",
    parameters=KEY,
    responses=answers({200: ReservationOut}, 401, 404, 429),
)
@extend_schema(
    methods=["PUT"],
    operation_id="put_reservation",
    parameters=KEY,
    request=ReservationIn,
    responses=answers(
        {200: SavedReservationOut, 201: SavedReservationOut}, 400, 401, 411, 413, 415, 422, 429
    ),
    description="Create the reservation, or change it. Fields that are left out keep their value. The answer says "
    "what will happen on each door, and when.",
)
@extend_schema(
    methods=["DELETE"],
    operation_id="cancel_reservation",
    parameters=KEY,
    request=None,
    responses=answers({200: SavedReservationOut}, 401, 404, 422, 429),
    description="Cancel the reservation; its codes are removed from the doors. Doing it again changes nothing.",
)
@api_view(["GET", "PUT", "DELETE"])
def one_reservation(request: Request, source: str, external_id: str) -> Response:
    if request.method in {"PUT", "DELETE"}:
        _check_source(source)
    if request.method == "PUT":
        return _put(request, source, external_id)
    stay = _find(workspace_of(request), source, external_id)
    return _cancel(request, stay) if request.method == "DELETE" else Response(_show_all([stay])[0])


@extend_schema(exclude=True)
@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
def no_such_address(request: Request, rest: str = "") -> Response:
    raise NotFound("There is nothing at this address. /api/v1/schema/ describes what there is.")


def _put(request: Request, source: str, external_id: str) -> Response:
    body = _body_of(request)
    _check_address(body, source, external_id)
    read = ReservationIn(data=body)
    read.is_valid(raise_exception=True)
    workspace = workspace_of(request)
    saved = save_reservation(
        workspace,
        source=source,
        external_id=external_id,
        sent=read.validated_data,
        actor=actor_of(request),
        now=timezone.now(),
    )
    notices = notices_of(body, read.validated_data, known=KNOWN)
    status = HTTPStatus.CREATED if saved.outcome == SaveOutcome.CREATED else HTTPStatus.OK
    return _saved(_find(workspace, source, external_id), saved.outcome, notices, status)


def _body_of(request: Request) -> dict[str, Any]:
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired
    if not isinstance(request.data, dict):
        raise Invalid({BODY: "Send a JSON object with the fields of the reservation."})
    return request.data


def _cancel(request: Request, stay: Stay) -> Response:
    outcome = SaveOutcome.UNCHANGED
    if stay.status != StayStatus.CANCELLED:
        cancel_stay(stay, reason=CancelReason.EXPLICIT, actor=actor_of(request), now=timezone.now())
        outcome = SaveOutcome.CANCELLED
    return _saved(_find(stay.workspace, stay.source, stay.external_id), outcome, [], HTTPStatus.OK)


def _check_address(body: Mapping[str, Any], source: str, external_id: str) -> None:
    errors = {}
    for name, value in (("source", source), ("external_id", external_id)):
        if name in body and body[name] != value:
            errors[name] = "The body says another one than the address; leave it out of the body."
        if not value.isprintable():
            errors[name] = "Use printable characters only."
    if external_id.endswith("/"):
        errors["external_id"] = "The address must not end with a slash."
    if errors:
        raise Invalid(errors)


def _check_source(source: str) -> None:
    """Calendars and pages have sources of their own, whose stays this face shows but does not write."""
    if source == MANUAL_SOURCE or source.startswith(SOURCE_PREFIX):
        raise Invalid({"source": RESERVED_SOURCE})


def _find(workspace: Workspace, source: str, external_id: str) -> Stay:
    mine = _complete(Stay.objects.in_workspace(workspace))
    stay = (
        None if "\0" in source + external_id else mine.filter(source=source, external_id=external_id).first()
    )
    if stay is None:
        raise NotFound(NO_SUCH_RESERVATION)
    return stay


def _complete(stays: ScopedQuerySet[Stay]) -> ScopedQuerySet[Stay]:
    return stays.select_related("workspace", "unit__property", "guest")


def _show_all(stays: Sequence[Stay]) -> list[Mapping[str, Any]]:
    access = access_of_stays(stays, now=timezone.now())
    shown = [show_reservation(stay, access[stay.pk]) for stay in stays]
    return list(ReservationOut(shown, many=True).data)


def _saved(stay: Stay, outcome: SaveOutcome, notices: list[str], status: HTTPStatus) -> Response:
    access = access_of_stay(stay, now=timezone.now())
    shown = {**show_reservation(stay, access), "outcome": outcome, "notices": notices}
    return Response(SavedReservationOut(shown).data, status=status)
