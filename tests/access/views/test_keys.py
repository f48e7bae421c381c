from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from access.api_keys import create_key, find_key
from access.models import ApiKey
from tests.pages import assert_is_page, text_of
from tests.world import World


def test_key_is_shown_once(owner: Client, world: World) -> None:
    made = owner.post(reverse("api-key-list"), {"name": "Front desk"})

    key = ApiKey.objects.get(name="Front desk")
    secret = made.context["secret"]
    assert_is_page(made)
    assert (key.workspace, key.created_by) == (world.workspace, world.owner)
    assert find_key(secret) == key
    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert secret not in owner.get(reverse("api-key-list")).content.decode()


def test_key_needs_a_name(owner: Client) -> None:
    answer = owner.post(reverse("api-key-list"), {"name": ""})

    assert_is_page(answer, status=422)
    assert ApiKey.objects.count() == 1


def test_key_is_revoked_after_a_question(owner: Client, world: World) -> None:
    address = reverse("api-key-revoke", args=[world.key.public_id])

    asked = owner.get(address)
    owner.post(address)

    assert_is_page(asked)
    assert ApiKey.objects.get(pk=world.key.pk).revoked_at is not None
    assert "Revoked" in text_of(owner.get(reverse("api-key-list")))


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_has_no_part_in_keys(staff: Client, method: str) -> None:
    assert getattr(staff, method)(reverse("api-key-list"), {"name": "x"}).status_code == 403
    assert ApiKey.objects.count() == 1


def test_keys_are_listed_in_pages(owner: Client, world: World) -> None:
    for number in range(51):
        create_key(world.workspace, name=f"Key N{number:02}")

    first = text_of(owner.get(reverse("api-key-list")))
    second = text_of(owner.get(reverse("api-key-list"), {"page": 2}))

    assert ("Key N50" in first, "Key N00" in first, "Key N00" in second) == (True, False, True)
