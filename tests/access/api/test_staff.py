"""Access of cleaners and others over REST."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from access.models import AccessCode, StaffAccess
from locks.models import Door
from properties.models import Unit
from tests.factories import make_unit, virtual_door

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/staff-access/"


@pytest.fixture
def door(unit: Unit) -> Door:
    return virtual_door(unit, name="Flat door")


@pytest.fixture
def body(door: Door) -> dict[str, Any]:
    return {
        "holder_name": "Mira", "doors": [str(door.public_id)], "first_day": "2031-03-01", "start_time": 10,
        "end_time": "12:00", "rule": "FREQ=WEEKLY;BYDAY=TU",
    }  # fmt: skip


def test_access_is_given_and_told(api: APIClient, door: Door, body: dict[str, Any]) -> None:
    answer = api.post(ADDRESS, body)
    assert answer.status_code == 201, answer.json()
    shown = answer.json()
    assert (shown["kind"], shown["words"]) == ("cleaner", "Tuesday, 10:00 to 12:00")
    assert shown["doors"] == [{"id": str(door.public_id), "name": "Flat door"}]
    assert shown["next_window"] == {"starts_at": "2031-03-04T09:00:00Z", "ends_at": "2031-03-04T11:00:00Z"}
    assert (shown["time_zone"], shown["ended_at"]) == ("Europe/Zurich", None)
    assert api.get(f"{ADDRESS}{shown['id']}").json() == shown
    assert [one["id"] for one in api.get(ADDRESS).json()["results"]] == [shown["id"]]


def test_access_is_changed_and_the_rest_kept(api: APIClient, body: dict[str, Any]) -> None:
    address = f"{ADDRESS}{api.post(ADDRESS, body).json()['id']}"
    shown = api.patch(address, {"note": "keys at reception", "exceptions": ["2031-03-04"]}).json()
    assert (shown["note"], shown["holder_name"], shown["exceptions"]) == (
        "keys at reception", "Mira", ["2031-03-04"],
    )  # fmt: skip
    assert shown["next_window"]["starts_at"].startswith("2031-03-11")


def test_access_is_ended_once_and_for_all(api: APIClient, body: dict[str, Any]) -> None:
    around = {name: body[name] for name in ("holder_name", "doors")} | {"first_day": "2020-01-01"}
    given = api.post(ADDRESS, around).json()
    address = f"{ADDRESS}{given['id']}"
    assert AccessCode.objects.filter(revoked_at=None).count() == 1
    first, again = api.delete(address).json(), api.delete(address).json()
    assert first["ended_at"] == again["ended_at"] is not None
    assert not AccessCode.objects.filter(revoked_at=None).exists()
    assert api.get(ADDRESS).json()["results"] == []
    assert len(api.get(ADDRESS, {"ended": "true"}).json()["results"]) == 1
    assert api.patch(address, {"note": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"holder_name": ""}, "holder_name"), ({"doors": []}, "doors"), ({"first_day": "x"}, "first_day"),
        ({"rule": "FREQ=NEVER"}, "rule"), ({"end_time": None}, "end_time"), ({"time_zone": "Mars"}, "time_zone"),
        ({"doors": ["00000000-0000-4000-8000-000000000000"]}, "doors"), ({"kind": "king"}, "kind"),
    ],
)  # fmt: skip
def test_access_that_cannot_be_is_refused(
    fields: dict[str, Any], path: str, api: APIClient, body: dict[str, Any]
) -> None:
    answer = api.post(ADDRESS, body | fields)
    assert answer.status_code == 422
    assert path in answer.json()["error"]["fields"]
    assert not StaffAccess.objects.exists()


def test_new_access_needs_the_least(api: APIClient) -> None:
    assert set(api.post(ADDRESS, {}).json()["error"]["fields"]) == {"holder_name", "doors", "first_day"}


def test_door_of_another_workspace_is_no_door(api: APIClient, body: dict[str, Any]) -> None:
    foreign = virtual_door(make_unit())
    assert api.post(ADDRESS, body | {"doors": [str(foreign.public_id)]}).status_code == 422


def test_list_is_filtered(api: APIClient, unit: Unit, door: Door, body: dict[str, Any]) -> None:
    other = virtual_door(unit.property, name="House door")
    api.post(ADDRESS, body)
    api.post(ADDRESS, body | {"doors": [str(other.public_id), str(door.public_id)], "kind": "vendor"})
    assert len(api.get(ADDRESS, {"door": str(door.public_id)}).json()["results"]) == 2
    assert len(api.get(ADDRESS, {"door": str(other.public_id)}).json()["results"]) == 1
    assert len(api.get(ADDRESS, {"kind": "vendor"}).json()["results"]) == 1
