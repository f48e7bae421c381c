"""Events over REST, in the order in which they became visible: whoever reads on from a position misses none.

The shape is that of webhooks (access.telling). An event has no place in the order for the first moments after it was
written, and is not listed until it has.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import seen
from access.api.fetching import fetch, id_parameter
from access.api.fields import MomentField
from access.api.paging import read_query
from access.api.schema import answers
from access.api.serializers import LARGEST_PAGE, USUAL_PAGE, Shape
from access.enums import EventType
from access.models import Event
from access.telling import keyturn_events, with_told

if TYPE_CHECKING:
    from rest_framework.request import Request

LAST: Final = 2**63 - 1


class EventQuery(Shape):
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_PAGE, default=USUAL_PAGE, help_text="Rows on a page."
    )
    cursor = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LAST,
        default=0,
        help_text="Only what came after; 0: from the first.",
    )
    event_type = serializers.ChoiceField(EventType.choices, required=False)
    reservation = serializers.UUIDField(required=False)
    device = serializers.UUIDField(required=False)
    access_code = serializers.UUIDField(required=False)
    occurred_since = MomentField(required=False)


class EventReservationOut(Shape):
    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # part of the answer, not of the serializer
    external_id = serializers.CharField()


class EventOut(Shape):
    id = serializers.UUIDField()
    type = serializers.CharField(
        help_text="access.ready, access.failed and so on; else the same as event_type."
    )
    event_type = serializers.ChoiceField(EventType.choices)
    description = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    workspace_id = serializers.UUIDField()
    sequence = serializers.IntegerField(
        allow_null=True,
        help_text="Grows in the order in which events became visible. A webhook that is sent again may come after "
        "newer ones: of two about the same reservation, the one with the higher sequence is the later.",
    )
    previous_sequence = serializers.IntegerField(
        allow_null=True,
        help_text="That of the event before it about the same reservation; null where it is the first, or about none. "
        "Whoever is told of all types and has not had that one is missing something: it comes later, or is read from "
        "/api/v1/events/.",
    )
    reservation = EventReservationOut(allow_null=True)
    access_code_id = serializers.UUIDField(allow_null=True)
    device_id = serializers.UUIDField(allow_null=True)
    account_id = serializers.UUIDField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]  # part of the answer, not of the serializer
    link = serializers.CharField(allow_null=True, help_text="Where to ask for the rest.")


class EventPage(Shape):
    results = EventOut(many=True)
    cursor = serializers.IntegerField(help_text="Send it back later to read on from here.")
    has_more = serializers.BooleanField(help_text="Whether there are more by now.")


FILTERS: Final = {
    "event_type": "type",
    "reservation": "stay__public_id",
    "device": "device__public_id",
    "access_code": "access_code__public_id",
    "occurred_since": "occurred_at__gte",
}


@extend_schema(
    operation_id="list_events",
    parameters=[EventQuery],
    responses=answers({200: EventPage}, 401, 403, 422, 429),
)
@api_view(["GET"])
def list_events(request: Request) -> Response:
    """What happened, oldest first. Keep `cursor` and send it with the next call."""
    query = read_query(request, EventQuery)
    rows = seen(request, Event).filter(
        position__gt=query["cursor"],
        **{FILTERS[name]: value for name, value in query.items() if name in FILTERS},
    )
    found = list(with_told(rows, own=True).order_by("position")[: query["limit"] + 1])
    page = found[: query["limit"]]
    shown = EventOut(keyturn_events(page), many=True).data
    cursor = page[-1].position if page else query["cursor"]
    return Response({"results": shown, "cursor": cursor, "has_more": len(found) > len(page)})


@extend_schema(
    operation_id="get_event",
    parameters=[id_parameter("event")],
    responses=answers({200: EventOut}, 401, 403, 404, 429),
)
@api_view(["GET"])
def one_event(request: Request, public_id: uuid.UUID) -> Response:
    """One event."""
    rows: Any = with_told(seen(request, Event), own=True)
    (shown,) = keyturn_events([fetch(rows, public_id)])
    return Response(EventOut(shown).data)
