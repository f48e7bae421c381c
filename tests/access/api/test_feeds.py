"""Calendar feeds over REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from properties.models import CalendarFeed, Unit
from tests.world import FEED_SECRET, World, make_world

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/calendar-feeds/"
URL = "https://calendar.example/a/b.ics?s=t0psecret"


@pytest.fixture
def world() -> World:
    return make_world("ONE", now=timezone.now())


def test_feed_tells_its_last_fetch_and_its_inbox(world: World, api_of: Any) -> None:
    (shown,) = api_of(world.workspace).get(ADDRESS).json()["results"]
    assert (shown["id"], shown["unit"]) == (str(world.feed.public_id), str(world.unit.public_id))
    assert (shown["inbox_count"], shown["masked_url"]) == (1, "https://calendar.example/…")
    assert (shown["last_fetch"]["outcome"], shown["last_fetch"]["http_status"]) == ("ok", 200)
    assert shown["last_fetch"]["message"] == "ONE fetch"


def test_address_is_never_answered(world: World, api_of: Any) -> None:
    api = api_of(world.workspace)
    for answer in (api.get(ADDRESS), api.patch(f"{ADDRESS}{world.feed.public_id}", {"name": "x"})):
        assert answer.status_code == 200
        assert FEED_SECRET not in answer.content.decode()


def test_feed_is_added_changed_stopped_and_started(api: APIClient, unit: Unit) -> None:
    made = api.post(ADDRESS, {"unit": str(unit.public_id), "url": URL, "name": "Airbnb"})
    assert made.status_code == 201, made.json()
    assert "t0psecret" not in made.content.decode()
    feed = CalendarFeed.objects.get()
    assert (feed.url, feed.is_active, made.json()["last_fetch"]) == (URL, True, None)
    address = f"{ADDRESS}{feed.public_id}"
    assert api.patch(address, {"channel": "airbnb", "is_active": False}).json()["is_active"] is False
    assert api.patch(address, {"is_active": True}).json()["channel"] == "airbnb"
    stopped = api.delete(address).json()
    assert (stopped["is_active"], stopped["next_fetch_at"]) == (False, None)
    assert api.get(ADDRESS, {"unit": str(unit.public_id)}).json()["results"] == [stopped]


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"url": "file:///etc/passwd"}, "url"), ({"url": "ftp://calendar.example/x.ics"}, "url"), ({"url": None}, "url"),
     ({"channel": "pigeon"}, "channel"), ({"unit": "x"}, "unit"),
     ({"unit": "00000000-0000-4000-8000-000000000000"}, "unit")],
)  # fmt: skip
def test_feed_that_cannot_be_is_refused(
    fields: dict[str, Any], path: str, api: APIClient, unit: Unit
) -> None:
    answer = api.post(ADDRESS, {"unit": str(unit.public_id), "url": URL} | fields)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [path])
    assert not CalendarFeed.objects.exists()


def test_calendar_of_an_archived_unit_is_neither_added_nor_started(api: APIClient, unit: Unit) -> None:
    made = api.post(ADDRESS, {"unit": str(unit.public_id), "url": URL, "is_active": False})
    address = f"{ADDRESS}{made.json()['id']}"
    Unit.objects.filter(pk=unit.pk).update(archived_at=timezone.now())

    added = api.post(ADDRESS, {"unit": str(unit.public_id), "url": URL})
    started = api.patch(address, {"name": "Other", "is_active": True})

    for answer, path, then in (
        (added, "unit", "before a calendar is added to it"),
        (started, "is_active", "before its calendar is read again"),
    ):
        assert answer.status_code == 422
        assert f"is archived: bring it back {then}." in str(answer.json()["error"]["fields"][path])
    feed = CalendarFeed.objects.get()
    assert (feed.is_active, feed.next_fetch_at, feed.name) == (False, None, "")
    assert api.patch(address, {"name": "Former"}).json()["name"] == "Former"
