"""Access in the shape in which booking systems keep door keys (facts on managers, 4d.6), for writing back.

One key is one PIN of a reservation with the rooms and common rooms that it opens: usually one for all doors, several
where a door has a PIN of its own. Field names are that shape's. `completed` is only what stands on the lock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists, OuterRef
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import may_reveal, seen
from access.api.fields import MomentField
from access.api.paging import next_address, read_page, read_query
from access.api.reservations import KEY, complete, find_stay
from access.api.schema import answers
from access.api.serializers import Shape, UnitQuery
from access.api.showing import is_shown, note_shown
from access.models import AccessCode, AccessGrant
from access.overview import DoorAccess, access_of_code
from access.states import CodeState
from properties.models import Stay

if TYPE_CHECKING:
    from rest_framework.request import Request

PROCESSING, COMPLETED, FAILED, DELETED = "processing", "completed", "failed", "deleted"
STATUSES: Final = (PROCESSING, COMPLETED, FAILED, DELETED)
STATUS_OF: Final = {
    CodeState.HELD: PROCESSING,
    CodeState.PLANNED: PROCESSING,
    CodeState.PROGRAMMING: PROCESSING,
    CodeState.DELAYED: PROCESSING,
    CodeState.REMOVING: PROCESSING,
    CodeState.SCHEDULED: COMPLETED,
    CodeState.ACTIVE: COMPLETED,
    CodeState.BACKUP: COMPLETED,
    CodeState.FAILED: FAILED,
    CodeState.CHANGED_OUTSIDE: FAILED,
    CodeState.REMOVE_FAILED: FAILED,
    CodeState.REMOVAL_UNKNOWN: FAILED,
    CodeState.UNKNOWN: FAILED,
    CodeState.ENDED: DELETED,
}
# The worst of its doors is what a key is.
WORST_FIRST: Final = (FAILED, PROCESSING, COMPLETED, DELETED)


class KeyQuery(UnitQuery):
    unit = serializers.UUIDField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # a filter, not the serializer's
    arriving_from = serializers.DateField(required=False)
    arriving_to = serializers.DateField(required=False, help_text="This day included.")
    modified_since = MomentField(required=False, help_text="Of the reservation. With its offset, or Z.")


class RoomOut(Shape):
    id = serializers.UUIDField(allow_null=True, help_text="The id of the door.")
    name = serializers.CharField()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


class AccessKeyOut(Shape):
    key_id = serializers.UUIDField(help_text="Stays the same while the PIN does.")
    property_id = serializers.UUIDField()
    reservation_id = serializers.CharField(help_text="The reservation's id in its own system (external_id).")
    sub_reservation_id = serializers.CharField(allow_null=True, help_text="Always null: one unit each.")
    source = serializers.CharField()  # type: ignore[assignment]  # part of the answer, not of the serializer
    rooms = RoomOut(many=True)
    common_rooms = RoomOut(many=True, help_text="Shared entrances.")
    start_date_time = serializers.DateTimeField(allow_null=True)
    end_date_time = serializers.DateTimeField(allow_null=True)
    key_type = serializers.ChoiceField(["access_code"])
    key_code = serializers.CharField(allow_null=True, help_text="Only for keys with the scope reveal.")
    external_id = serializers.UUIDField(help_text="The reservation's id here.")
    status = serializers.ChoiceField(STATUSES)
    error_message = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {_camel(name): field for name, field in super().get_fields().items()}


class AccessKeyList(Shape):
    results = AccessKeyOut(many=True)


class AccessKeyPage(AccessKeyList):
    next = serializers.URLField(allow_null=True)


FILTERS: Final = {
    "unit": "unit__public_id",
    "property": "unit__property__public_id",
    "source": "source",
    "arriving_from": "arrival_date__gte",
    "arriving_to": "arrival_date__lte",
    "modified_since": "updated_at__gte",
}


@extend_schema(
    operation_id="list_access_keys",
    parameters=[KeyQuery],
    responses=answers({200: AccessKeyPage}, 401, 403, 422, 429),
)
@api_view(["GET"])
def list_keys(request: Request) -> Response:
    """The keys of reservations that ever had one; limit counts reservations."""
    query = read_query(request, KeyQuery)
    mine = seen(request, Stay)
    rows = complete(mine).filter(
        Exists(AccessGrant.objects.filter(stay=OuterRef("pk"))),
        **{FILTERS[name]: value for name, value in query.items() if name in FILTERS},
    )
    page, last = read_page(rows, mine, query)
    shown = AccessKeyOut(show_keys(request, page), many=True).data
    return Response({"results": shown, "next": next_address(request, last)})


@extend_schema(
    operation_id="get_access_keys",
    parameters=KEY,
    responses=answers({200: AccessKeyList}, 401, 403, 404, 429),
)
@api_view(["GET"])
def keys_of_reservation(request: Request, source: str, external_id: str) -> Response:
    """The keys of one reservation; none while its access is held back."""
    keys = show_keys(request, [find_stay(request, source, external_id)])
    return Response({"results": AccessKeyOut(keys, many=True).data})


def show_keys(request: Request, stays: Sequence[Stay]) -> list[dict[str, Any]]:
    now, reveal = timezone.now(), may_reveal(request)
    lines = _lines_of(stays, now=now)
    if reveal:
        shown = [line.code for found in lines.values() for line in found if is_shown(line)]
        note_shown(request, [code for code in shown if code is not None])
    return [_show(stay, same, reveal=reveal) for stay in stays for same in _by_pin(lines.get(stay.pk, ()))]


def _lines_of(stays: Sequence[Stay], *, now: dt.datetime) -> dict[int, list[DoorAccess]]:
    places = {stay.pk: stay.unit.property for stay in stays}
    codes = (
        AccessCode.objects.filter(grant__stay__in=places)
        .select_related("device__account", "device__door", "grant")
        .order_by("pk")
    )
    found: dict[int, list[DoorAccess]] = defaultdict(list)
    for code in codes:
        if code.grant is not None and code.grant.stay_id is not None:
            stay_id = code.grant.stay_id
            found[stay_id].append(access_of_code(code, places[stay_id], now=now))
    return found


def _by_pin(lines: Iterable[DoorAccess]) -> list[list[DoorAccess]]:
    """Codes of one grant with one PIN are one key; so is each that has no PIN yet."""
    keys: dict[object, list[DoorAccess]] = defaultdict(list)
    for line in lines:
        code = line.code
        if code is not None:
            own = code.pin_key if code.pin_key is not None else f"none {code.pk}"
            keys[code.grant_id, own].append(line)
    return list(keys.values())


def _show(stay: Stay, lines: Sequence[DoorAccess], *, reveal: bool) -> dict[str, Any]:
    # A door that had the code, lost it and has it again is told of as it stands now.
    current = {line.device.pk: line for line in sorted(lines, key=_age)}.values()
    status = next(one for one in WORST_FIRST if any(STATUS_OF[line.state] == one for line in current))
    first = lines[0].code
    pins = [line.code.pin for line in current if line.code is not None and is_shown(line)]
    rooms: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for line in current:
        shared = line.door is not None and line.door.serves_all_units
        door_id = line.door.public_id if line.door is not None else None
        rooms[shared].append({"id": door_id, "name": line.door_name})
    failed = next((line.reason for line in current if STATUS_OF[line.state] == FAILED), None)
    return {
        "keyId": first.public_id if first is not None else None,
        "propertyId": stay.unit.property.public_id,
        "reservationId": stay.external_id,
        "subReservationId": None,
        "source": stay.source,
        "rooms": rooms[False],
        "commonRooms": rooms[True],
        "startDateTime": min((line.active_from for line in current if line.active_from), default=None),
        "endDateTime": max((line.active_to for line in current if line.active_to), default=None),
        "keyType": "access_code",
        "keyCode": pins[0] if pins and reveal else None,
        "externalId": stay.public_id,
        "status": status,
        "errorMessage": failed,
    }


def _age(line: DoorAccess) -> tuple[bool, int]:
    """Dead ones first, then the older."""
    code = line.code
    return (code is not None and code.revoked_at is None, code.pk if code is not None else 0)
