"""webhooks/*, workspaces/* and client_sessions/*: what programs keep for themselves, and what each may see."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from seam.seam import Seam
from seam.seam_without_workspace import SeamWithoutWorkspace

from access.api_keys import create_key
from access.models import ApiKey, ClientSession, WebhookEndpoint
from access.personal_tokens import create_token
from locks.models import Device
from properties.enums import Role
from properties.models import Membership, User, Workspace, WorkspaceChange
from tests.access.seam.conftest import Face, limited_face
from tests.access.seam.test_connecting import connect
from tests.factories import make_account, make_device, make_member, make_property, make_workspace
from tests.pages import signed_in

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/keyturn"


def make_token(user: User) -> str:
    return create_token(user, name="Laptop", now=timezone.now())[1]


def test_webhook_is_made_shown_changed_and_deleted(face: Face) -> None:
    webhook = face.post("webhooks/create", url=URL)["webhook"]
    assert (webhook["url"], webhook["event_types"]) == (URL, ["*"])
    assert webhook["secret"].startswith("whsec_")
    one = webhook["webhook_id"]
    assert face.post("webhooks/get", webhook_id=one)["webhook"] == webhook
    assert face.post("webhooks/list")["webhooks"] == [webhook]
    assert face.send("PUT", "webhooks/update", {"webhook_id": one, "event_types": ["lock.unlocked"]}).json()[
        "ok"
    ]
    assert face.post("webhooks/get", webhook_id=one)["webhook"]["event_types"] == ["lock.unlocked"]
    assert face.send("DELETE", "webhooks/delete", query=f"webhook_id={one}").json() == {"ok": True}
    status, error = face.error("webhooks/get", webhook_id=one)
    assert (status, error["type"]) == (404, "webhook_not_found")
    assert face.post("webhooks/list")["webhooks"] == []


def test_webhook_that_cannot_be_is_refused(face: Face) -> None:
    assert face.error("webhooks/create", url=URL, event_types=["no.such"])[1]["type"] == "invalid_event_types"
    one = face.post("webhooks/create", url=URL)["webhook"]["webhook_id"]
    status, error = face.error("webhooks/update", webhook_id=one, event_types=["no.such"])
    assert (status, error["type"]) == (400, "invalid_event_types")
    for wrong in ({}, {"url": ""}, {"url": "ftp://x"}, {"url": 7}):
        assert face.error("webhooks/create", **wrong)[1]["type"] == "invalid_input", wrong


def test_webhooks_are_for_who_may_see_codes(workspace: Workspace, face: Face) -> None:
    one = face.post("webhooks/create", url=URL)["webhook"]["webhook_id"]
    writer, reader = limited_face(workspace, "read", "write"), limited_face(workspace, "read")
    assert writer.error("webhooks/create", url=URL)[0] == 403
    assert reader.post("webhooks/get", webhook_id=one)["webhook"]["secret"] is None
    narrow = Face(create_key(workspace, name="House", properties=[make_property(workspace)])[1])
    assert narrow.error("webhooks/create", url=URL)[0] == 403
    assert narrow.post("webhooks/list")["webhooks"] == []


def test_webhooks_of_others_and_of_our_own_shape_are_not_seen(face: Face, workspace: Workspace) -> None:
    stranger = Face(create_key(make_workspace(), name="Stranger")[1])
    one = stranger.post("webhooks/create", url=URL)["webhook"]["webhook_id"]
    WebhookEndpoint.objects.create(workspace=workspace, url=URL, secret="whsec_x", event_types=["*"])
    for path in ("webhooks/get", "webhooks/delete"):
        assert face.error(path, webhook_id=one)[0] == 404
    assert face.post("webhooks/list")["webhooks"] == []


def test_key_knows_its_workspace(face: Face, workspace: Workspace) -> None:
    told = face.post("workspaces/get")["workspace"]
    assert told["workspace_id"] == str(workspace.public_id)
    assert (told["name"], told["is_sandbox"], told["is_suspended"]) == (workspace.name, True, False)
    assert face.post("workspaces/list")["workspaces"] == [told]
    assert face.send("PATCH", "workspaces/update", {"name": "Harbour"}).json() == {"ok": True}
    assert face.post("workspaces/get")["workspace"]["name"] == "Harbour"
    noted = WorkspaceChange.objects.get(workspace=workspace, what="Settings changed")
    assert (noted.actor, noted.detail) == ("API key Tests", f"name: {workspace.name} → Harbour")
    for wrong in (
        {"is_suspended": True},
        {"is_publishable_key_auth_enabled": True},
        {"name": "a", "company_name": "b"},
    ):
        assert face.error("workspaces/update", **wrong)[1]["type"] == "invalid_input"


def test_key_makes_no_workspace(face: Face) -> None:
    assert face.error("workspaces/create", name="Mine")[0] == 403
    assert Workspace.objects.count() == 1


def test_person_makes_and_lists_workspaces(workspace: Workspace) -> None:
    person = make_member(workspace)
    make_workspace("Another")
    token = Face(make_token(person))
    made = token.post("workspaces/create", name="New", is_sandbox=True)["workspace"]
    assert made["is_sandbox"] is True
    assert Membership.objects.get(workspace__name="New").role == Role.OWNER
    assert WorkspaceChange.objects.get(workspace__name="New").actor == person.email
    names = [one["name"] for one in token.post("workspaces/list")["workspaces"]]
    assert names == [workspace.name, "New"]
    assert token.error("workspaces/get")[0] == 401
    token.headers["seam-workspace"] = made["workspace_id"]
    assert token.post("workspaces/get")["workspace"] == made


def test_sandbox_is_reset(face: Face, workspace: Workspace) -> None:
    connect(face)
    attempt = face.post("workspaces/reset_sandbox")["action_attempt"]
    assert (attempt["action_type"], attempt["status"]) == ("RESET_SANDBOX_WORKSPACE", "success")
    again = face.post("action_attempts/get", action_attempt_id=attempt["action_attempt_id"])["action_attempt"]
    assert again["status"] == "success"
    for path, key in (
        ("devices/list", "devices"),
        ("connected_accounts/list", "connected_accounts"),
        ("connect_webviews/list", "connect_webviews"),
    ):
        assert face.post(path)[key] == [], path
    assert len(connect(face)["connected_account_id"]) == 36


def test_real_workspace_is_not_reset(face: Face, workspace: Workspace) -> None:
    make_device(workspace)
    workspace.is_sandbox = False
    workspace.save()
    assert face.error("workspaces/reset_sandbox")[1]["type"] == "workspace_not_sandbox"
    assert Device.objects.in_workspace(workspace).exists()


def session_of(face: Face, **params: Any) -> tuple[dict[str, Any], Face]:
    session = face.post("client_sessions/create", **params)["client_session"]
    return session, Face(session["token"])


def test_session_sees_its_accounts_and_no_more(face: Face, workspace: Workspace) -> None:
    mine, other = make_device(workspace), make_device(workspace, brand="nuki")
    session, browser = session_of(
        face, user_identifier_key="user-1", connected_account_ids=[str(mine.account.public_id)]
    )

    assert session["connected_account_ids"] == [str(mine.account.public_id)]
    assert session["device_count"] == 1
    devices = browser.post("devices/list")["devices"]
    assert [device["device_id"] for device in devices] == [str(mine.public_id)]
    assert len(browser.post("connected_accounts/list")["connected_accounts"]) == 1
    assert browser.error("devices/get", device_id=str(other.public_id))[0] == 404
    assert browser.error("locks/unlock_door", device_id=str(other.public_id))[0] == 404
    seen = browser.post("events/list", since="2020-01-01")["events"]
    assert str(other.public_id) not in {event.get("device_id") for event in seen}
    for path, params in (
        ("webhooks/list", {}), ("webhooks/create", {"url": URL}), ("workspaces/update", {"name": "x"}),
        ("workspaces/reset_sandbox", {}), ("client_sessions/list", {}), ("client_sessions/create", {}),
    ):  # fmt: skip
        assert browser.error(path, **params)[0] == 403, path
    assert [
        one["device_id"] for one in face.post("devices/list", user_identifier_key="user-1")["devices"]
    ] == [str(mine.public_id)]
    assert (
        browser.post("client_sessions/get")["client_session"]["client_session_id"]
        == session["client_session_id"]
    )


def test_session_connects_its_own_locks(face: Face, workspace: Workspace) -> None:
    make_device(workspace)
    _, browser = session_of(face)
    assert browser.post("devices/list")["devices"] == []

    connect(browser, "nuki")

    assert [one["display_name"] for one in browser.post("devices/list")["devices"]] == ["Office Lock"]
    assert len(browser.post("connect_webviews/list")["connect_webviews"]) == 1


def test_session_is_one_for_each_user(face: Face) -> None:
    first = face.post("client_sessions/create", user_identifier_key="user-1")["client_session"]
    status, error = face.error("client_sessions/create", user_identifier_key="user-1")
    assert (status, error["type"]) == (400, "client_session_token_already_exists")
    again = face.post("client_sessions/get_or_create", user_identifier_key="user-1")["client_session"]
    assert again == first
    other = face.post("client_sessions/get_or_create", user_identifier_key="user-2")["client_session"]
    assert other["client_session_id"] != first["client_session_id"]
    assert face.post("client_sessions/get", user_identifier_key="user-2")["client_session"] == other
    assert len(face.post("client_sessions/list")["client_sessions"]) == 2
    assert face.post("client_sessions/list", user_identifier_key="user-1")["client_sessions"] == [first]


@pytest.mark.django_db(transaction=True)
def test_session_that_two_make_at_once_is_one(face: Face, workspace: Workspace) -> None:
    made = threading.Event()

    def make() -> None:
        try:
            with transaction.atomic():
                ClientSession.objects.create(
                    workspace=workspace, token="t", token_hash="h", user_identifier_key="user-1"
                )
                made.set()
                time.sleep(0.5)
        finally:
            connection.close()

    other = threading.Thread(target=make)
    other.start()
    assert made.wait(10)
    answer = face.post("client_sessions/get_or_create", user_identifier_key="user-1")
    other.join()

    assert answer["ok"]
    assert answer["client_session"]["client_session_id"] == str(ClientSession.objects.get().public_id)


def test_session_is_granted_more_and_taken_away(face: Face, workspace: Workspace) -> None:
    account = make_account(workspace)
    session, browser = session_of(face, expires_at="2099-01-01T00:00:00Z")
    one = session["client_session_id"]
    granted = {"client_session_id": one, "connected_account_ids": [str(account.public_id)]}
    assert face.send("PATCH", "client_sessions/grant_access", granted).json()["ok"]
    assert len(browser.post("connected_accounts/list")["connected_accounts"]) == 1
    strange = make_account(make_workspace())
    granted["connected_account_ids"] = [str(strange.public_id)]
    assert face.error("client_sessions/grant_access", **granted)[1]["type"] == "connected_account_not_found"

    assert face.post("client_sessions/revoke", client_session_id=one)["ok"]
    status, error = browser.error("devices/list")
    assert (status, error["type"]) == (401, "client_session_revoked")
    assert face.send("DELETE", "client_sessions/delete", query=f"client_session_id={one}").json()["ok"]
    assert browser.error("devices/list")[1]["type"] == "client_session_not_found"
    assert face.error("client_sessions/get", client_session_id=one)[1]["type"] == "client_session_not_found"


def test_session_is_no_way_round_a_keys_limits(workspace: Workspace, face: Face) -> None:
    writer = limited_face(workspace, "read", "write")
    assert writer.error("client_sessions/create")[0] == 403
    narrow = Face(create_key(workspace, name="House", properties=[make_property(workspace)])[1])
    assert narrow.error("client_sessions/create")[0] == 403
    face.post("client_sessions/create")
    assert limited_face(workspace, "read").post("client_sessions/list")["client_sessions"][0]["token"] is None


def test_sessions_cost_the_same_for_one_and_three(face: Face, workspace: Workspace) -> None:
    counts = []
    for number in (1, 2):
        for _ in range(number):
            face.post(
                "client_sessions/create", connected_account_ids=[str(make_account(workspace).public_id)]
            )
        with CaptureQueriesContext(connection) as queries:
            assert face.post("client_sessions/list")["ok"]
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 4


@pytest.mark.django_db(transaction=True)
def test_official_package_keeps_webhooks_and_sessions(
    seam_client: Any, workspace: Workspace, live_server: Any
) -> None:
    webhook = seam_client.webhooks.create(url=URL, event_types=["device.connected"])
    assert seam_client.webhooks.get(webhook_id=webhook.webhook_id).secret == webhook.secret
    seam_client.webhooks.update(webhook_id=webhook.webhook_id, event_types=["*"])
    assert [one.event_types for one in seam_client.webhooks.list()] == [["*"]]
    seam_client.webhooks.delete(webhook_id=webhook.webhook_id)

    assert seam_client.workspaces.get().workspace_id == str(workspace.public_id)
    assert len(seam_client.workspaces.list()) == 1
    seam_client.workspaces.update(name="Renamed")

    account = str(make_account(workspace).public_id)
    session = seam_client.client_sessions.create(user_identifier_key="u", connected_account_ids=[account])
    one = session.client_session_id
    assert seam_client.client_sessions.get(client_session_id=one).token == session.token
    assert seam_client.client_sessions.get_or_create(user_identifier_key="u").client_session_id == one
    seam_client.client_sessions.grant_access(client_session_id=one, connected_account_ids=[account])
    assert len(seam_client.client_sessions.list()) == 1
    seam_client.client_sessions.revoke(client_session_id=one)
    seam_client.client_sessions.delete(client_session_id=one)
    assert not ClientSession.objects.exists()


@pytest.mark.parametrize(("role", "made"), [(Role.OWNER, True), (Role.MANAGER, False), (Role.STAFF, False)])
def test_workspaces_are_made_by_whom_the_page_lets_make_them(
    role: Role, made: bool, workspace: Workspace
) -> None:
    person = make_member(workspace, role)
    page = signed_in(person).post(reverse("workspace-create"), {"name": "By page", "kind": "real"})
    answer = Face(make_token(person)).send("POST", "workspaces/create", {"name": "By API"})
    assert (page.status_code, answer.status_code) == ((302, 200) if made else (403, 403))
    assert Workspace.objects.count() == (3 if made else 1)
    if not made:
        assert answer.json()["error"]["type"] == "forbidden"


def test_whoever_runs_the_installation_makes_the_first_workspace_by_api() -> None:
    person = User.objects.create_superuser("ana@example.org", "correct horse battery")
    made = Face(make_token(person)).post("workspaces/create", name="First")["workspace"]
    assert [one.workspace.name for one in person.memberships.all()] == [made["name"]] == ["First"]


@pytest.mark.django_db(transaction=True)
def test_official_package_of_a_person(workspace: Workspace, live_server: Any) -> None:
    """With a token that came from the person's own page."""
    browser = signed_in(make_member(workspace))
    browser.post(reverse("token-create"), {"name": "Laptop"})
    token = browser.get(reverse("token-list")).context["secret"]
    without: Any = SeamWithoutWorkspace.from_personal_access_token(token, endpoint=f"{live_server.url}/seam")
    made = without.workspaces.create(name="Mine", is_sandbox=True)
    assert {one.name for one in without.workspaces.list()} == {workspace.name, "Mine"}
    inside: Any = Seam.from_personal_access_token(
        token, made.workspace_id, endpoint=f"{live_server.url}/seam"
    )
    assert inside.workspaces.get().name == "Mine"
    assert inside.devices.list() == []
    for client in (without, inside):
        client.client.close()
    assert ApiKey.objects.count() == 0


