"""How often each address that looks at one thing asks the database: as often in a large house as in a small one. The
numbers count the statement that finds the key; lists are tested in test_lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from access.models import Event
from tests.access.api.test_lists import add_rows
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

ADDRESSES: dict[str, tuple[Callable[[World], str], int]] = {
    "reservation": (lambda w: f"reservations/{w.stay.source}/{w.stay.external_id}", 7),
    "its access keys": (lambda w: f"reservations/{w.stay.source}/{w.stay.external_id}/access-keys", 4),
    "door": (lambda w: f"doors/{w.door.public_id}", 3),
    "access code": (lambda w: f"access-codes/{w.code.public_id}", 3),
    "staff access": (lambda w: f"staff-access/{w.holder.public_id}", 7),
    "calendar feed": (lambda w: f"calendar-feeds/{w.feed.public_id}", 4),
    "problem": (lambda w: f"problems/{w.problem.public_id}", 2),
    "event": (lambda w: f"events/{w.event.public_id}", 3),
    "webhook endpoint": (lambda w: f"webhook-endpoints/{w.endpoint.public_id}", 2),
    "its deliveries": (lambda w: f"webhook-endpoints/{w.endpoint.public_id}/deliveries/", 3),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_looking_at_one_thing_asks_a_fixed_number_of_times(
    name: str, api_of: Callable[..., APIClient]
) -> None:
    world = make_world("ONE", now=timezone.now())
    Event.objects.update(position=F("pk"))
    address_of, most = ADDRESSES[name]
    api, address = api_of(world.workspace), f"/api/v1/{address_of(world)}"
    few = ask(api, address)
    add_rows(world)
    assert few == ask(api, address) == most


def ask(api: APIClient, address: str) -> int:
    api.get(address)  # the use of the key and the first look are noted
    with CaptureQueriesContext(connection) as queries:
        answer = api.get(address)
    assert answer.status_code == 200, answer.content
    return len(queries)
