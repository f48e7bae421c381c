"""Many reservations in one request."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from access.api.bulk import MOST
from access.models import AccessCode, Event
from locks.models import Device
from properties.booking import cancel_stay
from properties.enums import CancelReason
from properties.models import Stay, StayChange, Unit, Workspace
from tests.factories import make_property, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/api/v1/reservations/bulk"
DAY = dt.date(2031, 3, 5)


def one(number: int, unit: Unit, **fields: Any) -> dict[str, Any]:
    start = DAY + dt.timedelta(days=3 * number)
    return {
        "source": "pms",
        "external_id": f"R-{number}",
        "unit": str(unit.public_id),
        "arrival_date": str(start),
        "departure_date": str(start + dt.timedelta(days=3)),
        "guest": {"name": f"Guest {number}"},
        **fields,
    }


def send(api: APIClient, *items: Any, status: int = 200, raw: bool = False) -> dict[str, Any]:
    body = json.dumps({"reservations": list(items)})
    if raw:
        # JSON can carry half of a character, which no answer can be encoded with.
        body = body.replace("half", "\\ud800")
    answer = api.post(ADDRESS, body, content_type="application/json")
    assert answer.status_code == status, answer.json()
    return dict(answer.json())


def statuses(answer: dict[str, Any]) -> list[int]:
    return [result["status"] for result in answer["results"]]


@pytest.fixture
def doors(unit: Unit) -> None:
    virtual_door(unit.property, name="House door")
    virtual_door(unit, name="Flat door")


def test_new_ones_are_created_declared_and_answered(api: APIClient, unit: Unit, doors: None) -> None:
    answer = send(api, *(one(number, unit) for number in range(5)))
    assert (answer["succeeded"], answer["failed"], statuses(answer)) == (5, 0, [201] * 5)
    assert AccessCode.objects.count() == 10
    pins = {code.pin for code in AccessCode.objects.all()}
    assert len(pins) == 5
    for number, result in enumerate(answer["results"]):
        assert (result["index"], result["external_id"], result["outcome"]) == (
            number,
            f"R-{number}",
            "created",
        )
        assert {door["state"] for door in result["reservation"]["access"]["doors"]} == {"planned"}
    assert not Stay.objects.filter(acknowledged_revision=0).exists()
    assert Event.objects.filter(type="access_code.created").count() == 10
    assert StayChange.objects.filter(action="created", actor="API key Front desk").count() == 5


def test_bulk_makes_what_a_put_makes(api: APIClient, unit: Unit, doors: None) -> None:
    body = one(0, unit, check_in_time=16, adults=2, notes="x", metadata={"a": 1})
    send(api, body)
    sent = {name: value for name, value in body.items() if name not in {"source", "external_id"}}
    put = api.put("/api/v1/reservations/pms/R-0", sent)
    assert put.json()["outcome"] == "unchanged"
    api.put("/api/v1/reservations/pms/P-0", sent)
    skipped = {"id", "public_id", "external_id", "created_at", "updated_at", "guest_id", "_state"}
    bulk, single = (
        {name: value for name, value in vars(stay).items() if name not in skipped}
        for stay in Stay.objects.order_by("pk")
    )
    assert bulk == single
    assert StayChange.objects.first().fields == StayChange.objects.last().fields  # type: ignore[union-attr]  # both are there


def test_one_bad_one_spoils_no_other(api: APIClient, unit: Unit, doors: None) -> None:
    foreign = make_unit()
    answer = send(
        api,
        one(0, unit),
        {**one(1, unit), "arrival_date": "soon"},
        one(2, foreign),
        "nonsense",
        one(3, unit, source="manual"),
        one(4, unit, departure_date=str(DAY)),
        one(5, unit, preferred_code="12"),
        one(6, unit, external_id="half"),
        one(7, unit),
        raw=True,
    )
    assert statuses(answer) == [201, 422, 422, 422, 422, 422, 422, 422, 201]
    assert (answer["succeeded"], answer["failed"]) == (2, 7)
    fields = [list(result["error"]["fields"]) for result in answer["results"] if result["error"]]
    assert fields == [
        ["arrival_date"], ["unit"], ["body"], ["source"], ["departure_date"], ["preferred_code"], ["external_id"],
    ]  # fmt: skip
    assert Stay.objects.count() == 2


def test_known_ones_are_changed_left_or_refused(api: APIClient, unit: Unit, doors: None) -> None:
    send(api, *(one(number, unit) for number in range(3)))
    cancel_stay(Stay.objects.get(external_id="R-2"), reason=CancelReason.PERSON, actor="x", now=_now())
    answer = send(
        api,
        one(0, unit),
        one(1, unit, adults=3),
        one(2, unit, status="confirmed"),
        one(3, unit, status="strange"),
    )
    assert [result["outcome"] for result in answer["results"]] == [
        "unchanged", "changed", "kept_cancelled", "created",
    ]  # fmt: skip
    assert statuses(answer) == [200, 200, 200, 201]
    assert "status" in answer["results"][3]["notices"][0]


def test_the_same_twice_in_one_request_is_one(api: APIClient, unit: Unit, doors: None) -> None:
    answer = send(api, one(0, unit), one(0, unit, adults=2), one(0, unit, adults=2))
    assert [result["outcome"] for result in answer["results"]] == ["created", "changed", "unchanged"]
    assert Stay.objects.get().adults == 2


@pytest.mark.parametrize("fields", [{"preferred_code": "7391"}, {"hold_access": True}, {"kind": "block"}])
def test_unusual_ones_are_declared_as_alone(
    fields: dict[str, Any], api: APIClient, unit: Unit, doors: None
) -> None:
    send(api, one(0, unit, **fields), one(1, unit))
    usual, unusual = (AccessCode.objects.filter(grant__stay__external_id=f"R-{n}") for n in (1, 0))
    assert usual.count() == 2
    assert {code.pin for code in unusual} == ({"7391"} if "preferred_code" in fields else set())
    assert not Stay.objects.filter(acknowledged_revision=0).exists()


def test_unit_whose_locks_choose_or_share_no_length_is_declared(api: APIClient, unit: Unit) -> None:
    devices = [virtual_door(place).device for place in (unit, unit.property)]
    for number, device in zip((4, 6), devices, strict=True):
        Device.objects.filter(pk=device.pk).update(capabilities={"pin_lengths": [number]})
    send(api, one(0, unit))
    assert sorted(len(code.pin or "") for code in AccessCode.objects.all()) == [4, 6]


@pytest.mark.parametrize(
    "body", [{}, {"reservations": []}, {"reservations": {}}, {"reservations": [1] * 1001}]
)
def test_list_that_is_none_is_refused(body: dict[str, Any], api: APIClient) -> None:
    answer = api.post(ADDRESS, body)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, ["reservations"])
    assert MOST == 1000


def test_key_of_one_house_changes_nothing_elsewhere(
    api: APIClient, api_of: Callable[..., APIClient], workspace: Workspace, unit: Unit
) -> None:
    far = make_unit(make_property(workspace))
    make_stay(far, source="pms", external_id="R-0", arrival_date=DAY)
    near = api_of(workspace, properties=[unit.property])
    answer = send(near, one(0, unit), one(1, far), one(2, unit), {"source": "pms", "external_id": "R-0"})
    assert statuses(answer) == [409, 422, 201, 409]
    assert Stay.objects.get(external_id="R-0").unit == far


def test_cost_of_each_is_small(api: APIClient, unit: Unit, doors: None) -> None:
    send(api, one(0, unit))
    with CaptureQueriesContext(connection) as few:
        send(api, *(one(number, unit) for number in range(1, 3)))
    with CaptureQueriesContext(connection) as many:
        send(api, *(one(number, unit) for number in range(3, 63)))
    assert len(many) == len(few)


def test_repeated_request_is_answered_again(api: APIClient, unit: Unit, doors: None) -> None:
    sent = {"reservations": [one(0, unit)]}
    first = api.post(ADDRESS, sent, headers={"Idempotency-Key": "k"})
    again = api.post(ADDRESS, sent, headers={"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
