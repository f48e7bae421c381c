from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from properties.enums import Role
from properties.models import Membership, User
from tests.factories import make_member, make_workspace
from tests.pages import assert_is_page, signed_in, text_of
from tests.world import World

PASSWORD = "horse staple battery 9"


@pytest.fixture
def no_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"


def pk_of(user: User) -> int:
    return Membership.objects.get(user=user).pk


def test_invited_person_chooses_a_password_and_comes_in(owner: Client, world: World, no_mail: None) -> None:
    owner.post(reverse("team-invite"), {"email": "mia@example.org", "role": "manager"})
    stored = "".join(one.session_data for one in Session.objects.all())
    shown = owner.get(reverse("team"))
    link = shown.context["secret"]
    again = owner.get(reverse("team")).content.decode()

    guest = Client()
    form = guest.get(link, follow=True)
    address = re.search(r'action="([^"]+set-password[^"]*)"', form.content.decode())
    assert address is not None
    guest.post(address[1], {"password1": PASSWORD, "password2": PASSWORD})
    signed = guest.post(reverse("account_login"), {"login": "mia@example.org", "password": PASSWORD})

    assert_is_page(shown)
    assert link not in again + stored
    assert signed.status_code == 302
    assert "Quay" in text_of(guest.get(reverse("board")))
    assert guest.get(reverse("team")).status_code == 403
    assert "set-password" not in Client().get(link, follow=True).request["PATH_INFO"]


def test_invited_person_can_set_up_a_second_factor(owner: Client, world: World, no_mail: None) -> None:
    owner.post(reverse("team-invite"), {"email": "mia@example.org", "role": "manager"})
    mia = User.objects.get(email="mia@example.org")
    mia.set_password(PASSWORD)
    mia.save()
    client = signed_in(mia)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    assert_is_page(client.get(reverse("mfa_activate_totp")))


def test_invitation_goes_by_mail_where_there_is_a_server(owner: Client, world: World) -> None:
    answer = owner.post(reverse("team-invite"), {"email": "mia@example.org", "role": "staff"}, follow=True)

    assert [one.to for one in mail.outbox] == [["mia@example.org"]]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    assert answer.context["secret"] == ""


def test_person_of_two_workspaces_switches_between_them(owner: Client, world: World) -> None:
    other = make_workspace("Elsewhere")
    user = make_member(other, Role.STAFF)
    owner.post(reverse("team-invite"), {"email": user.email, "role": "manager"})
    client = signed_in(user)
    client.post(reverse("workspace-switch"), {"workspace": str(world.workspace.public_id)})

    assert mail.outbox == []
    assert "Quay guest" in text_of(client.get(reverse("stay-list")))
    client.post(reverse("workspace-switch"), {"workspace": str(other.public_id)})
    assert "Quay guest" not in text_of(client.get(reverse("stay-list")))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"email": "", "role": "staff"}, "Whom do you invite"),
        ({"email": "no address", "role": "staff"}, "valid"),
        ({"email": "quay-staff@example.org", "role": "staff"}, "belongs to the workspace already"),
        ({"email": "mia@example.org", "role": "king"}, "king"),
    ],
)
def test_invitation_that_fails_says_why(owner: Client, given: dict[str, str], told: str) -> None:
    answer = owner.post(reverse("team-invite"), given)

    assert_is_page(answer, status=422)
    assert told in text_of(answer)


def test_role_is_changed_and_member_removed(owner: Client, world: World) -> None:
    pk = pk_of(world.staff)
    owner.post(reverse("team-role", args=[pk]), {"role": "manager"})
    assert Membership.objects.get(pk=pk).role == Role.MANAGER

    asked = owner.get(reverse("team-remove", args=[pk]))
    owner.post(reverse("team-remove", args=[pk]))
    assert_is_page(asked)
    assert signed_in(world.staff).get(reverse("board")).status_code == 403


def test_last_owner_stays(owner: Client, world: World) -> None:
    pk = pk_of(world.owner)
    demoted = owner.post(reverse("team-role", args=[pk]), {"role": "staff"}, follow=True)
    removed = owner.post(reverse("team-remove", args=[pk]), follow=True)

    assert "needs an owner" in text_of(demoted)
    assert "needs an owner" in text_of(removed)
    assert Membership.objects.get(pk=pk).role == Role.OWNER


def test_link_of_a_member_with_a_password_is_not_made(owner: Client, world: World) -> None:
    answer = owner.post(reverse("team-link", args=[pk_of(world.staff)]), follow=True)

    assert "has chosen a password" in text_of(answer)
    assert answer.context["secret"] == ""


@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF])
def test_team_is_for_owners(world: World, role: Role) -> None:
    client = signed_in(make_member(world.workspace, role))

    assert client.get(reverse("team")).status_code == 403
    assert client.post(reverse("team-invite"), {"email": "a@example.org", "role": "owner"}).status_code == 403
    assert client.post(reverse("team-role", args=[pk_of(world.staff)]), {"role": "owner"}).status_code == 403
    assert client.post(reverse("team-remove", args=[pk_of(world.staff)])).status_code == 403


def test_more_members_need_no_more_queries(owner: Client, world: World) -> None:
    owner.get(reverse("team"))
    with CaptureQueriesContext(connection) as few:
        owner.get(reverse("team"))
    for _ in range(2):
        make_member(world.workspace, Role.STAFF)
    with CaptureQueriesContext(connection) as many:
        owner.get(reverse("team"))

    assert len(many) == len(few)
