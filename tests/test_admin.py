"""The admin over all models: complete, superusers only, blind to secrets, and no dearer for three rows than for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.api_keys import find_key
from locks.models import Device
from properties.admin_base import ReadMostlyAdmin, is_secret
from properties.models import Membership, User, Workspace
from tests.factories import NOW, make_workspace
from tests.world import CREDENTIAL, FEED_SECRET, FOREIGN_PIN, HOOK_SECRET, PIN, TOKEN, make_world

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test import Client

pytestmark = pytest.mark.django_db

OURS = ("properties", "locks", "virtual", "access")
SECRETS = (PIN, FOREIGN_PIN, FEED_SECRET, CREDENTIAL, HOOK_SECRET, TOKEN)
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]


@pytest.fixture
def root(client: Client) -> Client:
    user = User.objects.create_superuser("root@example.org", "correct horse battery")
    client.force_login(user)
    return client


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def names(models: list[type[Model]]) -> list[str]:
    return [model._meta.label for model in models]


def test_every_model_has_a_page() -> None:
    assert names([model for model in MODELS if not admin.site.is_registered(model)]) == []


@pytest.mark.parametrize("model", MODELS, ids=names(MODELS))
def test_list_costs_as_many_queries_for_three_rows_as_for_one(model: type[Model], root: Client) -> None:
    make_world("ONE", now=NOW)
    with CaptureQueriesContext(connection) as one:
        assert root.get(address(model, "changelist")).status_code == 200

    make_world("TWO", now=NOW)
    make_world("THREE", now=NOW)
    with CaptureQueriesContext(connection) as three:
        assert root.get(address(model, "changelist")).status_code == 200

    assert len(three) <= len(one)


@pytest.mark.parametrize("model", MODELS, ids=names(MODELS))
def test_pages_of_a_model_show_no_secret(model: type[Model], root: Client) -> None:
    world = make_world("MARK", now=NOW)
    hidden = [
        *SECRETS,
        world.key.key_hash,
        world.key_secret,
        str(world.code.pin_key),
        str(world.lock_code.pin_key),
    ]
    rows = list(model._default_manager.all())
    pages = [root.get(address(model, "changelist"), {"q": "MARK"})]
    for row in rows:
        pages += [root.get(address(model, "change", row.pk)), root.get(address(model, "history", row.pk))]

    assert rows, f"make_world leaves no {model._meta.label}"
    assert {page.status_code for page in pages} == {200}
    assert [text for text in hidden for page in pages if text in page.content.decode()] == []


@pytest.mark.parametrize("model", sorted(set(MODELS) - {User}, key=str))
def test_no_form_takes_a_secret(model: type[Model]) -> None:
    page = admin.site.get_model_admin(model)
    assert isinstance(page, ReadMostlyAdmin)
    secret = {field.name for field in model._meta.fields if is_secret(field)}
    assert secret.isdisjoint(page.editable)


@pytest.mark.parametrize(
    "label",
    [
        "properties.Stay", "properties.CalendarFeed", "properties.FeedEvent", "properties.Unit", "properties.Property",
        "properties.User", "properties.Workspace", "locks.Account", "locks.Device", "locks.Door",
        "access.AccessGrant", "access.AccessCode", "access.LockCode", "access.Event", "access.Problem", "access.ApiKey",
    ],
)  # fmt: skip
def test_what_outlives_its_reason_cannot_be_deleted(label: str, root: Client) -> None:
    make_world("MARK", now=NOW)
    model = apps.get_model(label)
    row = model._default_manager.first()
    assert row is not None

    direct = root.post(address(model, "delete", row.pk), {"post": "yes"})
    root.post(
        address(model, "changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )

    assert direct.status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def test_stay_cannot_be_changed(root: Client) -> None:
    world = make_world("MARK", now=NOW)
    assert root.post(address(type(world.stay), "change", world.stay.pk), {"notes": "x"}).status_code == 403


def test_change_of_a_device_writes_only_what_was_edited(root: Client) -> None:
    device = make_world("MARK", now=NOW).device
    with CaptureQueriesContext(connection) as queries:
        answer = root.post(address(Device, "change", device.pk), {"name": "Front door"})

    updates = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "locks_device"')]
    device.refresh_from_db()
    assert (answer.status_code, device.name) == (302, "Front door")
    assert [sql for sql in updates if "wake_at" in sql] == []


def test_workspace_is_made_with_its_first_member(root: Client) -> None:
    owner = User.objects.get()
    answer = root.post(
        address(Workspace, "add"),
        {
            "name": "Lakeside", "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0",
            "memberships-0-user": str(owner.pk), "memberships-0-role": "owner",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    assert Membership.objects.get(workspace__name="Lakeside").user == owner


def test_user_is_made_and_the_password_is_never_shown(root: Client) -> None:
    answer = root.post(
        address(User, "add"),
        {
            "email": "new@example.org", "usable_password": "true",
            "password1": "a long enough phrase", "password2": "a long enough phrase",
            "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
        },
    )  # fmt: skip
    user = User.objects.get(email="new@example.org")
    page = root.get(address(User, "change", user.pk)).content.decode()
    assert answer.status_code == 302
    assert user.check_password("a long enough phrase")
    assert user.password not in page


def test_api_key_is_revoked_by_its_action(root: Client) -> None:
    world = make_world("MARK", now=NOW)
    root.post(
        address(type(world.key), "changelist"), {"action": "revoke", "_selected_action": [world.key.pk]}
    )
    assert find_key(world.key_secret) is None


def test_second_factor_can_be_removed_and_its_seed_is_not_shown(root: Client) -> None:
    from allauth.mfa.models import Authenticator

    seed = "JBSWY3DPEHPK3PXP"
    row = Authenticator.objects.create(user=User.objects.get(), type="totp", data={"secret": seed})
    shown = root.get(address(Authenticator, "change", row.pk)).content.decode()
    removed = root.post(address(Authenticator, "delete", row.pk), {"post": "yes"})
    assert seed not in shown
    assert removed.status_code == 302
    assert not Authenticator.objects.exists()


def test_staff_who_is_no_superuser_is_refused(client: Client) -> None:
    user = User.objects.create(email="staff@example.org", is_staff=True, password=make_password("x"))
    client.force_login(user)
    make_workspace()
    assert client.get("/admin/login/").status_code == 403
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/autocomplete/", follow=True).status_code == 403


def test_stranger_signs_in_through_the_ordinary_page(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_superuser_comes_in(root: Client) -> None:
    assert root.get("/admin/").status_code == 200
    assert root.get("/admin/login/").headers["Location"] == "/admin/"
