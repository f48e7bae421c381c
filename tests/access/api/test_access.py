"""The answer to a reservation says what will happen on each door, and when; and then that happens."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from access.api_keys import create_key
from access.models import AccessCode
from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from tests.factories import NOW, lock_of, make_property, make_unit, virtual_door

ADDRESS = "/api/v1/reservations/pms/R-1"


@pytest.mark.django_db(transaction=True)
def test_answer_tells_the_doors_and_the_keypad_agrees(client: Any) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        unit = make_unit(make_property(time_zone="Europe/Zurich"))
        house = virtual_door(unit.property, brand="yale", name="House door")
        flat = virtual_door(unit, brand="smartthings", name="Flat door")
        _, secret = create_key(unit.property.workspace, name="pms", scopes=["read", "write"])
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"

        def send(**body: Any) -> dict[str, Any]:
            answer = client.put(ADDRESS, body, content_type="application/json")
            assert answer.status_code in {200, 201}
            return dict(answer.json())

        made = send(unit=str(unit.public_id), arrival_date="2027-03-10", departure_date="2027-03-12")
        assert made["access"]["state"] == "planned"
        assert {
            one["door"]: (one["state"], one["active_from"], one["active_to"], one["program_at"], one["code"])
            for one in made["access"]["doors"]
        } == {
            "House door": (
                "planned", "2027-03-10T14:00:00Z", "2027-03-12T10:00:00Z", "2027-03-07T14:00:00Z", None,
            ),
            "Flat door": (
                "planned", "2027-03-10T14:00:00Z", "2027-03-12T10:00:00Z", "2027-03-10T13:00:00Z", None,
            ),
        }  # fmt: skip
        assert "Sun 7 Mar 2027, 15:00 CET" in made["access"]["doors"][1]["reason"]

        pin = AccessCode.objects.all()[0].pin or ""
        clock.move_to(dt.datetime(2027, 3, 10, 14, 1, tzinfo=dt.UTC), tick=False)
        run_due()
        got = client.get(ADDRESS).json()
        assert (got["access"]["state"], {one["program_at"] for one in got["access"]["doors"]}) == (
            "active",
            {None},
        )
        assert keypad(lock_of(house), pin).opened
        assert keypad(lock_of(flat), pin).opened

        gone = client.delete(ADDRESS).json()
        assert (gone["outcome"], gone["access"]["state"]) == ("cancelled", "removing")
        run_due()
        assert client.get(ADDRESS).json()["access"]["state"] == "ended"
        assert not keypad(lock_of(flat), pin).opened


@pytest.mark.django_db(transaction=True)
def test_unknown_status_takes_the_code_away_and_says_why(client: Any) -> None:
    with time_machine.travel(NOW, tick=False):
        unit = make_unit()
        virtual_door(unit)
        _, secret = create_key(unit.property.workspace, name="pms", scopes=["read", "write"])
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        body = {
            "unit": str(unit.public_id), "arrival_date": "2027-03-10", "departure_date": "2027-03-12",
            "status": "half_confirmed",
        }  # fmt: skip
        made = client.put(ADDRESS, body, content_type="application/json").json()
        assert (made["status"], made["access"]["state"], made["access"]["doors"]) == ("tentative", "held", [])
        assert "until it is confirmed" in made["access"]["reason"]
        assert not AccessCode.objects.exists()
