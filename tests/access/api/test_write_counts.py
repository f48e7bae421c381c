"""How often each address that writes asks the database, what is declared after the commit included: as often in a large
house as in a small one. Each is tried in a transaction that is taken back, so that each finds the world as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from access.enums import DeliveryStatus
from access.models import Event, WebhookDelivery, WebhookEndpoint
from tests.access.api.test_lists import add_rows
from tests.factories import make_stay, make_unit, virtual_door
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
Request = tuple[str, str, Any]
URL = "https://93.184.215.14/hook"


def reservation(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "unit": str(world.unit.public_id),
        "arrival_date": "2031-03-05",
        "departure_date": "2031-03-09",
        "guest": {"name": "Imogen Varga"},
        **fields,
    }


def named(world: World, number: int) -> dict[str, Any]:
    return reservation(world, source="pms", external_id=f"R-{number}")


def hook(world: World) -> str:
    return f"webhook-endpoints/{world.endpoint.public_id}"


def known(world: World) -> str:
    return f"reservations/{world.stay.source}/{world.stay.external_id}"


STAFF = {
    "holder_name": "Mira",
    "first_day": "2031-03-01",
    "start_time": 10,
    "end_time": 12,
    "rule": "FREQ=DAILY",
}
# By operation and case: what is sent.
WRITES: dict[tuple[str, str], Callable[[World], Request]] = {
    ("create_reservation", ""): lambda w: ("POST", "reservations/", reservation(w)),
    ("put_reservation", "new"): lambda w: ("PUT", "reservations/pms/R-1", reservation(w)),
    ("put_reservation", "same"): lambda w: ("PUT", known(w), {}),
    ("put_reservation", "moved"): lambda w: ("PUT", known(w), reservation(w)),
    ("put_reservation", "cancelled"): lambda w: ("PUT", known(w), {"status": "cancelled"}),
    ("put_reservation", "held"): lambda w: ("PUT", known(w), {"hold_access": True}),
    ("change_reservation", ""): lambda w: ("PATCH", known(w), {"notes": "x"}),
    ("cancel_reservation", ""): lambda w: ("DELETE", known(w), None),
    ("put_reservations", ""): lambda w: (
        "POST", "reservations/bulk", {"reservations": [named(w, 1), named(w, 2)]},
    ),
    ("give_staff_access", ""): lambda w: ("POST", "staff-access/", STAFF | {"doors": [str(w.door.public_id)]}),
    ("change_staff_access", "note"): lambda w: ("PATCH", f"staff-access/{w.holder.public_id}", {"note": "x"}),
    ("change_staff_access", "hours"): lambda w: ("PATCH", f"staff-access/{w.holder.public_id}", {"start_time": 9}),
    ("end_staff_access", ""): lambda w: ("DELETE", f"staff-access/{w.holder.public_id}", None),
    ("add_calendar_feed", ""): lambda w: (
        "POST", "calendar-feeds/", {"unit": str(w.unit.public_id), "url": "https://calendar.example/new.ics"},
    ),
    ("change_calendar_feed", "name"): lambda w: ("PATCH", f"calendar-feeds/{w.feed.public_id}", {"name": "x"}),
    ("change_calendar_feed", "off"): lambda w: (
        "PATCH", f"calendar-feeds/{w.feed.public_id}", {"is_active": False},
    ),
    ("stop_calendar_feed", ""): lambda w: ("DELETE", f"calendar-feeds/{w.feed.public_id}", None),
    ("create_webhook_endpoint", ""): lambda w: ("POST", "webhook-endpoints/", {"url": URL}),
    ("change_webhook_endpoint", ""): lambda w: ("PATCH", hook(w), {"description": "x", "is_enabled": False}),
    ("delete_webhook_endpoint", ""): lambda w: ("DELETE", hook(w), None),
    ("rotate_webhook_secret", ""): lambda w: ("POST", f"{hook(w)}/secret", None),
    ("replay_webhook_deliveries", ""): lambda w: (
        "POST", f"{hook(w)}/replay", {"since": "2020-01-01T00:00:00Z"},
    ),
    ("replay_webhook_delivery", ""): lambda w: (
        "POST", f"{hook(w)}/deliveries/{w.delivery.public_id}/replay", None,
    ),
    # The first look at a door code is written down.
    ("get_reservation", "first look"): lambda w: ("GET", known(w), None),
    ("get_access_code", "first look"): lambda w: ("GET", f"access-codes/{w.code.public_id}", None),
    ("get_access_keys", "first look"): lambda w: ("GET", f"{known(w)}/access-keys", None),
    ("get_staff_access", "first look"): lambda w: ("GET", f"staff-access/{w.holder.public_id}", None),
}  # fmt: skip


@pytest.fixture
def world() -> World:
    world = make_world("ONE", now=timezone.now())
    Event.objects.update(position=F("pk"))
    WebhookEndpoint.objects.update(url=URL)
    WebhookDelivery.objects.update(status=DeliveryStatus.FAILED)
    return world


def grow(world: World) -> None:
    """Three times as much: at this house, at this door, at this endpoint."""
    add_rows(world)
    for number in range(2):
        make_stay(world.unit, external_id=f"grown-{number}", now=timezone.now())
        neighbour = make_unit(world.place, name=f"grown {number}")
        virtual_door(neighbour, name=f"grown {number}")
        make_stay(neighbour, external_id=f"neighbour-{number}", now=timezone.now())
        WebhookDelivery.objects.create(
            endpoint=world.endpoint,
            event=Event.objects.exclude(deliveries__endpoint=world.endpoint).earliest("pk"),
            status=DeliveryStatus.FAILED,
        )


def test_every_operation_that_writes_is_counted() -> None:
    schema = json.loads((Path(settings.BASE_DIR) / "docs" / "openapi.json").read_text())
    found = {
        operation["operationId"]: method
        for methods in schema["paths"].values()
        for method, operation in methods.items()
        if method in {"get", "put", "post", "patch", "delete"}
    }
    assert {name for name, method in found.items() if method != "get"} <= {name for name, _ in WRITES}
    assert {name for name, _ in WRITES} <= found.keys()


@pytest.mark.parametrize(("operation", "case"), WRITES)
def test_writing_asks_as_often_in_a_large_house(
    operation: str,
    case: str,
    world: World,
    api_of: Callable[..., APIClient],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    api = api_of(world.workspace)
    api.get("/api/v1/units/")  # the use of the key is noted

    def ask() -> int:
        method, path, body = WRITES[operation, case](world)
        with transaction.atomic():
            with (
                CaptureQueriesContext(connection) as queries,
                django_capture_on_commit_callbacks(execute=True),
            ):
                answer = getattr(api, method.lower())(f"/api/v1/{path}", body)
            assert answer.status_code in {200, 201, 204}, answer.content
            transaction.set_rollback(True)
        return len(queries)

    few = ask()
    grow(world)
    assert ask() == few
    assert few <= 40
