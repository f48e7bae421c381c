"""What a key may do, what it sees, and how often it may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.api_keys import create_key, narrow, revoke_key
from access.models import ApiKey, Event, PinLook
from locks.models import Device, Door
from properties.models import Unit, Workspace
from tests.factories import make_property, make_unit
from tests.world import PIN, World, make_world

pytestmark = pytest.mark.django_db
LISTS = (
    "properties", "units", "doors", "reservations", "access-keys", "access-codes", "staff-access", "calendar-feeds",
    "problems", "webhook-endpoints",
)  # fmt: skip
DETAILS: dict[str, Callable[[World], str]] = {
    "doors": lambda w: f"doors/{w.door.public_id}",
    "reservations": lambda w: f"reservations/{w.stay.source}/{w.stay.external_id}",
    "access-keys": lambda w: f"reservations/{w.stay.source}/{w.stay.external_id}/access-keys",
    "access-codes": lambda w: f"access-codes/{w.code.public_id}",
    "staff-access": lambda w: f"staff-access/{w.holder.public_id}",
    "calendar-feeds": lambda w: f"calendar-feeds/{w.feed.public_id}",
    "problems": lambda w: f"problems/{w.problem.public_id}",
    "events": lambda w: f"events/{w.event.public_id}",
    "webhook-endpoints": lambda w: f"webhook-endpoints/{w.endpoint.public_id}",
}


@pytest.fixture
def world() -> World:
    world = make_world("ONE", now=timezone.now())
    Event.objects.filter(pk=world.event.pk).update(position=1)
    return world


def get(api: APIClient, path: str) -> Any:
    return api.get(f"/api/v1/{path}")


def test_key_without_write_changes_nothing(world: World, api_of: Any) -> None:
    api = api_of(world.workspace, scopes=["read"])
    feed = f"calendar-feeds/{world.feed.public_id}"
    asked = [("put", "reservations/x/1"), ("post", "reservations/bulk"), ("delete", "reservations/x/1")]
    for method, path in (*asked, ("patch", feed), ("post", "webhook-endpoints/")):
        answer = getattr(api, method)(f"/api/v1/{path}", {})
        assert answer.status_code == 403, path
        assert "the scope write" in answer.json()["error"]["message"]
    assert get(api, "reservations/").status_code == 200


def test_key_without_read_looks_at_nothing(world: World, api_of: Any) -> None:
    api = api_of(world.workspace, scopes=["write"])
    answer = get(api, "reservations/")
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "forbidden")
    assert "the scope read" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", LISTS[3:7])
def test_pins_are_shown_with_reveal_only(path: str, world: World, api_of: Any) -> None:
    hidden = get(api_of(world.workspace, scopes=["read"]), f"{path}/")
    shown = get(api_of(world.workspace, scopes=["read", "reveal"]), f"{path}/")
    assert hidden.status_code == shown.status_code == 200
    assert PIN not in hidden.content.decode()
    assert (PIN in shown.content.decode()) == (path != "staff-access")


def test_looks_at_pins_are_written_down_once(world: World, api_of: Any) -> None:
    PinLook.objects.all().delete()
    api = api_of(world.workspace)
    for path in ("reservations/", "access-codes/", DETAILS["access-keys"](world), "reservations/"):
        get(api, path)
    key = ApiKey.objects.get(name="Front desk")
    assert PinLook.objects.filter(access_code=world.code, reader=f"key:{key.pk}").count() == 1
    looks = Event.objects.filter(type="pin.revealed", access_code=world.code)
    assert [look.actor for look in looks] == ["API key Front desk"]
    world.grant.refresh_from_db()
    assert world.grant.revealed_at is not None


@pytest.mark.parametrize("path", LISTS)
def test_key_of_one_house_lists_what_is_there(path: str, world: World, api_of: Any) -> None:
    far = make_unit(make_property(world.workspace, name="Far"), name="Far")
    near = get(api_of(world.workspace, properties=[world.place]), f"{path}/")
    away = get(api_of(world.workspace, properties=[far.property]), f"{path}/")
    whole = get(api_of(world.workspace), f"{path}/")
    if path == "webhook-endpoints":
        assert (near.status_code, away.status_code, whole.status_code) == (403, 403, 200)
        return
    if path in {"properties", "units"}:
        assert "Far" not in near.content.decode()
        assert [one["name"] for one in away.json()["results"]] == ["Far"]
    else:
        assert len(near.json()["results"]) >= 1
        assert away.json()["results"] == []
    assert "ONE" not in away.content.decode()


@pytest.mark.parametrize("path", DETAILS)
def test_key_of_another_house_finds_no_detail(path: str, world: World, api_of: Any) -> None:
    far = make_property(world.workspace, name="Far")
    address = DETAILS[path](world)
    away = get(api_of(world.workspace, properties=[far]), address)
    near = get(api_of(world.workspace, properties=[world.place]), address)
    assert away.status_code == (403 if path == "webhook-endpoints" else 404)
    assert near.status_code == (403 if path == "webhook-endpoints" else 200), near.json()
    assert get(api_of(world.workspace), address).status_code == 200


def test_events_of_another_house_are_not_listed(world: World, api_of: Any) -> None:
    far = make_property(world.workspace, name="Far")
    counts = [
        len(get(api_of(world.workspace, **rights), "events/").json()["results"])
        for rights in ({}, {"properties": [world.place]}, {"properties": [far]})
    ]
    assert counts == [1, 1, 0]


def test_key_of_another_house_changes_nothing(world: World, api_of: Any) -> None:
    far = make_unit(make_property(world.workspace, name="Far"))
    api = api_of(world.workspace, properties=[far.property])
    body = {"unit": str(far.public_id), "arrival_date": "2031-03-05", "departure_date": "2031-03-09"}
    stay = f"/api/v1/reservations/{world.stay.source}/{world.stay.external_id}"
    holder = {"holder_name": "x", "doors": [str(world.door.public_id)], "first_day": "2031-01-01"}
    refused = [
        api.put(stay, body),
        api.patch(stay, {"adults": 3}),
        api.delete(stay),
        api.put("/api/v1/reservations/pms/1", body | {"unit": str(world.unit.public_id)}),
        api.delete(f"/api/v1/staff-access/{world.holder.public_id}"),
        api.delete(f"/api/v1/calendar-feeds/{world.feed.public_id}"),
        api.post("/api/v1/calendar-feeds/", {"unit": str(world.unit.public_id), "url": "https://x.example/a.ics"}),
        api.post("/api/v1/staff-access/", holder),
    ]  # fmt: skip
    assert [one.status_code for one in refused] == [409, 404, 404, 422, 404, 404, 422, 422]


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_dead_key_is_refused(end: str, workspace: Workspace) -> None:
    key, secret = create_key(workspace, name="x")
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/units/").status_code == 200
    if end == "revoked_at":
        revoke_key(key, now=timezone.now())
    else:
        ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    assert client.get("/api/v1/units/").status_code == 401


def test_rate_of_the_key_counts_and_is_told(api_of: Any, workspace: Workspace, api: APIClient) -> None:
    slow = api_of(workspace, rate="2/min")
    told = [slow.get("/api/v1/units/") for _ in range(3)]
    assert [one.status_code for one in told] == [200, 200, 429]
    assert [(one["RateLimit-Limit"], one["RateLimit-Remaining"]) for one in told] == [
        ("2", "1"), ("2", "0"), ("2", "0"),
    ]  # fmt: skip
    assert 0 < int(told[2]["Retry-After"]) <= 60
    assert 0 < int(told[2]["RateLimit-Reset"]) <= 60
    assert told[2].json()["error"]["type"] == "throttled"
    usual = api.get("/api/v1/units/")
    assert (usual.status_code, usual["RateLimit-Limit"]) == (200, "600")


def test_narrow_is_asked_for_doors_that_moved(world: World, unit: Unit) -> None:
    """What a key sees follows the door."""
    key, _ = create_key(world.workspace, name="near", properties=[world.place])
    assert narrow(Device.objects.all(), key).count() == 1
    Door.objects.filter(pk=world.door.pk).update(property=make_property(world.workspace, name="New"))
    assert narrow(Device.objects.all(), key).count() == 0
