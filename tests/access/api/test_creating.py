"""Reservations that are created and changed, held back, with a PIN that was asked for, with a program's own data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from access.models import AccessCode
from properties.models import Stay, StayChange, Unit
from tests.factories import virtual_door

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/reservations/"
ADDRESS = f"{LIST}pms/R-1"


def test_post_creates_and_makes_an_id(api: APIClient, body: dict[str, Any]) -> None:
    made = api.post(LIST, body)
    assert (made.status_code, made.json()["source"], made.json()["outcome"]) == (201, "api", "created")
    found = api.get(f"{LIST}api/{made.json()['external_id']}")
    assert found.json()["id"] == made.json()["id"]


def test_post_of_a_known_reservation_is_409(api: APIClient, body: dict[str, Any]) -> None:
    named = body | {"source": "pms", "external_id": "R-1"}
    assert api.post(LIST, named).status_code == 201
    answer = api.post(LIST, named | {"adults": 2})
    assert (answer.status_code, answer.json()["error"]["type"]) == (409, "conflict")
    assert Stay.objects.get().adults is None


@pytest.mark.parametrize(
    "named", [{"source": "manual"}, {"source": "a/b"}, {"external_id": "x/"}, {"source": ""}]
)
def test_post_of_a_name_that_cannot_be_is_422(
    named: dict[str, str], api: APIClient, body: dict[str, Any]
) -> None:
    answer = api.post(LIST, body | named)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, list(named))


def test_patch_changes_and_never_creates(api: APIClient, body: dict[str, Any]) -> None:
    assert api.patch(ADDRESS, body).status_code == 404
    api.put(ADDRESS, body)
    answer = api.patch(ADDRESS, {"adults": 2})
    assert (answer.status_code, answer.json()["outcome"], answer.json()["adults"]) == (200, "changed", 2)


def test_held_reservation_has_no_code_until_it_is_let_go(
    api: APIClient, unit: Unit, body: dict[str, Any]
) -> None:
    virtual_door(unit)
    held = api.put(ADDRESS, body | {"hold_access": True}).json()
    assert (held["hold_access"], held["access"]["state"], held["access"]["doors"]) == (True, "held", [])
    assert "held back" in held["access"]["reason"]
    assert not AccessCode.objects.exists()
    assert api.get(f"{ADDRESS}/access-keys").json()["results"] == []
    free = api.patch(ADDRESS, {"hold_access": False}).json()
    assert (free["outcome"], free["access"]["state"]) == ("changed", "planned")
    assert free["access"]["doors"][0]["code"] == AccessCode.objects.get().pin


def test_pin_asked_for_is_given_and_never_kept_in_history(
    api: APIClient, unit: Unit, body: dict[str, Any]
) -> None:
    virtual_door(unit)
    made = api.put(ADDRESS, body | {"preferred_code": "7391"}).json()
    assert ([door["code"] for door in made["access"]["doors"]], made["access"]["note"]) == (["7391"], None)
    assert "preferred_code" not in made
    assert "7391" not in json.dumps([change.fields for change in StayChange.objects.all()])


def test_pin_that_a_door_never_takes_is_refused_when_it_is_sent(
    api: APIClient, unit: Unit, body: dict[str, Any]
) -> None:
    virtual_door(unit, name="Flat door")
    api.put(ADDRESS, body)
    for wrong in ("12", "abc", "1" * 12):
        answer = api.put(ADDRESS, {"preferred_code": wrong})
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, ["preferred_code"])
        assert "Flat door" in answer.json()["error"]["fields"]["preferred_code"][0]
        assert wrong not in answer.json()["error"]["fields"]["preferred_code"][0].split()
    assert Stay.objects.get().preferred_code is None


def test_pin_that_a_door_takes_no_more_does_not_cost_the_booking(
    api: APIClient, unit: Unit, body: dict[str, Any]
) -> None:
    door = virtual_door(unit)
    api.put(ADDRESS, body | {"preferred_code": "7391"})
    door.device.capabilities = {"pin_lengths": [6]}
    door.device.save()
    answer = api.put(ADDRESS, body | {"preferred_code": "7391", "departure_date": "2031-03-10"})
    assert (answer.status_code, answer.json()["departure_date"]) == (200, "2031-03-10")


def test_pin_that_somebody_has_is_replaced_and_said_so(
    api: APIClient, unit: Unit, body: dict[str, Any]
) -> None:
    virtual_door(unit, name="Flat door")
    api.put(ADDRESS, body | {"preferred_code": "7391"})
    made = api.put(f"{LIST}pms/R-2", body | {"preferred_code": "7391"}).json()
    assert made["access"]["doors"][0]["code"] != "7391"
    assert "in use at Flat door" in made["access"]["note"]


def test_own_entries_are_kept_and_replaced_whole(api: APIClient, body: dict[str, Any]) -> None:
    own = {"ticket": 7, "vip": True, "note": "x", "gone": None}
    assert api.put(ADDRESS, body | {"metadata": own}).json()["metadata"] == own
    assert api.put(ADDRESS, body).json()["outcome"] == "unchanged"
    assert api.put(ADDRESS, {"metadata": {"a": "b"}}).json()["metadata"] == {"a": "b"}
    answer = api.put(ADDRESS, {"metadata": {"a": {"b": "c"}}})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, ["metadata.a"])
    assert api.put(ADDRESS, {"metadata": []}).status_code == 422


def test_agreed_times_count_instead_of_the_usual(api: APIClient, body: dict[str, Any]) -> None:
    usual = {"check_in_time": "15:00", "check_out_time": "11:00"}
    made = api.put(ADDRESS, body | usual | {"early_check_in": 13, "late_check_out": "12:30"}).json()
    assert (made["check_in_time"], made["check_out_time"]) == ("13:00:00", "12:30:00")
    back = api.put(ADDRESS, body | usual | {"early_check_in": None, "late_check_out": None}).json()
    assert (back["check_in_time"], back["check_out_time"]) == ("15:00:00", "11:00:00")


def test_reservation_that_is_held_back_later_says_so(
    api: APIClient, unit: Unit, body: dict[str, Any]
) -> None:
    """Its former codes have ended, and it is not over."""
    virtual_door(unit)
    api.put(ADDRESS, body)
    held = api.put(ADDRESS, {"hold_access": True}).json()["access"]
    assert (held["state"], [door["state"] for door in held["doors"]]) == ("held", ["ended"])
    assert held["reason"].startswith("Access is held back")
    tentative = api.put(ADDRESS, {"status": "tentative"}).json()["access"]
    assert (tentative["state"], tentative["reason"].split(":")[0]) == ("held", "The stay is tentative")
    assert api.delete(ADDRESS).json()["access"]["state"] == "ended"
