"""Doors with the health of their locks."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from access.enums import ProblemKind
from access.models import LockCode, Problem
from locks.models import Device
from properties.models import Unit
from tests.factories import NOW, make_property, make_unit, virtual_door

pytestmark = pytest.mark.django_db


def listed(api: APIClient, **query: Any) -> list[str]:
    answer = api.get("/api/v1/doors/", query)
    assert answer.status_code == 200, answer.json()
    return [door["name"] for door in answer.json()["results"]]


def test_door_tells_how_its_lock_fares(api: APIClient, unit: Unit) -> None:
    door = virtual_door(unit, "schlage", name="Flat door")
    Device.objects.filter(pk=door.device_id).update(
        online=False, online_changed_at=NOW, battery_level=0.15, nickname="Blue lock"
    )
    for ref in "12":
        LockCode.objects.create(device=door.device, ref=ref, first_seen_at=NOW)
    Problem.objects.create(
        workspace=unit.property.workspace, kind=ProblemKind.ERROR, code="device_offline", message="x",
        device=door.device, raised_at=NOW,
    )  # fmt: skip
    shown = api.get(f"/api/v1/doors/{door.public_id}").json()
    lock = shown.pop("device")
    assert shown == {
        "id": str(door.public_id), "name": "Flat door", "property": str(unit.property.public_id),
        "property_name": "House", "timezone": "Europe/Zurich", "serves_all_units": False,
        "units": [str(unit.public_id)],
    }  # fmt: skip
    assert (lock["name"], lock["brand"], lock["online"]) == ("Blue lock", "schlage", False)
    assert (lock["battery_level"], lock["battery_status"]) == (0.15, "low")
    assert (lock["codes_held"], lock["codes_capacity"], lock["has_problem"]) == (2, 100, True)


def test_doors_are_filtered(api: APIClient, unit: Unit) -> None:
    other = make_unit(make_property(unit.property.workspace))
    sister = make_unit(unit.property, name="Flat 2")
    virtual_door(unit.property, name="House")
    virtual_door(unit, name="Flat 1")
    virtual_door(sister, name="Flat 2")
    virtual_door(other, name="Far")
    assert listed(api) == ["House", "Flat 1", "Flat 2", "Far"]
    assert listed(api, unit=str(unit.public_id)) == ["House", "Flat 1"]
    assert listed(api, property=str(other.property.public_id)) == ["Far"]
    assert api.get("/api/v1/doors/", {"device": "x"}).status_code == 422
