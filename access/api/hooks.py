"""Webhook endpoints over REST, and what became of each delivery. For keys that see the whole workspace: an endpoint
hears of all of it. Endpoints of the founding API's shape are that face's, and not seen here.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access import webhooks
from access.api.authentication import actor_of, need_whole_workspace, seen, workspace_of
from access.api.fetching import fetch, given, id_parameter
from access.api.fields import MomentField
from access.api.idempotency import PARAMETER, idempotent
from access.api.paging import answer_page, read_query
from access.api.parsing import object_of
from access.api.schema import answers
from access.api.serializers import PageQuery, Shape
from access.enums import DeliveryStatus, WebhookFlavour
from access.models import WebhookDelivery, WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from properties.scoping import ScopedQuerySet

FIELDS: Final = ("url", "event_types", "description")
SWITCHED_OFF: Final = "Switched off over the API."


class DeliveryQuery(PageQuery):
    status = serializers.ChoiceField(DeliveryStatus.choices, required=False)


class EndpointChangeIn(Shape):
    url = serializers.CharField(required=False)
    event_types = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Names such as access.ready or device.low_battery; “*”: all.",
    )
    description = serializers.CharField(required=False, allow_blank=True)
    is_enabled = serializers.BooleanField(required=False)


class EndpointIn(EndpointChangeIn):
    url = serializers.CharField()


class EndpointOut(Shape):
    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField())
    is_enabled = serializers.BooleanField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.CharField()
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewEndpointOut(EndpointOut):
    secret = serializers.CharField(help_text="What deliveries are signed with; shown only now.")


class EndpointPage(Shape):
    results = EndpointOut(many=True)
    next = serializers.URLField(allow_null=True)


class AttemptOut(Shape):
    at = serializers.DateTimeField()
    ms = serializers.IntegerField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="null: no answer came.")
    response = serializers.CharField(allow_null=True, help_text="The beginning of what was answered.")
    error = serializers.CharField(allow_null=True)


class DeliveryOut(Shape):
    id = serializers.UUIDField()
    event = serializers.UUIDField()
    event_type = serializers.CharField()
    status = serializers.ChoiceField(DeliveryStatus.choices)
    attempts = AttemptOut(many=True)
    next_try_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class DeliveryPage(Shape):
    results = DeliveryOut(many=True)
    next = serializers.URLField(allow_null=True)


class ReplayIn(Shape):
    since = MomentField(help_text="Whatever happened since then and did not arrive is sent again.")


class ReplayOut(Shape):
    replayed = serializers.IntegerField()


@extend_schema(
    methods=["GET"],
    operation_id="list_webhook_endpoints",
    description="The addresses that are told of events.",
    parameters=[PageQuery],
    responses=answers({200: EndpointPage}, 401, 403, 422, 429),
)
@extend_schema(
    methods=["POST"],
    operation_id="create_webhook_endpoint",
    parameters=[PARAMETER],
    request=EndpointIn,
    responses=answers({201: NewEndpointOut}, 400, 401, 403, 409, 411, 413, 415, 422, 429),
    description="The answer holds the secret with which deliveries are signed.",
)
@api_view(["GET", "POST"])
def many_endpoints(request: Request) -> Response:
    need_whole_workspace(request)
    if request.method == "POST":
        return _create(request)
    mine = own(request)
    return answer_page(request, mine, mine, read_query(request, PageQuery), EndpointOut, show_endpoints)


@extend_schema(
    methods=["GET"],
    operation_id="get_webhook_endpoint",
    description="One endpoint.",
    parameters=[id_parameter("endpoint")],
    responses=answers({200: EndpointOut}, 401, 403, 404, 429),
)
@extend_schema(
    methods=["PATCH"],
    operation_id="change_webhook_endpoint",
    description="Change it, or switch it off and on; what is left out stays as it is.",
    parameters=[id_parameter("endpoint")],
    request=EndpointChangeIn,
    responses=answers({200: EndpointOut}, 400, 401, 403, 404, 411, 413, 415, 422, 429),
)
@extend_schema(
    methods=["DELETE"],
    operation_id="delete_webhook_endpoint",
    description="Delete it; nothing more is sent there.",
    parameters=[id_parameter("endpoint")],
    request=None,
    responses=answers({204: None}, 401, 403, 404, 429),
)
@api_view(["GET", "PATCH", "DELETE"])
def one_endpoint(request: Request, public_id: uuid.UUID) -> Response:
    endpoint = find(request, public_id)
    if request.method == "DELETE":
        webhooks.delete_endpoint(endpoint, now=timezone.now(), actor=actor_of(request))
        return Response(status=HTTPStatus.NO_CONTENT)
    if request.method == "PATCH":
        endpoint = _change(request, endpoint)
    return Response(EndpointOut(_show(endpoint)).data)


@extend_schema(
    operation_id="rotate_webhook_secret",
    parameters=[id_parameter("endpoint")],
    request=None,
    responses=answers({200: NewEndpointOut}, 401, 403, 404, 429),
)
@api_view(["POST"])
def rotate(request: Request, public_id: uuid.UUID) -> Response:
    """Give the endpoint a new secret; for a day deliveries are signed with the old one, too."""
    endpoint = webhooks.rotate_secret(find(request, public_id), now=timezone.now(), actor=actor_of(request))
    return Response(NewEndpointOut(_show(endpoint) | {"secret": endpoint.secret}).data)


@extend_schema(
    operation_id="list_webhook_deliveries",
    parameters=[id_parameter("endpoint"), DeliveryQuery],
    responses=answers({200: DeliveryPage}, 401, 403, 404, 422, 429),
)
@api_view(["GET"])
def deliveries(request: Request, public_id: uuid.UUID) -> Response:
    """What was sent to the endpoint, oldest first, with every attempt."""
    mine = of_endpoint(find(request, public_id))
    query = read_query(request, DeliveryQuery)
    rows = mine.filter(status=query["status"]) if "status" in query else mine
    return answer_page(request, rows, mine, query, DeliveryOut, show_deliveries)


@extend_schema(
    operation_id="replay_webhook_delivery",
    parameters=[id_parameter("endpoint"), id_parameter("delivery")],
    request=None,
    responses=answers({200: DeliveryOut}, 401, 403, 404, 422, 429),
)
@api_view(["POST"])
def replay_one(request: Request, public_id: uuid.UUID, delivery: uuid.UUID) -> Response:
    """Send one delivery again, whatever became of it."""
    rows = of_endpoint(find(request, public_id))
    webhooks.replay(fetch(rows.select_related("endpoint"), delivery), now=timezone.now())
    (shown,) = show_deliveries(request, [fetch(rows, delivery)])
    return Response(DeliveryOut(shown).data)


@extend_schema(
    operation_id="replay_webhook_deliveries",
    parameters=[id_parameter("endpoint")],
    request=ReplayIn,
    responses=answers({200: ReplayOut}, 400, 401, 403, 404, 411, 413, 415, 422, 429),
)
@api_view(["POST"])
def replay_many(request: Request, public_id: uuid.UUID) -> Response:
    """Send again what did not arrive since a moment, and what was not sent while the endpoint was switched off."""
    endpoint = find(request, public_id)
    read = ReplayIn(data=object_of(request))
    read.is_valid(raise_exception=True)
    count = webhooks.replay_since(endpoint, since=read.validated_data["since"], now=timezone.now())
    return Response(ReplayOut({"replayed": count}).data)


def own(request: Request) -> ScopedQuerySet[WebhookEndpoint]:
    return seen(request, WebhookEndpoint).filter(deleted_at=None, flavour=WebhookFlavour.KEYTURN)


def find(request: Request, public_id: uuid.UUID) -> WebhookEndpoint:
    need_whole_workspace(request)
    return fetch(own(request), public_id)


def of_endpoint(endpoint: WebhookEndpoint) -> ScopedQuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event")


@idempotent
def _create(request: Request) -> Response:
    read = EndpointIn(data=object_of(request))
    read.is_valid(raise_exception=True)
    actor, fields = actor_of(request), given(read.validated_data, FIELDS)
    endpoint = webhooks.create_endpoint(workspace_of(request), **fields, actor=actor)
    if read.validated_data.get("is_enabled") is False:
        endpoint = webhooks.disable_endpoint(endpoint, reason=SWITCHED_OFF, now=timezone.now(), actor=actor)
    shown = _show(endpoint) | {"secret": endpoint.secret}
    return Response(NewEndpointOut(shown).data, status=HTTPStatus.CREATED)


def _change(request: Request, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    read = EndpointChangeIn(data=object_of(request))
    read.is_valid(raise_exception=True)
    actor, fields = actor_of(request), given(read.validated_data, FIELDS)
    if fields:
        endpoint = webhooks.update_endpoint(endpoint, **fields, actor=actor)
    match read.validated_data.get("is_enabled"):
        case True:
            return webhooks.enable_endpoint(endpoint, actor=actor)
        case False:
            return webhooks.disable_endpoint(endpoint, reason=SWITCHED_OFF, now=timezone.now(), actor=actor)
    return endpoint


def show_endpoints(request: Request, endpoints: Sequence[WebhookEndpoint]) -> list[dict[str, Any]]:
    return [_show(endpoint) for endpoint in endpoints]


def _show(endpoint: WebhookEndpoint) -> dict[str, Any]:
    plain = (
        "url", "description", "event_types", "disabled_at", "disabled_reason", "failing_since", "created_at",
    )  # fmt: skip
    return {name: getattr(endpoint, name) for name in plain} | {
        "id": endpoint.public_id,
        "is_enabled": endpoint.disabled_at is None,
    }


def show_deliveries(request: Request, rows: Sequence[WebhookDelivery]) -> list[dict[str, Any]]:
    return [_show_delivery(row) for row in rows]


def _show_delivery(row: WebhookDelivery) -> dict[str, Any]:
    plain = ("status", "next_try_at", "finished_at", "created_at")
    tried = ("at", "ms", "status", "response", "error")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.public_id,
        "event": row.event.public_id,
        "event_type": row.event.type,
        "attempts": [{name: attempt.get(name) for name in tried} for attempt in row.log],
    }
