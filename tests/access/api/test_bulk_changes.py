"""What a bulk request makes of a reservation that is known is what a PUT makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from access.models import AccessCode, Event
from properties.booking import WantedChange, cancel_stay, change_stays, details_of
from properties.enums import CancelReason, PinPolicy
from properties.models import Guest, Stay, StayChange, Unit, Workspace
from tests.factories import NOW, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/api/v1/reservations/bulk"
SKIPPED = {"id", "public_id", "created_at", "updated_at", "external_id", "guest_id", "stay_id", "grant_id",
           "device_id", "access_code_id", "position", "occurred_at", "pin", "pin_key", "unit_id", "_state",
           "at", "source"}  # fmt: skip

CHANGES: dict[str, dict[str, Any]] = {
    "dates": {"arrival_date": "2031-03-06", "departure_date": "2031-03-12"},
    "departure alone": {"departure_date": "2031-03-10"},
    "guest": {"guest": {"name": "Somebody Else", "phone": "+41 44 668 18 00"}},
    "guest gone": {"guest": None},
    "notes": {"notes": "late", "metadata": {"a": 1}, "adults": 3},
    "times": {"check_in_time": "16:30", "late_check_out": "12:00"},
    "source's moment": {"source_updated_at": "2031-01-01T00:00:00Z"},
    "older": {"source_updated_at": "2029-01-01T00:00:00Z", "notes": "old"},
    "cancelled": {"status": "cancelled"},
    "tentative": {"status": "tentative"},
    "block": {"kind": "block"},
    "held": {"hold_access": True},
    "strange word": {"status": "whatever", "notes": "x"},
    "wish": {"preferred_code": "7391"},
    "nonsense": {"departure_date": "2031-03-05"},
}


@pytest.fixture(autouse=True)
def _stopped_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def flats(workspace: Workspace, unit: Unit) -> list[Unit]:
    """Two that are alike."""
    flats = [unit, make_unit(unit.property)]
    for flat in flats:
        virtual_door(flat)
    return flats


@pytest.fixture
def sent_both_ways(
    api: APIClient, flats: list[Unit], body: dict[str, Any]
) -> Callable[..., list[dict[str, Any]]]:
    """Sends the same for two reservations, once by PUT and once in a bulk request; returns both results."""

    def send(**fields: Any) -> list[dict[str, Any]]:
        put = api.put("/api/v1/reservations/pms/PUT", {**body, **fields})
        bulk = {**body, **fields, "source": "pms", "external_id": "BULK"}
        if fields.get("unit", body["unit"]) == body["unit"]:
            bulk["unit"] = str(flats[1].public_id)
        answer = api.post("/api/v1/reservations/bulk", {"reservations": [bulk]})
        (result,) = answer.json()["results"]
        alone = put.json()
        return [
            {"status": put.status_code, "outcome": alone.get("outcome"), "error": alone.get("error")},
            {name: result[name] for name in ("status", "outcome", "error")},
        ]

    return send


def plain(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name not in SKIPPED}


def kept(external_id: str) -> dict[str, Any]:
    """All that is known of one of them, but for its names."""
    stay = Stay.objects.get(external_id=external_id)
    codes = AccessCode.objects.filter(grant__stay=stay).order_by("pk")
    return {
        "stay": plain(stay),
        "guest": plain(Guest.objects.get(stays=stay)),
        "history": [plain(one) for one in StayChange.objects.filter(stay=stay).order_by("pk")],
        "codes": [(code.device_id is not None, plain(code)) for code in codes],
        "events": [plain(one) for one in Event.objects.filter(stay=stay).order_by("pk")],
    }


@pytest.mark.parametrize("name", CHANGES)
def test_change_makes_the_same(name: str, sent_both_ways: Callable[..., list[dict[str, Any]]]) -> None:
    sent_both_ways(source_updated_at="2030-06-01T00:00:00Z")
    alone, bulk = sent_both_ways(**CHANGES[name])
    assert alone == bulk
    assert kept("PUT") == kept("BULK")
    assert not Stay.objects.filter(acknowledged_revision=0).exists()


def test_cancelled_one_comes_back_the_same(sent_both_ways: Callable[..., list[dict[str, Any]]]) -> None:
    sent_both_ways()
    sent_both_ways(status="cancelled")
    alone, bulk = sent_both_ways(status="confirmed", notes="after all")
    assert alone["outcome"] == bulk["outcome"] == "reinstated"
    assert kept("PUT") == kept("BULK")


def test_one_that_a_person_cancelled_stays_so(sent_both_ways: Callable[..., list[dict[str, Any]]]) -> None:
    sent_both_ways()
    for stay in Stay.objects.all():
        cancel_stay(stay, reason=CancelReason.PERSON, actor="x", now=NOW)
    alone, bulk = sent_both_ways(status="confirmed", notes="new")
    assert alone["outcome"] == bulk["outcome"] == "kept_cancelled"
    assert kept("PUT") == kept("BULK")


def test_move_to_another_flat_takes_the_doors_along(
    flats: list[Unit], sent_both_ways: Callable[..., list[dict[str, Any]]]
) -> None:
    sent_both_ways()
    third = make_unit(flats[0].property)
    door = virtual_door(third)
    alone, bulk = sent_both_ways(unit=str(third.public_id))
    assert alone["outcome"] == bulk["outcome"] == "changed"
    live = AccessCode.objects.filter(revoked_at=None)
    assert {code.device_id for code in live} == {door.device_id}
    assert live.count() == 2


def test_one_item_that_no_row_can_hold_spoils_no_other(api: APIClient, body: dict[str, Any]) -> None:
    def item(name: str, **more: Any) -> dict[str, Any]:
        return {**body, "source": "pms", "external_id": name, **more}

    bad = json.dumps(item("BAD", metadata={"a": "endless"})).replace('"endless"', "1e400")
    endless = f'{{"reservations": [{json.dumps(item("GOOD"))}, {bad}]}}'
    answer = api.post(ADDRESS, endless, content_type="application/json")

    assert [one["status"] for one in answer.json()["results"]] == [201, 422]
    assert "metadata.a" in json.dumps(answer.json()["results"][1]["error"])


def test_new_ones_get_the_digits_of_their_phones_where_the_workspace_wants_them(
    api: APIClient, workspace: Workspace, flats: list[Unit], body: dict[str, Any]
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(pin_policy=PinPolicy.PHONE)
    guest = {"name": "Ada Quay", "phone": "+41 44 668 18 73"}

    api.post(ADDRESS, {"reservations": [{**body, "guest": guest, "source": "pms", "external_id": "BULK"}]})

    assert [code.pin for code in AccessCode.objects.filter(grant__stay__external_id="BULK")] == ["1873"]


def test_stay_that_moved_since_it_was_looked_up_is_left_out(flats: list[Unit], workspace: Workspace) -> None:
    stay = make_stay(flats[1])
    before = details_of(stay)

    outcomes = change_stays(
        workspace,
        {stay.pk: WantedChange(flats[0].pk, flats[0], lambda _: replace(before, notes="late"))},
        actor="key", now=NOW,
    )  # fmt: skip

    stay.refresh_from_db()
    assert (outcomes, stay.unit_id, stay.notes) == ({}, flats[1].pk, "")
