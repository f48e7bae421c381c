from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.api_keys import create_key, find_key
from access.models import ApiKey
from tests.factories import NOW, make_property
from tests.pages import assert_is_page, text_of
from tests.world import World

LIST = "api-key-list"
RIGHTS = {"scopes": ["read", "write"], "reach": "all"}


def test_key_is_shown_once_and_made_once(owner: Client, world: World) -> None:
    made = owner.post(reverse("api-key-create"), {"name": "Front desk", **RIGHTS})
    stored = "".join(one.session_data for one in Session.objects.all())
    shown = owner.get(reverse(LIST))
    again = owner.get(reverse(LIST))

    key = ApiKey.objects.get(name="Front desk")
    secret = shown.context["secret"]
    assert (made.status_code, made["Location"]) == (302, reverse(LIST))
    assert_is_page(shown)
    assert (key.workspace, key.created_by, key.scopes, key.expires_at) == (
        world.workspace,
        world.owner,
        ["read", "write"],
        None,
    )
    assert find_key(secret) == key
    assert secret in shown.content.decode()
    assert secret not in stored
    assert "no-store" in shown["Cache-Control"]
    assert secret not in again.content.decode()
    assert ApiKey.objects.filter(name="Front desk").count() == 1


def test_key_is_not_shown_in_another_workspace_or_later(owner: Client, world: World, clock: object) -> None:
    owner.post(reverse("api-key-create"), {"name": "Late", **RIGHTS})
    clock.shift(dt.timedelta(minutes=11))  # type: ignore[attr-defined]  # the fixture's traveller

    assert owner.get(reverse(LIST)).context["secret"] == ""


def test_key_of_some_properties_ends(owner: Client, world: World) -> None:
    other = make_property(world.workspace)
    owner.post(
        reverse("api-key-create"),
        {
            "name": "Cleaning",
            "scopes": ["read"],
            "reach": "some",
            "properties": [str(other.public_id)],
            "life": "30",
        },
    )

    key = ApiKey.objects.get(name="Cleaning")
    assert (key.all_properties, list(key.properties.all())) == (False, [other])
    assert key.expires_at == NOW + dt.timedelta(days=30)
    assert other.name in text_of(owner.get(reverse(LIST)))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "Say which program uses it."),
        ({"scopes": []}, "at least one thing"),
        ({"reach": "some"}, "at least one property"),
        (
            {"properties": ["3f0c0b3e-6f5a-4c7e-9d67-1f8f3b1c2d4e"], "reach": "some"},
            "not one of the available",
        ),
    ],
)
def test_key_that_is_not_made_says_why(owner: Client, changed: dict[str, object], told: str) -> None:
    answer = owner.post(reverse("api-key-create"), {"name": "Kept name", **RIGHTS, **changed})

    assert_is_page(answer, status=422)
    assert told in text_of(answer)
    assert ("Kept name" in answer.content.decode()) == ("name" not in changed)
    assert ApiKey.objects.count() == 1


def test_key_is_replaced_and_the_old_one_ends_later(owner: Client, world: World) -> None:
    address = reverse("api-key-rotate", args=[world.key.public_id])

    asked = owner.get(address)
    owner.post(address, {"overlap": "24"})
    shown = owner.get(reverse(LIST))
    twice = owner.post(address, {"overlap": "24"})

    new = ApiKey.objects.get(replaces=world.key)
    world.key.refresh_from_db()
    assert_is_page(asked)
    assert find_key(shown.context["secret"]) == new
    assert world.key.expires_at == NOW + dt.timedelta(hours=24)
    assert "Replaced" in text_of(shown)
    assert_is_page(twice, status=422)
    assert "successor" in text_of(twice)


def test_key_is_revoked_after_a_question(owner: Client, world: World) -> None:
    address = reverse("api-key-revoke", args=[world.key.public_id])

    asked = owner.get(address)
    owner.post(address)

    assert_is_page(asked)
    assert ApiKey.objects.get(pk=world.key.pk).revoked_at is not None
    assert "Revoked" in text_of(owner.get(reverse(LIST)))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", [LIST, "api-key-create"])
def test_staff_has_no_part_in_keys(staff: Client, method: str, name: str) -> None:
    assert getattr(staff, method)(reverse(name), {"name": "x", **RIGHTS}).status_code in {403, 405}
    assert ApiKey.objects.count() == 1


def test_keys_are_listed_in_pages(owner: Client, world: World) -> None:
    for number in range(51):
        create_key(world.workspace, name=f"Key N{number:02}")

    first = text_of(owner.get(reverse(LIST)))
    second = text_of(owner.get(reverse(LIST), {"page": 2}))

    assert ("Key N50" in first, "Key N00" in first, "Key N00" in second) == (True, False, True)


def test_more_keys_need_no_more_queries(owner: Client, world: World) -> None:
    create_key(world.workspace, name="One", properties=[world.place], created_by=world.owner)
    owner.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        owner.get(reverse(LIST))
    for number in range(2):
        create_key(world.workspace, name=f"More {number}", properties=[world.place], created_by=world.owner)
    with CaptureQueriesContext(connection) as many:
        owner.get(reverse(LIST))

    assert len(many) == len(few)
