"""Properties and units over REST, read only: so that a program finds the ids that a reservation needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import seen
from access.api.paging import next_address, read_page, read_query
from access.api.schema import answers
from access.api.serializers import PageQuery, PropertyOut, PropertyPage, UnitOut, UnitPage, UnitQuery
from properties.booking import UNIT_RULES
from properties.models import Property, Unit

if TYPE_CHECKING:
    from rest_framework.request import Request


@extend_schema(
    operation_id="list_properties",
    parameters=[PageQuery],
    responses=answers({200: PropertyPage}, 401, 403, 422, 429),
)
@api_view(["GET"])
def list_properties(request: Request) -> Response:
    """The properties of the key's workspace."""
    query = read_query(request, PageQuery)
    mine = seen(request, Property)
    page, last = read_page(mine, mine, query)
    shown = [show_property(place) for place in page]
    return Response({"results": PropertyOut(shown, many=True).data, "next": next_address(request, last)})


@extend_schema(
    operation_id="list_units", parameters=[UnitQuery], responses=answers({200: UnitPage}, 401, 403, 422, 429)
)
@api_view(["GET"])
def list_units(request: Request) -> Response:
    """The units of the key's workspace, or of one of its properties."""
    query = read_query(request, UnitQuery)
    mine = seen(request, Unit)
    rows = mine.select_related("property")
    if "property" in query:
        rows = rows.filter(property__public_id=query["property"])
    page, last = read_page(rows, mine, query)
    shown = [show_unit(unit) for unit in page]
    return Response({"results": UnitOut(shown, many=True).data, "next": next_address(request, last)})


def show_property(place: Property) -> dict[str, Any]:
    return {
        "id": place.public_id,
        "name": place.name,
        "address": place.address,
        "timezone": place.time_zone,
        "check_in_time": place.check_in_time,
        "check_out_time": place.check_out_time,
        "buffer_before": place.buffer_before,
        "buffer_after": place.buffer_after,
    }


def show_unit(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.public_id,
        "name": unit.name,
        "property": unit.property.public_id,
        "property_name": unit.property.name,
        "timezone": unit.property.time_zone,
        **{name: getattr(unit, name) for name in (*UNIT_RULES, "archived_at")},
    }
