"""The OpenAPI description is complete, and what is really answered fits it."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it comes with drf-spectacular, untyped
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import make_member
from tests.world import make_world

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/reservations/pms/R-1"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    out = io.StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json", stdout=out)
    return dict(json.loads(out.getvalue()))


def check(schema: dict[str, Any], path: str, answer: Any) -> None:
    operation = schema["paths"][path][answer.request["REQUEST_METHOD"].lower()]
    content = operation["responses"][str(answer.status_code)]["content"]["application/json"]
    shape = {**content["schema"], "components": schema["components"]}
    jsonschema.Draft202012Validator(shape).validate(answer.json())


def test_schema_names_every_operation(schema: dict[str, Any]) -> None:
    found = {operation["operationId"] for path in schema["paths"].values() for operation in path.values()}
    assert found == {
        "list_properties", "list_units", "list_doors", "get_door",
        "list_reservations", "create_reservation", "get_reservation", "put_reservation", "change_reservation",
        "cancel_reservation", "put_reservations", "list_access_keys", "get_access_keys",
        "list_access_codes", "get_access_code",
        "list_staff_access", "give_staff_access", "get_staff_access", "change_staff_access", "end_staff_access",
        "list_calendar_feeds", "add_calendar_feed", "get_calendar_feed", "change_calendar_feed", "stop_calendar_feed",
        "list_problems", "get_problem", "list_events", "get_event",
        "list_webhook_endpoints", "create_webhook_endpoint", "get_webhook_endpoint", "change_webhook_endpoint",
        "delete_webhook_endpoint", "rotate_webhook_secret", "list_webhook_deliveries", "replay_webhook_delivery",
        "replay_webhook_deliveries",
    }  # fmt: skip
    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_checked_in_description_is_the_current_one(schema: dict[str, Any]) -> None:
    kept = json.loads((Path(settings.BASE_DIR) / "docs" / "openapi.json").read_text())
    assert kept == schema, "The API has changed: run make openapi, and look at the difference."


def test_every_operation_tells_its_refusals_and_parameters(schema: dict[str, Any]) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            assert {"401", "403", "429"} <= set(responses), (method, path)
            assert "{" not in path or "404" in responses or method == "put", (method, path)
            assert "requestBody" not in operation or {"400", "413", "415", "422"} <= set(responses), (
                method,
                path,
            )
            assert operation.get("description"), (method, path)


def test_answers_fit_the_schema(schema: dict[str, Any], api_of: Any) -> None:
    world = make_world("ONE", now=dt.datetime.now(dt.UTC))
    api: APIClient = api_of(world.workspace)
    one, many = "/api/v1/reservations/{source}/{external_id}", "/api/v1/reservations/"
    body = {"unit": str(world.unit.public_id), "arrival_date": "2031-03-05", "departure_date": "2031-03-06"}
    check(schema, one, api.put(ADDRESS, body))
    check(schema, one, api.put(ADDRESS, {"status": "strange"}))
    check(schema, one, api.put(ADDRESS, {"adults": "x"}))
    check(schema, one, api.put(ADDRESS, b"{", content_type="application/json"))
    check(schema, one, api.put(ADDRESS, b"a=1", content_type="text/plain"))
    check(schema, one, api.get(ADDRESS))
    check(schema, one, api.get(ADDRESS + "x"))
    check(schema, one, api.delete(ADDRESS))
    check(schema, many, api.get(many))
    check(schema, many, api.get(many, {"limit": 1}))
    check(schema, many, api.get(many, {"x": 1}))
    check(schema, "/api/v1/units/", api.get("/api/v1/units/"))
    check(schema, "/api/v1/properties/", api.get("/api/v1/properties/"))
    check(schema, "/api/v1/properties/", APIClient().get("/api/v1/properties/"))


@pytest.mark.parametrize("status", ["confirmed", None, {"category": "accepted"}])
@pytest.mark.parametrize("clock", ["15:00", 15, None])
def test_requests_that_are_taken_fit_the_schema(schema: dict[str, Any], status: Any, clock: Any) -> None:
    shape = {"$ref": "#/components/schemas/ReservationIn", "components": schema["components"]}
    body = {"status": status, "check_in_time": clock, "departure_date": None, "guest": None, "notes": "x"}
    jsonschema.Draft202012Validator(shape).validate(body)


def test_schema_is_served_to_keys_and_to_people(api: APIClient, client: Client, workspace: Any) -> None:
    client.force_login(make_member(workspace))
    for one in (api.get("/api/v1/schema/"), client.get("/api/v1/schema/")):
        assert one.status_code == 200
        assert b"put_reservation" in one.content
