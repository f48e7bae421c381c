"""connect_webviews/* and connected_accounts/*: from a link to locks, and away again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.api_keys import create_key
from access.models import Event
from access.running.runner import run_due
from locks.models import Account, Device
from properties.models import Workspace
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_account, make_device, make_property, make_unit, make_workspace, virtual_door

pytestmark = pytest.mark.django_db
LOGIN = {"user_name": "jane@example.com", "password": "1234"}


def sign_in(url: str, provider: str = "schlage", **answers: str) -> Any:
    address = "/" + url.split("/", 3)[3] + f"{provider}/"
    return Client().post(address, {**LOGIN, **answers})


def connect(face: Face, provider: str = "schlage", **params: Any) -> dict[str, Any]:
    webview = face.post("connect_webviews/create", **params)["connect_webview"]
    assert sign_in(webview["url"], provider).status_code == 303
    return dict(
        face.post("connect_webviews/get", connect_webview_id=webview["connect_webview_id"])["connect_webview"]
    )


def test_webview_is_told_as_it_was_asked_for(face: Face, workspace: Workspace) -> None:
    webview = face.post(
        "connect_webviews/create", accepted_providers=["nuki", "ecobee"], custom_metadata={"house": "7"},
        custom_redirect_url="https://app.example/ok", automatically_manage_new_devices=False,
        wait_for_device_creation=True, device_selection_mode="none", customer_key="cust-1",
        accepted_capabilities=["lock"],
    )["connect_webview"]  # fmt: skip

    url, one = webview.pop("url"), webview.pop("connect_webview_id")
    assert url.startswith("http://testserver/connect/")
    assert one not in url
    assert webview == {
        "workspace_id": str(workspace.public_id), "status": "pending", "login_successful": False,
        "connected_account_id": None, "authorized_at": None, "selected_provider": None,
        "accepted_providers": ["nuki"], "accepted_capabilities": ["lock"], "accepted_devices": [],
        "any_provider_allowed": False, "any_device_allowed": True, "provider_category": None,
        "device_selection_mode": "none", "customer_key": "cust-1", "custom_metadata": {"house": "7"},
        "custom_redirect_url": "https://app.example/ok", "custom_redirect_failure_url": None,
        "automatically_manage_new_devices": False, "wait_for_device_creation": True,
        "created_at": webview["created_at"],
    }  # fmt: skip


def test_webview_of_any_brand(face: Face) -> None:
    webview = face.post("connect_webviews/create")["connect_webview"]
    assert webview["any_provider_allowed"] is True
    assert len(webview["accepted_providers"]) == 14
    category = face.post("connect_webviews/create", provider_category="consumer_smartlocks")
    assert "salto_ks" not in category["connect_webview"]["accepted_providers"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"accepted_providers": ["ecobee"]}, "accepted_providers"),
        ({"provider_category": "thermostats"}, "provider_category"),
        ({"provider_category": "unheard"}, "provider_category"),
        ({"custom_redirect_url": "javascript:alert(1)"}, "custom_redirect_url"),
        ({"custom_metadata": {"a": 1}}, "custom_metadata"),
        ({"wait_for_device_creation": "yes"}, "wait_for_device_creation"),
    ],
)
def test_webview_that_cannot_be_is_refused(params: dict[str, Any], field: str, face: Face) -> None:
    status, error = face.error("connect_webviews/create", **params)
    assert (status, error["type"]) == (400, "invalid_input")
    assert field in error["validation_errors"]


def test_locks_are_there_after_the_login(face: Face) -> None:
    webview = connect(face, custom_metadata={"house": "7"})

    assert (webview["status"], webview["login_successful"]) == ("authorized", True)
    assert webview["selected_provider"] == "schlage"
    one = webview["connected_account_id"]
    account = face.post("connected_accounts/get", connected_account_id=one)["connected_account"]
    assert account["custom_metadata"] == {"house": "7"}
    assert account["user_identifier"] == {"email": "jane@example.com"}
    assert (account["account_type"], account["account_type_display_name"]) == ("schlage", "Schlage")
    assert (account["errors"], account["warnings"]) == ([], [])
    by_webview = face.post("devices/list", connect_webview_id=webview["connect_webview_id"])["devices"]
    assert [device["display_name"] for device in by_webview] == ["FRONT DOOR"]
    told = face.post("events/list", connect_webview_id=webview["connect_webview_id"], since="2020-01-01")
    assert "connect_webview.login_succeeded" in [event["event_type"] for event in told["events"]]
    told = face.post("events/list", connected_account_id=one, since="2020-01-01")["events"]
    assert [event["event_type"] for event in told][-2:] == [
        "device.added", "connected_account.completed_first_sync",
    ]  # fmt: skip
    assert told[1]["connected_account_id"] == one


def test_devices_of_the_webview_start_unmanaged_where_asked(face: Face) -> None:
    connect(face, automatically_manage_new_devices=False)
    assert face.post("devices/list")["devices"] == []
    assert len(face.post("devices/unmanaged/list")["devices"]) == 1


def test_failed_login_is_an_event(face: Face) -> None:
    webview = face.post("connect_webviews/create")["connect_webview"]
    assert sign_in(webview["url"], password="wrong").status_code == 422

    told = face.post("events/list", event_type="connect_webview.login_failed", since="2020-01-01")["events"]
    assert [event["connect_webview_id"] for event in told] == [webview["connect_webview_id"]]


def test_webviews_are_listed_and_deleted(face: Face) -> None:
    one = connect(face, customer_key="a", custom_metadata={"x": "1"})["connect_webview_id"]
    two = face.post("connect_webviews/create", customer_key="b")["connect_webview"]["connect_webview_id"]

    def found(**filters: Any) -> list[str]:
        answer = face.post("connect_webviews/list", **filters)
        return [webview["connect_webview_id"] for webview in answer["connect_webviews"]]

    assert found() == [one, two]
    assert found(customer_key="b") == [two]
    assert found(custom_metadata_has={"x": "1"}) == [one]
    assert found(search="schlage") == [one]
    assert found(user_identifier_key="nobody") == []
    assert (
        face.send("DELETE", "connect_webviews/delete", query=f"connect_webview_id={one}").status_code == 200
    )
    assert found() == [two]
    assert (
        face.error("connect_webviews/get", connect_webview_id=one)[1]["type"] == "connect_webview_not_found"
    )
    assert len(face.post("connected_accounts/list")["connected_accounts"]) == 1


def test_view_leads_to_the_page_by_its_token(face: Face) -> None:
    webview = face.post("connect_webviews/create")["connect_webview"]
    token = webview["url"].rstrip("/").rsplit("/", 1)[1]
    query = {"connect_webview_id": webview["connect_webview_id"], "auth_token": token}

    answer = Client().get("/seam/connect_webviews/view", query)

    assert (answer.status_code, answer["Location"]) == (302, f"/connect/{token}/")
    for wrong in ({**query, "auth_token": "x"}, {**query, "connect_webview_id": "x"}, {}):
        assert Client().get("/seam/connect_webviews/view", wrong).status_code == 404


def test_address_of_a_webview_is_for_those_who_may_change_something(face: Face, workspace: Workspace) -> None:
    made = face.post("connect_webviews/create")["connect_webview"]
    for scopes, url in ((["read"], None), (["read", "write"], made["url"])):
        caller = limited_face(workspace, *scopes)
        one = caller.post("connect_webviews/get", connect_webview_id=made["connect_webview_id"])
        assert one["connect_webview"]["url"] == url
        assert [each["url"] for each in caller.post("connect_webviews/list")["connect_webviews"]] == [url]


def test_account_is_found_by_its_address(face: Face, workspace: Workspace) -> None:
    make_account(workspace, login_name="sam@example.com")
    make_account(make_workspace(), login_name="tom@example.com")

    assert face.post("connected_accounts/get", email="Sam@example.com")["ok"]
    assert (
        face.error("connected_accounts/get", email="tom@example.com")[1]["type"]
        == "connected_account_not_found"
    )
    assert face.error("connected_accounts/get")[1]["type"] == "invalid_input"


def test_accounts_are_narrowed(face: Face, workspace: Workspace) -> None:
    one = make_account(workspace, login_name="sam@example.com", customer_key="a", custom_metadata={"x": "1"})
    two = make_account(workspace, brand="nuki", login_name="tom@example.com")

    def found(**filters: Any) -> list[str]:
        answer = face.post("connected_accounts/list", **filters)
        return [account["connected_account_id"] for account in answer["connected_accounts"]]

    assert found() == [str(one.public_id), str(two.public_id)]
    assert found(customer_key="a") == [str(one.public_id)]
    assert found(custom_metadata_has={"x": "1"}) == [str(one.public_id)]
    assert found(search="TOM") == [str(two.public_id)]
    assert found(space_id=str(one.public_id)) == found(user_identifier_key="x") == []


def test_account_is_changed(face: Face, workspace: Workspace) -> None:
    account = make_account(workspace, custom_metadata={"old": "1"})
    one = str(account.public_id)
    changes = {
        "automatically_manage_new_devices": False,
        "custom_metadata": {"new": True},
        "display_name": "Harbour locks",
        "accepted_capabilities": ["lock"],
    }
    assert face.post("connected_accounts/update", connected_account_id=one, **changes) == {"ok": True}

    told = face.post("connected_accounts/get", connected_account_id=one)["connected_account"]
    assert told["custom_metadata"] == {"new": True}
    assert (told["display_name"], told["automatically_manage_new_devices"]) == ("Harbour locks", False)
    for wrong in ({"accepted_capabilities": ["thermostat"]}, {"display_name": ""}):
        assert face.error("connected_accounts/update", connected_account_id=one, **wrong)[0] == 400


def test_deleted_account_is_gone_with_all_it_had(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace)
    code = face.post("access_codes/create", device_id=str(device.public_id), name="Ada")["access_code"]
    one = str(device.account.public_id)

    assert face.send("DELETE", "connected_accounts/delete", query=f"connected_account_id={one}").json() == {
        "ok": True
    }

    assert face.error("connected_accounts/get", connected_account_id=one)[0] == 404
    assert face.error("devices/get", device_id=str(device.public_id))[0] == 404
    assert face.error("access_codes/get", access_code_id=code["access_code_id"])[0] == 404
    assert face.error("connected_accounts/delete", connected_account_id=one)[0] == 404
    told = face.post("events/list", since="2020-01-01")["events"]
    assert [event["event_type"] for event in told if event["event_type"].endswith(".deleted")] == [
        "access_code.deleted", "device.deleted", "connected_account.deleted",
    ]  # fmt: skip


def test_account_is_asked_anew(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace)
    Device.objects.update(wake_at=None)
    one = str(device.account.public_id)

    assert face.post("connected_accounts/sync", connected_account_id=one) == {"ok": True}

    assert Device.objects.get().wake_at is not None
    assert Account.objects.get().synced_at is None


def test_key_of_one_house_deletes_no_account(workspace: Workspace) -> None:
    here, there = make_property(workspace), make_property(workspace)
    mine = virtual_door(make_unit(here)).device
    virtual_door(make_unit(there))
    narrow = Face(create_key(workspace, name="House", properties=[here])[1])
    one = str(mine.account.public_id)

    assert narrow.post("connected_accounts/get", connected_account_id=one)["ok"]
    for path in (
        "connected_accounts/delete",
        "connected_accounts/update",
        "connected_accounts/sync",
        "connected_accounts/simulate/disconnect",
    ):
        assert narrow.error(path, connected_account_id=one)[0] == 403, path
    assert narrow.error("workspaces/reset_sandbox")[0] == 403
    assert Account.objects.in_workspace(workspace).exists()


@pytest.mark.django_db(transaction=True)
def test_lost_login_is_seen_and_mended(face: Face) -> None:
    webview = connect(face, "nuki")
    one = webview["connected_account_id"]
    run_due()
    assert face.post("connected_accounts/simulate/disconnect", connected_account_id=one)["ok"]
    run_due()
    account = face.post("connected_accounts/get", connected_account_id=one)["connected_account"]
    assert [error["error_code"] for error in account["errors"]] == ["account_disconnected"]
    device = face.post("devices/list")["devices"][0]
    assert device["properties"]["online"] is False

    assert connect(face, "nuki")["connected_account_id"] == one
    run_due()

    account = face.post("connected_accounts/get", connected_account_id=one)["connected_account"]
    assert account["errors"] == []
    assert face.post("devices/list")["devices"][0]["properties"]["online"] is True
    kinds = list(Event.objects.order_by("pk").values_list("type", flat=True))
    assert "connected_account.disconnected" in kinds
    assert "connected_account.completed_first_sync_after_reconnection" in kinds


def test_accounts_cannot_be_unplugged_outside_a_sandbox(face: Face, workspace: Workspace) -> None:
    account = make_account(workspace)
    workspace.is_sandbox = False
    workspace.save()
    status, error = face.error(
        "connected_accounts/simulate/disconnect", connected_account_id=str(account.public_id)
    )
    assert (status, error["type"]) == (400, "workspace_not_sandbox")


@pytest.mark.django_db(transaction=True)
def test_official_package_connects_and_lets_go(seam_client: Any) -> None:
    webview = seam_client.connect_webviews.create(
        accepted_providers=["kwikset"], custom_metadata={"house": "7"}, wait_for_device_creation=True
    )
    assert (webview.status, webview.login_successful) == ("pending", False)
    assert sign_in(webview.url, "kwikset").status_code == 303

    webview = seam_client.connect_webviews.get(connect_webview_id=webview.connect_webview_id)
    assert (webview.status, webview.login_successful) == ("authorized", True)
    one = webview.connected_account_id
    assert [device.display_name for device in seam_client.locks.list()] == ["Kwikset Halo Touch"]
    account = seam_client.connected_accounts.get(connected_account_id=one)
    assert account.user_identifier.email == "jane@example.com"
    assert account.custom_metadata == {"house": "7"}
    assert seam_client.connected_accounts.get(email="jane@example.com").connected_account_id == one
    assert len(seam_client.connected_accounts.list(custom_metadata_has={"house": "7"})) == 1
    assert len(seam_client.connect_webviews.list(limit=5)) == 1
    seam_client.connected_accounts.update(connected_account_id=one, custom_metadata={}, display_name="Mine")
    assert seam_client.connected_accounts.get(connected_account_id=one).display_name == "Mine"
    seam_client.connected_accounts.sync(connected_account_id=one)
    seam_client.connected_accounts.simulate.disconnect(connected_account_id=one)
    seam_client.connect_webviews.delete(connect_webview_id=webview.connect_webview_id)
    seam_client.connected_accounts.delete(connected_account_id=one)
    assert seam_client.connected_accounts.list() == []
    assert seam_client.devices.list() == []


@pytest.mark.django_db(transaction=True)
def test_official_package_in_a_workspace_whose_locks_are_gone(seam_client: Any, workspace: Workspace) -> None:
    make_device(workspace, now=timezone.now())
    attempt = seam_client.workspaces.reset_sandbox()
    assert (attempt.action_type, attempt.status) == ("RESET_SANDBOX_WORKSPACE", "success")
    assert seam_client.devices.list() == []