def test_workspace_says_how_its_sign_in_pages_look(face: Face, workspace: Workspace) -> None:
    nothing = dict.fromkeys(
        (
            "inviter_logo_url",
            "logo_shape",
            "primary_button_color",
            "primary_button_text_color",
            "success_message",
        )
    )
    assert face.post("workspaces/get")["workspace"]["connect_webview_customization"] == nothing
    given = {"primary_button_color": "#1A2B3C", "success_message": "Thanks!"}
    assert face.send("PATCH", "workspaces/update", {"connect_webview_customization": given}).json()["ok"]
    shown = face.post("workspaces/get")["workspace"]["connect_webview_customization"]
    assert shown == nothing | given
    assert workspace.changes.get().detail == "look of sign-in pages"
    less = {"success_message": None, "logo_shape": "square"}
    face.post("workspaces/update", connect_webview_customization=less)
    shown = face.post("workspaces/get")["workspace"]["connect_webview_customization"]
    assert shown == nothing | {"primary_button_color": "#1A2B3C", "logo_shape": "square"}
    for wrong in (
        {"primary_button_color": "red"},
        {"primary_button_color": "#fff}</style>"},
        {"primary_button_color": "#ffffff", "primary_button_text_color": "#fefefe"},
        {"logo_shape": "star"},
        {"success_message": "x" * 501},
    ):
        status, error = face.error("workspaces/update", connect_webview_customization=wrong)
        assert (status, error["type"]) == (400, "invalid_input"), wrong
        assert "connect_webview_customization" in error["validation_errors"]
    assert face.post("workspaces/get")["workspace"]["connect_webview_customization"] == shown


def test_new_workspace_has_the_look_that_was_asked_for(workspace: Workspace) -> None:
    token = Face(make_token(make_member(workspace)))
    made = token.post(
        "workspaces/create", name="New", webview_primary_button_color="#1a2b3c", webview_success_message="Hi"
    )["workspace"]["connect_webview_customization"]
    assert (made["primary_button_color"], made["success_message"]) == ("#1a2b3c", "Hi")
    status, error = token.error(
        "workspaces/create",
        name="Other",
        connect_webview_customization={"primary_button_text_color": "#ffffff"},
    )
    assert (status, error["type"]) == (400, "invalid_input")
    assert not Workspace.objects.filter(name="Other").exists()
