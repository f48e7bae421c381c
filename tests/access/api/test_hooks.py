"""Webhook endpoints over REST."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.enums import DeliveryStatus, WebhookFlavour
from access.models import WebhookDelivery, WebhookEndpoint
from properties.models import Workspace, WorkspaceChange
from tests.world import HOOK_SECRET, World, make_world

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/webhook-endpoints/"
URL = "https://93.184.215.14/hook"


@pytest.fixture
def world() -> World:
    return make_world("ONE", now=timezone.now())


def test_endpoint_is_created_with_its_secret_shown_once(api: APIClient, workspace: Workspace) -> None:
    made = api.post(ADDRESS, {"url": URL, "event_types": ["access.ready"], "description": "PMS"})
    assert made.status_code == 201, made.json()
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.workspace, endpoint.flavour) == (workspace, WebhookFlavour.KEYTURN)
    shown = made.json()
    assert shown.pop("secret") == endpoint.secret
    assert (shown["event_types"], shown["is_enabled"]) == (["access.ready"], True)
    assert api.get(f"{ADDRESS}{shown['id']}").json() == shown
    assert api.get(ADDRESS).json()["results"] == [shown]


def test_endpoint_is_changed_switched_and_deleted(api: APIClient) -> None:
    address = f"{ADDRESS}{api.post(ADDRESS, {'url': URL}).json()['id']}"
    off = api.patch(address, {"description": "x", "is_enabled": False}).json()
    assert (off["description"], off["is_enabled"], off["url"]) == ("x", False, URL)
    assert off["disabled_reason"]
    assert api.patch(address, {"is_enabled": True}).json()["is_enabled"] is True
    assert api.delete(address).status_code == 204
    assert (api.get(address).status_code, api.get(ADDRESS).json()["results"]) == (404, [])
    told = list(WorkspaceChange.objects.order_by("pk").values_list("what", "detail"))
    assert [what.removeprefix("Webhook ") for what, _ in told] == [
        "added", "changed", "switched off", "switched on", "deleted"
    ]  # fmt: skip
    assert told[1][1] == "x, 93.184.215.14"


def test_secret_is_rotated(api: APIClient) -> None:
    made = api.post(ADDRESS, {"url": URL}).json()
    new = api.post(f"{ADDRESS}{made['id']}/secret").json()
    endpoint = WebhookEndpoint.objects.get()
    assert new["secret"] == endpoint.secret != made["secret"] == endpoint.previous_secret


@pytest.mark.parametrize(
    ("body", "path"),
    [({}, "url"), ({"url": "nonsense"}, "url"), ({"url": URL, "event_types": ["moon.rise"]}, "event_types"),
     ({"url": URL, "event_types": []}, "event_types")],
)  # fmt: skip
def test_endpoint_that_cannot_be_is_refused(body: dict[str, Any], path: str, api: APIClient) -> None:
    answer = api.post(ADDRESS, body)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [path])


def test_deliveries_are_told_with_every_attempt_and_sent_again(world: World, api_of: Any) -> None:
    api = api_of(world.workspace)
    now = timezone.now().isoformat()
    attempt = {"at": now, "ms": 12, "status": 500, "response": "broken", "error": None}
    WebhookDelivery.objects.filter(pk=world.delivery.pk).update(
        status=DeliveryStatus.FAILED, log=[attempt], attempts=8
    )
    address = f"{ADDRESS}{world.endpoint.public_id}/deliveries/"
    (shown,) = api.get(address, {"status": "failed"}).json()["results"]
    assert (shown["event"], shown["event_type"]) == (str(world.event.public_id), world.event.type)
    assert [(one["ms"], one["status"], one["response"]) for one in shown["attempts"]] == [(12, 500, "broken")]
    assert api.get(address, {"status": "pending"}).json()["results"] == []
    again = api.post(f"{address}{shown['id']}/replay").json()
    assert (again["status"], again["next_try_at"] is None) == ("pending", False)


def test_what_did_not_arrive_is_sent_again(world: World, api_of: Any) -> None:
    api = api_of(world.workspace)
    address = f"{ADDRESS}{world.endpoint.public_id}/replay"
    WebhookDelivery.objects.update(status=DeliveryStatus.FAILED)
    since = (world.event.occurred_at - dt.timedelta(minutes=1)).isoformat()
    assert api.post(address, {"since": since}).json() == {"replayed": 1}
    assert api.post(address, {"since": "lately"}).status_code == 422
    api.patch(f"{ADDRESS}{world.endpoint.public_id}", {"is_enabled": False})
    assert api.post(address, {"since": since}).status_code == 422


def test_endpoint_of_the_other_face_is_not_seen(world: World, api_of: Any) -> None:
    """It is told door codes; whoever may change its address would get them."""
    api = api_of(world.workspace)
    assert HOOK_SECRET in api.get(ADDRESS).content.decode()  # its address, here
    WebhookEndpoint.objects.update(flavour=WebhookFlavour.SEAM)
    assert api.get(ADDRESS).json()["results"] == []
    assert api.patch(f"{ADDRESS}{world.endpoint.public_id}", {"url": URL}).status_code == 404
