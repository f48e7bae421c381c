"""Problems and events over REST."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.enums import EventType, ProblemKind
from access.models import Event, Problem
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    return make_world("ONE", now=timezone.now())


@pytest.fixture
def api(world: World, api_of: Any) -> APIClient:
    client: APIClient = api_of(world.workspace)
    return client


def results(api: APIClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(f"/api/v1/{path}/", query)
    assert answer.status_code == 200, answer.json()
    return list(answer.json()["results"])


def test_problem_names_what_it_is_about(api: APIClient, world: World) -> None:
    code = Problem.objects.create(
        workspace=world.workspace, kind=ProblemKind.WARNING, code="code_late", message="Late.",
        access_code=world.code, raised_at=timezone.now(),
    )  # fmt: skip
    shown = api.get(f"/api/v1/problems/{code.public_id}").json()
    assert shown == {
        "id": str(code.public_id), "kind": "warning", "code": "code_late", "message": "Late.",
        "raised_at": shown["raised_at"], "cleared_at": None, "reservation": str(world.stay.public_id),
        "access_code": str(world.code.public_id), "door": str(world.door.public_id),
        "device": str(world.device.public_id), "account": str(world.account.public_id),
    }  # fmt: skip


def test_problems_are_filtered(api: APIClient, world: World) -> None:
    now = timezone.now()
    cleared = Problem.objects.create(
        workspace=world.workspace, kind=ProblemKind.WARNING, code="low_battery", message="x", device=world.device,
        raised_at=now - 9 * MINUTE, cleared_at=now - 5 * MINUTE,
    )  # fmt: skip
    names = {str(world.problem.public_id): "open", str(cleared.public_id): "cleared"}

    def found(**query: Any) -> list[str]:
        return [names[one["id"]] for one in results(api, "problems", **query)]

    assert found() == ["open"]
    assert found(open="false") == ["cleared"]
    assert found(open="") == ["open", "cleared"]
    assert found(open="", kind="warning") == ["cleared"]
    assert found(open="", code="device_offline") == ["open"]
    assert found(open="", raised_since=(now - 8 * MINUTE).isoformat()) == ["open"]
    assert found(open="false", cleared_since=(now - 4 * MINUTE).isoformat()) == []
    assert found(reservation=str(world.stay.public_id)) == ["open"]
    assert found(open="", device=str(world.device.public_id)) == ["open", "cleared"]


def make_events(world: World, *positions: int | None) -> list[Event]:
    return [
        Event.objects.create(
            workspace=world.workspace, type=EventType.CODE_SET, occurred_at=timezone.now(), device=world.device,
            access_code=world.code, stay=world.stay, position=position, data={"reason": f"n{position}"},
        )
        for position in positions
    ]  # fmt: skip


def test_events_are_read_on_from_a_position(api: APIClient, world: World) -> None:
    make_events(world, 30, 10, 20, None)
    first = api.get("/api/v1/events/", {"limit": 2}).json()
    assert [one["sequence"] for one in first["results"]] == [10, 20]
    assert (first["cursor"], first["has_more"]) == (20, True)
    second = api.get("/api/v1/events/", {"cursor": first["cursor"]}).json()
    assert ([one["sequence"] for one in second["results"]], second["cursor"]) == ([30], 30)
    assert second["has_more"] is False
    Event.objects.filter(position=None).update(position=40)
    third = api.get("/api/v1/events/", {"cursor": 30}).json()
    assert {one["sequence"] for one in third["results"]} == {40}
    last = api.get("/api/v1/events/", {"cursor": 40}).json()
    assert (last["results"], last["cursor"], last["has_more"]) == ([], 40, False)


def test_event_has_the_shape_of_webhooks(api: APIClient, world: World) -> None:
    (event,) = make_events(world, 1)
    shown = api.get(f"/api/v1/events/{event.public_id}").json()
    assert (shown["event_type"], shown["data"]) == ("access_code.set_on_device", {"reason": "n1"})
    assert shown["reservation"]["external_id"] == world.stay.external_id
    assert shown["access_code_id"] == str(world.code.public_id)
    assert shown["link"] == f"/api/v1/reservations/{world.stay.source}/{world.stay.external_id}"


def test_events_are_filtered(api: APIClient, world: World) -> None:
    make_events(world, 1, 2)
    Event.objects.filter(position=2).update(type=EventType.CODE_CREATED, stay=None)
    assert [one["sequence"] for one in results(api, "events", event_type="access_code.created")] == [2]
    assert [one["sequence"] for one in results(api, "events", reservation=str(world.stay.public_id))] == [1]
    assert len(results(api, "events", device=str(world.device.public_id))) == 2
    assert len(results(api, "events", access_code=str(world.code.public_id))) == 2
    future = (timezone.now() + MINUTE).isoformat()
    assert results(api, "events", occurred_since=future) == []
    assert api.get("/api/v1/events/", {"cursor": "x"}).status_code == 422
