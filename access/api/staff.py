"""Access of cleaners, staff, vendors and residents over REST: list, give, change, end. access.staffing decides."""

from __future__ import annotations

import dataclasses
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import actor_of, may_reveal, seen, workspace_of
from access.api.errors import Invalid
from access.api.fetching import fetch, fetch_named, id_parameter
from access.api.fields import ClockField, LocalTimeField
from access.api.idempotency import PARAMETER, idempotent
from access.api.paging import answer_page, read_query
from access.api.parsing import object_of
from access.api.schema import answers
from access.api.serializers import DoorAccessOut, PageQuery, Shape
from access.api.showing import is_shown, note_shown, show_door
from access.enums import StaffKind
from access.models import StaffAccess
from access.staffing import StaffDetails, details_of, end_staff_access, save_staff_access
from access.staffing.overview import HolderAccess, access_of_holders
from access.states import CodeState
from locks.models import Door

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from properties.scoping import ScopedQuerySet

NEEDED: Final = ("holder_name", "doors", "first_day")


class StaffQuery(PageQuery):
    kind = serializers.ChoiceField(StaffKind.choices, required=False)
    ended = serializers.BooleanField(
        required=False, allow_null=True, default=False, help_text="false (usual): only what goes on."
    )
    door = serializers.UUIDField(required=False)


class StaffIn(Shape):
    """Fields that are left out keep their value; new access needs holder_name, doors and first_day."""

    kind = serializers.ChoiceField(StaffKind.choices, required=False)
    holder_name = serializers.CharField(required=False)
    contact = serializers.CharField(required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True)
    doors = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="Ids of doors; one code opens all of them."
    )
    rule = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="On which days, as an RRULE of RFC 5545 such as FREQ=WEEKLY;BYDAY=TU; empty: around the clock.",
    )
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(
        required=False, allow_null=True, help_text="Included; null: until it is ended."
    )
    start_time = ClockField(required=False, allow_null=True)
    end_time = ClockField(
        required=False, allow_null=True, help_text="At or before start_time: on the next day."
    )
    exceptions = serializers.ListField(
        child=serializers.DateField(), required=False, help_text="Days on which no window begins."
    )
    time_zone = serializers.CharField(
        required=False, allow_blank=True, help_text="Left out: that of the doors."
    )


class StaffDoorOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()


class WindowOut(Shape):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class StaffStateOut(Shape):
    state = serializers.ChoiceField([state.value for state in CodeState], allow_null=True)
    reason = serializers.CharField()
    doors = DoorAccessOut(many=True)


class StaffOut(Shape):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(StaffKind.choices)
    holder_name = serializers.CharField()
    contact = serializers.CharField()
    note = serializers.CharField()
    doors = StaffDoorOut(many=True)
    rule = serializers.CharField()
    words = serializers.CharField(help_text="The schedule, for people.")
    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True)
    start_time = LocalTimeField(allow_null=True)
    end_time = LocalTimeField(allow_null=True)
    exceptions = serializers.ListField(child=serializers.DateField())
    time_zone = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    next_window = WindowOut(allow_null=True)
    access = StaffStateOut()
    created_at = serializers.DateTimeField()


class StaffPage(Shape):
    results = StaffOut(many=True)
    next = serializers.URLField(allow_null=True)


@extend_schema(
    methods=["GET"],
    operation_id="list_staff_access",
    parameters=[StaffQuery],
    responses=answers({200: StaffPage}, 401, 403, 422, 429),
    description="Who besides guests may open which doors, and when.",
)
@extend_schema(
    methods=["POST"],
    operation_id="give_staff_access",
    description="Give somebody access. One PIN opens all the doors, in the windows of the rule or around the clock.",
    parameters=[PARAMETER],
    request=StaffIn,
    responses=answers({201: StaffOut}, 400, 401, 403, 409, 411, 413, 415, 422, 429),
)
@api_view(["GET", "POST"])
def many_staff(request: Request) -> Response:
    if request.method == "POST":
        return _give(request)
    query = read_query(request, StaffQuery)
    mine = seen(request, StaffAccess)
    rows = complete(mine)
    if query["ended"] is not None:
        rows = rows.filter(ended_at__isnull=not query["ended"])
    if "kind" in query:
        rows = rows.filter(kind=query["kind"])
    if "door" in query:
        served = StaffAccess.doors.through.objects.filter(door__public_id=query["door"])
        rows = rows.filter(pk__in=served.values("staffaccess_id"))
    return answer_page(request, rows, mine, query, StaffOut, show_staff)


