from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from access.models import PersonalToken
from access.personal_tokens import find_token
from properties.models import Membership
from tests.factories import NOW, make_workspace
from tests.pages import assert_is_page, signed_in, text_of
from tests.world import World

LIST = "token-list"


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_token_is_shown_once_to_whoever_made_it(
    who: str, request: pytest.FixtureRequest, world: World
) -> None:
    client: Client = request.getfixturevalue(who)
    made = client.post(reverse("token-create"), {"name": "Laptop", "life": "30"})
    stored = "".join(one.session_data for one in Session.objects.all())
    shown = client.get(reverse(LIST))
    again = client.get(reverse(LIST))

    token = PersonalToken.objects.get(name="Laptop")
    secret = shown.context["secret"]
    assert (made.status_code, made["Location"]) == (302, reverse(LIST))
    assert_is_page(shown)
    assert find_token(secret, now=NOW) == token
    assert (token.user, token.expires_at) == (getattr(world, who), NOW + dt.timedelta(days=30))
    assert secret in shown.content.decode()
    assert secret not in stored
    assert secret not in again.content.decode()
    assert "no-store" in shown["Cache-Control"]


def test_form_without_a_name_says_so(owner: Client) -> None:
    answer = owner.post(reverse("token-create"), {"name": ""})
    assert_is_page(answer, status=422)
    assert "Say where it is used." in text_of(answer)


def test_nobody_sees_or_revokes_anothers(owner: Client, staff: Client, world: World) -> None:
    """Not even who owns the workspace: a token works in others as well."""
    staff.post(reverse("token-create"), {"name": "Desk phone"})
    theirs = PersonalToken.objects.get(name="Desk phone")
    staff.get(reverse(LIST))
    for client, name, strange in ((owner, world.token.name, theirs), (staff, "Desk phone", world.token)):
        shown = text_of(client.get(reverse(LIST)))
        assert (name in shown, strange.name in shown) == (True, False)
        for method in (client.get, client.post):
            assert method(reverse("token-revoke", args=[strange.pk])).status_code == 404
    assert not PersonalToken.objects.exclude(revoked_at=None).exists()


def test_token_is_revoked_after_a_question(owner: Client, world: World) -> None:
    address = reverse("token-revoke", args=[world.token.pk])
    asked = owner.get(address)
    owner.post(address)
    assert_is_page(asked)
    world.token.refresh_from_db()
    assert world.token.revoked_at == NOW
    assert "Revoked" in text_of(owner.get(reverse(LIST)))
    assert world.workspace.changes.filter(what="Personal token revoked").exists()


def test_page_tells_what_it_may_do_where(world: World) -> None:
    other = make_workspace("Second House")
    Membership.objects.create(workspace=other, user=world.owner, role="staff")
    client = signed_in(world.owner)
    shown = text_of(client.get(reverse(LIST)))
    assert f"Second House {other.public_id} Read" in shown
    assert f"{world.workspace.name} {world.workspace.public_id} Read, change, see door codes" in shown


def test_ways_lead_to_the_page(owner: Client) -> None:
    for name in ("board", "api-key-list"):
        assert f'href="{reverse(LIST)}"' in owner.get(reverse(name)).content.decode()
