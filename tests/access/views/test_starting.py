"""From nothing to a workspace and to a sandbox, without the admin and without the command line."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from access.models import AccessCode
from access.running.runner import run_due
from properties.enums import Role
from properties.models import Membership, Stay, User, Workspace
from tests.factories import make_member, make_workspace
from tests.pages import assert_is_page, signed_in, text_of

ADDRESS = "/workspace/new/"


@pytest.mark.django_db
def test_first_person_of_an_installation_makes_the_first_workspace() -> None:
    user = User.objects.create_superuser("ana@example.org", "correct horse battery")
    client = signed_in(user)

    first = client.get(reverse("board"))
    assert reverse("workspace-create") in first.content.decode()
    assert_is_page(client.get(ADDRESS))
    board = client.post(ADDRESS, {"name": "Quay Stays", "kind": "real"}, follow=True)

    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.is_sandbox) == ("Quay Stays", False)
    assert Membership.objects.get().role == Role.OWNER
    assert "From an empty workspace to the first working code" in text_of(board)
    assert workspace.changes.get().what == "Workspace made"


@pytest.mark.django_db
def test_form_without_a_name_says_so_and_keeps_the_choice() -> None:
    client = signed_in(make_member(make_workspace()))

    answer = client.post(ADDRESS, {"name": "  ", "kind": "sandbox"})

    assert_is_page(answer, status=422)
    assert "Give the workspace a name." in text_of(answer)
    assert 'value="sandbox" id="id_kind_1" checked' in " ".join(answer.content.decode().split()).replace(
        "required ", ""
    ).replace('aria-invalid="true" ', "")


@pytest.mark.django_db(transaction=True)
def test_sandbox_has_a_guest_whose_code_opens() -> None:
    """What the page promises: a code that can be shown and typed, without anything else to be done."""
    old = make_workspace()
    client = signed_in(make_member(old))

    board = client.post(ADDRESS, {"name": "Playground", "kind": "sandbox"}, follow=True)
    sandbox = Workspace.objects.exclude(pk=old.pk).get()
    for _ in range(3):
        run_due()

    assert sandbox.is_sandbox
    assert "Playground is here" in text_of(board)
    assert board.context["workspace"] == sandbox
    guests = Stay.objects.in_workspace(sandbox).filter(guest__name="Imogen Varga")
    codes = AccessCode.objects.filter(grant__stay__in=guests, is_backup=False)
    assert codes.count() == 2
    assert all(code.confirmed_at for code in codes)
    assert not Stay.objects.in_workspace(old).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF])
def test_workspaces_are_made_by_owners(role: Role) -> None:
    client = signed_in(make_member(make_workspace(), role))

    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, {"name": "Mine", "kind": "real"}).status_code == 403
    assert Workspace.objects.count() == 1


@pytest.mark.django_db
def test_nobody_makes_a_workspace_without_signing_in(client: Client) -> None:
    answer = client.post(ADDRESS, {"name": "Mine", "kind": "real"})

    assert (answer.status_code, Workspace.objects.count()) == (302, 0)


@pytest.mark.django_db
def test_first_steps_lead_to_a_sandbox_but_not_out_of_one() -> None:
    workspace = make_workspace()
    client = signed_in(make_member(workspace))
    assert "make a sandbox" in text_of(client.get(reverse("board")))

    Workspace.objects.filter(pk=workspace.pk).update(is_sandbox=True)
    page = text_of(client.get(reverse("board")))

    assert "make a sandbox" not in page
    assert "Sandbox" in page