@extend_schema(
    methods=["GET"],
    operation_id="get_staff_access",
    description="One holder, with the doors and the next window.",
    parameters=[id_parameter("staff access")],
    responses=answers({200: StaffOut}, 401, 403, 404, 429),
)
@extend_schema(
    methods=["PATCH"],
    operation_id="change_staff_access",
    description="Change it; what is left out stays as it is, and the codes follow.",
    parameters=[id_parameter("staff access")],
    request=StaffIn,
    responses=answers({200: StaffOut}, 400, 401, 403, 404, 411, 413, 415, 422, 429),
)
@extend_schema(
    methods=["DELETE"],
    operation_id="end_staff_access",
    parameters=[id_parameter("staff access")],
    request=None,
    responses=answers({200: StaffOut}, 401, 403, 404, 429),
    description="End it: its codes are removed from the doors. Doing it again changes nothing.",
)
@api_view(["GET", "PATCH", "DELETE"])
def one_staff(request: Request, public_id: uuid.UUID) -> Response:
    staff = fetch(complete(seen(request, StaffAccess)), public_id)
    if request.method == "DELETE":
        end_staff_access(staff, actor=actor_of(request), now=timezone.now())
    elif request.method == "PATCH":
        details = dataclasses.replace(details_of(staff), **_read(request))
        save_staff_access(
            workspace_of(request), details, actor=actor_of(request), now=timezone.now(), staff=staff
        )
    return _answer(request, public_id, HTTPStatus.OK)


@idempotent
def _give(request: Request) -> Response:
    sent = _read(request)
    missing = {name: "This is needed." for name in NEEDED if name not in sent}
    if missing:
        raise Invalid(missing)
    details = StaffDetails(**{"kind": StaffKind.CLEANER, **sent})
    staff = save_staff_access(workspace_of(request), details, actor=actor_of(request), now=timezone.now())
    return _answer(request, staff.public_id, HTTPStatus.CREATED)


def _read(request: Request) -> dict[str, Any]:
    read = StaffIn(data=object_of(request))
    read.is_valid(raise_exception=True)
    sent = dict(read.validated_data)
    if "kind" in sent:
        sent["kind"] = StaffKind(sent["kind"])
    if "exceptions" in sent:
        sent["exceptions"] = tuple(sent["exceptions"])
    if "doors" in sent:
        known = seen(request, Door).select_related("property", "device__account")
        sent["doors"] = tuple(fetch_named(known, sent["doors"], field="doors", what="door"))
    return sent


def _answer(request: Request, public_id: uuid.UUID, status: HTTPStatus) -> Response:
    (shown,) = show_staff(request, [fetch(complete(seen(request, StaffAccess)), public_id)])
    return Response(StaffOut(shown).data, status=status)


def complete(rows: ScopedQuerySet[StaffAccess]) -> ScopedQuerySet[StaffAccess]:
    doors = Door.objects.select_related("property", "device__account").order_by("name", "pk")
    return rows.select_related("grant").prefetch_related(Prefetch("doors", queryset=doors))


def show_staff(request: Request, rows: Sequence[StaffAccess]) -> list[dict[str, Any]]:
    found = access_of_holders(rows, now=timezone.now())
    reveal = may_reveal(request)
    if reveal:
        lines = [line for one in found for line in one.doors if is_shown(line)]
        note_shown(request, [line.code for line in lines if line.code is not None])
    return [_show(one, reveal=reveal) for one in found]


def _show(one: HolderAccess, *, reveal: bool) -> dict[str, Any]:
    staff = one.staff
    plain = (
        *(
            "kind",
            "holder_name",
            "contact",
            "note",
            "rule",
            "first_day",
            "last_day",
            "start_time",
            "end_time",
        ),
        *("exceptions", "time_zone", "ended_at", "created_at"),
    )
    window = one.next_window.window if one.next_window is not None else None
    return {name: getattr(staff, name) for name in plain} | {
        "id": staff.public_id,
        "words": one.words,
        "doors": [{"id": door.public_id, "name": door.name} for door in staff.doors.all()],
        "next_window": window,
        "access": {
            "state": one.state,
            "reason": one.reason,
            "doors": [show_door(line, reveal=reveal) for line in one.doors],
        },
    }
