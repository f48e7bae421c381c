from __future__ import annotations

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client

from properties.enums import Role
from properties.models import Membership, User
from properties.team import TeamRefused, change_role, invite, is_waiting, remove_member, renew_invitation
from tests.factories import make_member, make_workspace

pytestmark = pytest.mark.django_db
BY = "anna@example.org"


def membership_of(user: User) -> Membership:
    return Membership.objects.select_related("user", "workspace").get(user=user)


def test_new_person_gets_an_account_without_a_password() -> None:
    made = invite(make_workspace(), email="New@Example.org", role=Role.STAFF, actor=BY)

    assert (made.needs_link, made.membership.user.email, made.membership.role) == (
        True,
        "new@example.org",
        Role.STAFF,
    )
    assert is_waiting(made.membership.user)


def test_person_with_an_account_joins_a_second_workspace_without_a_link() -> None:
    user = make_member(make_workspace(), Role.STAFF)
    made = invite(make_workspace(), email=user.email.upper(), role=Role.OWNER, actor=BY)

    assert (made.needs_link, made.membership.user) == (False, user)
    assert {one.role for one in user.memberships.all()} == {Role.STAFF, Role.OWNER}


def test_person_is_not_invited_twice() -> None:
    workspace = make_workspace()
    user = make_member(workspace)

    with pytest.raises(TeamRefused, match="belongs to the workspace already"):
        invite(workspace, email=user.email, role=Role.STAFF, actor=BY)


def test_person_who_waits_elsewhere_gets_no_second_link() -> None:
    invite(make_workspace(), email="new@example.org", role=Role.STAFF, actor=BY)

    with pytest.raises(TeamRefused, match="invited elsewhere"):
        invite(make_workspace(), email="new@example.org", role=Role.STAFF, actor=BY)


def test_closed_account_is_not_invited() -> None:
    User.objects.create_user("gone@example.org", "correct horse battery", is_active=False)

    with pytest.raises(TeamRefused, match="closed"):
        invite(make_workspace(), email="gone@example.org", role=Role.STAFF, actor=BY)


def test_link_is_renewed_only_while_no_password_is_chosen() -> None:
    made = invite(make_workspace(), email="new@example.org", role=Role.STAFF, actor=BY)
    before = made.membership.user.password
    user = renew_invitation(made.membership, actor=BY)
    assert user.password != before

    user.set_password("correct horse battery")
    user.save()
    with pytest.raises(TeamRefused, match="has chosen a password"):
        renew_invitation(made.membership, actor=BY)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF])
def test_last_owner_is_neither_demoted_nor_removed(role: Role) -> None:
    owner = make_member(make_workspace())

    with pytest.raises(TeamRefused, match="needs an owner"):
        change_role(membership_of(owner), role=role, actor=BY)
    with pytest.raises(TeamRefused, match="needs an owner"):
        remove_member(membership_of(owner), actor=BY)
    assert membership_of(owner).role == Role.OWNER


def test_owner_goes_once_there_is_another() -> None:
    workspace = make_workspace()
    first, second = make_member(workspace), make_member(workspace, Role.MANAGER)
    change_role(membership_of(second), role=Role.OWNER, actor=BY)
    remove_member(membership_of(first), actor=BY)

    assert [one.user for one in workspace.memberships.all()] == [second]
    assert User.objects.filter(pk=first.pk).exists()


def test_link_of_a_workspace_that_let_the_person_go_opens_no_other() -> None:
    first = invite(make_workspace(), email="new@example.org", role=Role.STAFF, actor=BY)
    link = default_token_generator.make_token(first.membership.user)
    first.membership.delete()
    second = invite(make_workspace(), email="new@example.org", role=Role.OWNER, actor=BY)

    assert second.needs_link
    assert not default_token_generator.check_token(second.membership.user, link)


def test_nobody_takes_an_address_that_nobody_verified(client: Client) -> None:
    client.force_login(make_member(make_workspace()))
    for action in ("action_add", "action_primary"):
        assert client.post("/accounts/email/", {"email": "boss@example.org", action: ""}).status_code == 404
