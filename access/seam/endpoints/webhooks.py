"""webhooks/*: addresses that are told of events in the founding API's shape. All rules are access.webhooks'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from access.enums import Scope, WebhookFlavour
from access.models import WebhookEndpoint
from access.seam.endpoints.rights import check_reveal, check_whole
from access.seam.errors import invalid, not_found, refused
from access.seam.kinds import Id, Many, Text
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.webhooks import EndpointRefused, create_endpoint, delete_endpoint, endpoints_of, update_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.seam.routing import Call

routes = Routes()
WEBHOOK: Final = {"webhook_id": needs(Id())}
TYPES: Final = Many(Text(100))


@routes.change("webhooks/create", {"url": needs(Text(2000, shortest=1)), "event_types": may(TYPES)})
def create(call: Call) -> Answer:
    check_whole(call)
    check_reveal(call)
    types = call.get("event_types", ["*"])
    endpoint = _tried(
        lambda: create_endpoint(
            call.workspace,
            url=call["url"],
            event_types=types,
            flavour=WebhookFlavour.SEAM,
            created_by=call.caller.user,
            actor=call.actor,
        )
    )
    return {"webhook": _show(endpoint, call)}


@routes.read("webhooks/get", WEBHOOK)
def get(call: Call) -> Answer:
    return {"webhook": _show(_find(call), call)}


@routes.read("webhooks/list", {})
def list_webhooks(call: Call) -> Answer:
    return {"webhooks": [_show(one, call) for one in _rows(call)]}


@routes.change("webhooks/update", {**WEBHOOK, "event_types": needs(TYPES)}, "PUT", "PATCH")
def update(call: Call) -> Answer:
    check_whole(call)
    endpoint = _find(call)
    _tried(lambda: update_endpoint(endpoint, event_types=call["event_types"], actor=call.actor))
    return {}


@routes.change("webhooks/delete", WEBHOOK, "DELETE")
def delete(call: Call) -> Answer:
    check_whole(call)
    delete_endpoint(_find(call), now=call.now, actor=call.actor)
    return {}


def _rows(call: Call) -> QuerySet[WebhookEndpoint]:
    """Those of Keyturn's own shape are no business of programs of this one."""
    seen = call.rows(WebhookEndpoint).values("pk")
    return endpoints_of(call.workspace).filter(flavour=WebhookFlavour.SEAM, pk__in=seen)


def _find(call: Call) -> WebhookEndpoint:
    endpoint = _rows(call).filter(public_id=call["webhook_id"]).first()
    if endpoint is None:
        raise not_found("webhook", webhook_id=call["webhook_id"])
    return endpoint


def _tried(deed: Callable[[], WebhookEndpoint]) -> WebhookEndpoint:
    try:
        return deed()
    except EndpointRefused as error:
        if error.code == "invalid_event_types":
            raise refused(error.code, error.sentence) from error
        raise invalid(error.sentence, error.field) from error


def _show(endpoint: WebhookEndpoint, call: Call) -> dict[str, Any]:
    """Who may not change webhooks may not sign in their name either."""
    may_know = Scope.WRITE in call.caller.scopes
    return {
        "webhook_id": str(endpoint.public_id),
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "secret": endpoint.secret if may_know else None,
    }
