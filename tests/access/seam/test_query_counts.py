"""How often each endpoint that only reads asks the database: as often for three rows as for one. The numbers here count
the statement that finds the key."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.enums import Scope, WebhookFlavour
from access.models import WebhookEndpoint
from access.seam.urls import TABLE
from locks.models import Device
from tests.access.api.test_lists import add_rows
from tests.access.seam.conftest import Face
from tests.access.seam.test_outsiders import body_for
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

MOST = {
    "access_codes/generate_code": 4,
    "access_codes/get": 5,
    "access_codes/list": 5,
    "access_codes/unmanaged/get": 4,
    "access_codes/unmanaged/list": 5,
    "action_attempts/get": 2,
    "action_attempts/list": 3,
    "client_sessions/get": 3,
    "client_sessions/list": 3,
    "connect_webviews/get": 2,
    "connect_webviews/list": 2,
    "connected_accounts/get": 3,
    "connected_accounts/list": 3,
    "devices/get": 3,
    "devices/list": 3,
    "devices/list_device_providers": 1,
    "devices/unmanaged/get": 3,
    "devices/unmanaged/list": 3,
    "events/get": 4,
    "events/list": 4,
    "locks/get": 3,
    "locks/list": 3,
    "webhooks/get": 2,
    "webhooks/list": 2,
    "workspaces/get": 1,
    "workspaces/list": 1,
}


def test_every_endpoint_that_reads_has_its_number() -> None:
    reading = {path for path, endpoint in TABLE.endpoints.items() if endpoint.scope is Scope.READ}
    assert reading == MOST.keys()


@pytest.fixture
def world() -> World:
    world = make_world("ONE", now=timezone.now())
    WebhookEndpoint.objects.update(flavour=WebhookFlavour.SEAM)
    return world


@pytest.mark.parametrize("path", MOST)
def test_endpoint_asks_a_fixed_number_of_times(path: str, world: World) -> None:
    face = Face(world.key_secret)
    few = ask(face, path, world)
    Device.objects.update(is_managed=True)
    add_rows(world)
    many = ask(face, path, world)
    assert few == many == MOST[path]


@pytest.mark.parametrize(("path", "most"), [("access_codes/create", 13), ("access_codes/update", 30)])
def test_change_asks_a_fixed_number_of_times(path: str, most: int, world: World) -> None:
    face = Face(world.key_secret)
    named = {"access_code_id": str(world.loose_code.public_id)} if path.endswith("update") else {}
    body = {**named, "device_id": str(world.device.public_id)}
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert face.post(path, **body, name=f"Other {number}")["ok"]
        counts.append(len(queries))
        if number == 1:
            add_rows(world)
    assert counts[1] == counts[2] <= most


def ask(face: Face, path: str, world: World) -> int:
    body = body_of(path, world)
    face.post(path, **body)  # the use of the key and the first look are noted
    with CaptureQueriesContext(connection) as queries:
        answer = face.post(path, **body)
    assert answer["ok"], answer
    return len(queries)


def body_of(path: str, world: World) -> dict[str, Any]:
    if "devices/unmanaged" in path:
        Device.objects.in_workspace(world.workspace).update(is_managed=False)
    mine = Device.objects.in_workspace(world.workspace).values_list("public_id", flat=True)
    match path:
        case "access_codes/list":
            return {"device_ids": [str(one) for one in mine]}
        case "events/list":
            return {"since": "2020-01-01"}
        case "access_codes/unmanaged/list" | "action_attempts/list":
            return {"device_id": str(world.device.public_id)}
        case _ if path.endswith("list"):
            return {}
    return body_for(TABLE.endpoints[path].params, world, path)
