"""Doors over REST, each with the health of its lock; read only."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import seen
from access.api.fetching import fetch, id_parameter
from access.api.paging import answer_page, read_query
from access.api.schema import answers
from access.api.serializers import Shape, UnitQuery
from access.models import LockCode, Problem
from locks.batteries import BatteryStatus, status_of
from locks.devices import capabilities_of
from locks.models import Device, Door
from properties.models import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from properties.scoping import ScopedQuerySet


class DoorQuery(UnitQuery):
    unit = serializers.UUIDField(required=False, help_text="Only doors that open this unit.")


class LockOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    brand = serializers.CharField()
    model = serializers.CharField()
    is_managed = serializers.BooleanField(help_text="false: read, and never written to.")
    online = serializers.BooleanField(allow_null=True, help_text="null: never heard of yet.")
    online_changed_at = serializers.DateTimeField(allow_null=True)
    battery_level = serializers.FloatField(allow_null=True, help_text="From 0 to 1.")
    battery_status = serializers.ChoiceField([one.value for one in BatteryStatus], allow_null=True)
    has_direct_power = serializers.BooleanField()
    locked = serializers.BooleanField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True, help_text="When it last told its state.")
    last_read_at = serializers.DateTimeField(allow_null=True, help_text="When its codes were last read.")
    codes_held = serializers.IntegerField(
        help_text="Codes that the last reading found on it, whoever made them."
    )
    codes_capacity = serializers.IntegerField(allow_null=True, help_text="null: not known.")
    takes_codes = serializers.BooleanField(help_text="Whether codes can be put on it from a distance.")
    has_problem = serializers.BooleanField()


class DoorOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    property = serializers.UUIDField()
    property_name = serializers.CharField()
    timezone = serializers.CharField()
    serves_all_units = serializers.BooleanField(help_text="A shared entrance of its property.")
    units = serializers.ListField(
        child=serializers.UUIDField(), help_text="Empty where serves_all_units is true."
    )
    device = LockOut()


class DoorPage(Shape):
    results = DoorOut(many=True)
    next = serializers.URLField(allow_null=True)


@extend_schema(
    operation_id="list_doors",
    parameters=[DoorQuery],
    responses=answers({200: DoorPage}, 401, 403, 422, 429),
)
@api_view(["GET"])
def list_doors(request: Request) -> Response:
    """Doors, and how the lock of each fares."""
    query = read_query(request, DoorQuery)
    mine = seen(request, Door)
    rows = complete(mine)
    if "property" in query:
        rows = rows.filter(property__public_id=query["property"])
    if "unit" in query:
        house = Unit.objects.filter(public_id=query["unit"]).values("property_id")
        whole = Q(serves_all_units=True, property__in=house)
        served = Door.units.through.objects.filter(unit__public_id=query["unit"]).values("door_id")
        rows = rows.filter(whole | Q(pk__in=served))
    return answer_page(request, rows, mine, query, DoorOut, show_doors)


@extend_schema(
    operation_id="get_door",
    parameters=[id_parameter("door")],
    responses=answers({200: DoorOut}, 401, 403, 404, 429),
)
@api_view(["GET"])
def one_door(request: Request, public_id: uuid.UUID) -> Response:
    """One door with its lock."""
    door = fetch(complete(seen(request, Door)), public_id)
    return Response(DoorOut(show_door_row(door)).data)


def complete(doors: ScopedQuerySet[Door]) -> ScopedQuerySet[Door]:
    held = LockCode.objects.filter(device=OuterRef("device")).order_by().values("device")
    ailing = Problem.objects.filter(device=OuterRef("device"), cleared_at=None)
    return (
        doors.select_related("property", "device")
        .prefetch_related("units")
        .annotate(
            codes_held=Coalesce(Subquery(held.annotate(number=Count("pk")).values("number")), Value(0)),
            has_problem=Exists(ailing),
        )
    )


def show_doors(request: Request, doors: Sequence[Door]) -> list[dict[str, Any]]:
    return [show_door_row(door) for door in doors]


def show_door_row(door: Any) -> dict[str, Any]:
    """`door` as `complete` loads it."""
    return {
        "id": door.public_id,
        "name": door.name,
        "property": door.property.public_id,
        "property_name": door.property.name,
        "timezone": door.property.time_zone,
        "serves_all_units": door.serves_all_units,
        "units": [] if door.serves_all_units else [unit.public_id for unit in door.units.all()],
        "device": _lock(door.device) | {"codes_held": door.codes_held, "has_problem": door.has_problem},
    }


def _lock(device: Device) -> dict[str, Any]:
    capabilities = capabilities_of(device)
    level = device.battery_level
    plain = (
        "brand", "model", "is_managed", "online", "online_changed_at", "battery_level", "has_direct_power", "locked",
        "last_seen_at", "last_read_at",
    )  # fmt: skip
    return {name: getattr(device, name) for name in plain} | {
        "id": device.public_id,
        "name": device.nickname or device.name,
        "battery_status": None if level is None else status_of(level, device.battery_chemistry),
        "codes_capacity": capabilities.max_codes,
        "takes_codes": capabilities.online_codes,
    }
