"""Accounts for managers: the list, connecting and coming back, a found lock put on a door, its coming stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.connecting.webviews import WebviewDetails, create_webview
from access.declaring import declare_stay
from access.enums import EventType, WebviewStatus
from access.models import AccessCode, AccessGrant, ConnectWebview, Event
from locks.models import Account, Device, Door
from properties.models import Stay, Workspace, WorkspaceChange
from tests.factories import (
    NOW,
    make_account,
    make_device,
    make_member,
    make_property,
    make_stay,
    make_unit,
    make_workspace,
    virtual_door,
)
from tests.pages import assert_is_page, signed_in, text_of
from tests.world import CREDENTIAL, World

DAY = dt.timedelta(days=1)


@pytest.fixture
def sandbox(db: None) -> Workspace:
    return make_workspace("Seaside", is_sandbox=True)


@pytest.fixture
def manager(sandbox: Workspace) -> Client:
    return signed_in(make_member(sandbox))


def sign_in_at(client: Client, address: str, **answers: str) -> Any:
    return client.post(address, {"user_name": "jane@example.com", "password": "1234", **answers})


def connect(manager: Client, provider: str = "schlage") -> Any:
    """As a manager does: ask, choose, sign in; return the page that it leads back to."""
    answer = manager.post(reverse("device-account-connect"))
    token = answer["Location"].split("/")[2]
    answer = sign_in_at(manager, reverse("connect-sign-in", args=[token, provider]))
    assert answer.status_code == 303
    return manager.get(answer["Location"], follow=True)


def test_connected_account_is_shown_with_the_locks_that_were_found(
    manager: Client, sandbox: Workspace
) -> None:
    page = connect(manager)

    assert_is_page(page)
    assert "Connected: 1 lock found. Now say which door each is." in text_of(page)
    assert "FRONT DOOR" in text_of(page)
    assert "the list is being asked for" in text_of(page)
    assert Account.objects.get(workspace=sandbox).devices.count() == 1


def test_wrong_logins_lead_back_with_a_reason(manager: Client, sandbox: Workspace) -> None:
    webview = create_webview(sandbox, WebviewDetails())
    ConnectWebview.objects.filter(pk=webview.pk).update(status=WebviewStatus.FAILED)

    page = manager.get(
        reverse("device-account-connected"), {"connect_webview_id": str(webview.public_id)}, follow=True
    )

    assert "Nothing was connected" in text_of(page)


def test_account_that_was_let_go_since_is_not_called_a_wrong_login(
    manager: Client, sandbox: Workspace
) -> None:
    webview = create_webview(sandbox, WebviewDetails())
    account = make_account(sandbox, deleted_at=NOW)
    ConnectWebview.objects.filter(pk=webview.pk).update(status=WebviewStatus.AUTHORIZED, account=account)

    page = manager.get(
        reverse("device-account-connected"), {"connect_webview_id": str(webview.public_id)}, follow=True
    )

    assert "That account was disconnected since" in text_of(page)
    assert "The login was wrong" not in text_of(page)


@pytest.mark.parametrize("named", ["", "nonsense", "00000000-0000-0000-0000-000000000001"])
def test_way_back_of_nothing_is_the_list(manager: Client, named: str) -> None:
    answer = manager.get(reverse("device-account-connected"), {"connect_webview_id": named})

    assert answer["Location"] == reverse("device-account-list")


def test_other_workspaces_sign_in_is_not_found(manager: Client) -> None:
    webview = create_webview(make_workspace(is_sandbox=True), WebviewDetails())
    ConnectWebview.objects.filter(pk=webview.pk).update(status=WebviewStatus.AUTHORIZED)

    answer = manager.get(reverse("device-account-connected"), {"connect_webview_id": str(webview.public_id)})

    assert answer["Location"] == reverse("device-account-list")


def test_lost_account_is_connected_again_by_the_same_login(manager: Client, sandbox: Workspace) -> None:
    connect(manager)
    account = Account.objects.get(workspace=sandbox)
    Account.objects.update(status="disconnected")
    Event.objects.create(
        workspace=sandbox, type=EventType.ACCOUNT_DISCONNECTED, occurred_at=NOW, account=account
    )
    page = manager.get(reverse("device-account-list"))
    assert_is_page(page)
    assert "Connection lost" in text_of(page)
    assert "Connect again" in text_of(page)

    answer = manager.post(reverse("device-account-reconnect", args=[account.public_id]))
    brands = manager.get(answer["Location"])
    assert brands["Location"].endswith("/schlage/")
    sign_in_at(manager, brands["Location"])

    account.refresh_from_db()
    assert account.status == "connected"
    assert Account.objects.filter(workspace=sandbox).count() == 1


def test_sign_in_page_leads_back_to_keyturn_only_if_opened_from_there(
    manager: Client, sandbox: Workspace
) -> None:
    token = manager.post(reverse("device-account-connect"))["Location"].split("/")[2]
    elsewhere = create_webview(sandbox, WebviewDetails(custom_redirect_url="https://app.example/x"))

    ours = manager.get(reverse("connect-start", args=[token])).content.decode()
    theirs = manager.get(reverse("connect-start", args=[elsewhere.token])).content.decode()

    assert "Back to Keyturn" in ours
    assert "Back to Keyturn" not in theirs


def test_nothing_is_connected_outside_a_sandbox(owner: Client, world: World) -> None:
    before = ConnectWebview.objects.count()

    page = owner.post(reverse("device-account-connect"), follow=True)

    assert "this workspace is not a sandbox" in text_of(page)
    assert ConnectWebview.objects.count() == before


def test_account_tells_no_secret(owner: Client, world: World) -> None:
    for name, arguments in (("device-account-list", []), ("device-account", [world.account.public_id])):
        page = owner.get(reverse(name, args=arguments))
        assert_is_page(page)
        assert CREDENTIAL not in page.content.decode()


def test_queries_of_accounts_do_not_grow_with_rows(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    address = reverse("device-account-list")
    with django_assert_max_num_queries(15) as first:
        owner.get(address)
    for brand in ("yale", "nuki"):
        make_account(world.workspace, brand=brand, status="disconnected")
        make_device(world.workspace, brand=brand)

    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(address)


def test_asking_an_account_wakes_its_locks(owner: Client, world: World) -> None:
    Device.objects.update(wake_at=None)

    owner.post(reverse("device-account-ask", args=[world.account.public_id]))

    assert Device.objects.get(pk=world.device.pk).wake_at == NOW


def test_letting_an_account_go_says_what_follows_first(owner: Client, world: World) -> None:
    address = reverse("device-account-delete", args=[world.account.public_id])
    page = owner.get(address)
    assert "Nothing is sent to the locks" in text_of(page)
    assert Account.objects.get(pk=world.account.pk).deleted_at is None

    owner.post(address)

    assert Account.objects.get(pk=world.account.pk).deleted_at == NOW
    assert not Door.objects.filter(pk=world.door.pk).exists()


def test_found_lock_is_put_on_a_door_and_its_stays_get_codes(
    owner: Client, world: World, django_capture_on_commit_callbacks: Any
) -> None:
    device = make_device(world.workspace, brand="yale", name="Back door")
    address = reverse("device-door", args=[device.public_id])
    assert "Quay flat (1 stay)" in owner.get(address).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(address, {"where": str(world.unit.public_id), "name": "Back door"})
    page = owner.get(answer["Location"])

    assert_is_page(page)
    assert "Coming stays at Back door" in text_of(page)
    assert "1 of 1" in text_of(page)
    assert AccessCode.objects.filter(device=device, grant__stay=world.stay, ended_at=None).count() == 1


def test_removed_lock_is_put_on_no_door(owner: Client, world: World) -> None:
    device = make_device(world.workspace, brand="yale", name="Back door")
    Device.objects.filter(pk=device.pk).update(removed_at=NOW)
    address = reverse("device-door", args=[device.public_id])

    answer = owner.post(address, {"where": str(world.unit.public_id), "name": "Back door"}, follow=True)

    assert "no longer lists Back door" in text_of(answer)
    assert address not in answer.content.decode()
    assert not Door.objects.filter(device=device).exists()


def test_lock_serves_a_whole_property(owner: Client, world: World) -> None:
    make_unit(world.place, name="Quay attic")
    device = make_device(world.workspace, brand="yale", name="Gate")

    owner.post(
        reverse("device-door", args=[device.public_id]),
        {"where": f"all-{world.place.public_id}", "name": "Gate"},
    )

    assert Device.objects.get(pk=device.pk).door.serves_all_units


@pytest.mark.parametrize("where", ["", "all-", "all-x", "x", "00000000-0000-0000-0000-000000000001"])
def test_door_of_nowhere_keeps_what_was_typed(owner: Client, world: World, where: str) -> None:
    device = make_device(world.workspace, brand="yale")

    answer = owner.post(
        reverse("device-door", args=[device.public_id]), {"where": where, "name": "Cellar door"}
    )

    assert_is_page(answer, 422)
    assert "Cellar door" in answer.content.decode()
    assert not Door.objects.filter(device=device).exists()


def test_unit_of_another_workspace_is_no_choice(owner: Client, world: World) -> None:
    device = make_device(world.workspace, brand="yale")
    other = make_unit(make_property())

    answer = owner.post(
        reverse("device-door", args=[device.public_id]), {"where": str(other.public_id), "name": "Door"}
    )

    assert answer.status_code == 422


def test_missing_codes_of_coming_stays_are_programmed_once_and_written_down(
    owner: Client, world: World
) -> None:
    door = virtual_door(world.unit)
    address = reverse("device-stays", args=[door.device.public_id])
    tentative = make_stay(world.unit, arrival_date=NOW.date() + 40 * DAY)
    Stay.objects.filter(pk=tentative.pk).update(status="tentative")
    page = text_of(owner.get(address))
    assert "1 stay has no code on this lock yet" in page
    assert "None: it is tentative" in page

    first = text_of(owner.post(address, follow=True))
    second = text_of(owner.post(address, follow=True))

    assert "1 stay has its code declared now" in first
    assert "Nothing was missing" in second
    assert AccessCode.objects.filter(device=door.device, grant__stay=world.stay, ended_at=None).count() == 1
    told = WorkspaceChange.objects.filter(what="Coming stays programmed")
    assert [(one.actor, one.detail) for one in told] == [
        (world.owner.email, f"{door.name} of {world.place.name}: 1 stay")
    ]


def test_stays_that_cannot_be_programmed_are_not_called_done(
    owner: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(stay_id: int, *, now: dt.datetime) -> None:
        raise OSError(f"no disk for {stay_id} at {now}")

    monkeypatch.setattr("access.programming.declare_stay", fail)
    door = virtual_door(world.unit)

    page = text_of(owner.post(reverse("device-stays", args=[door.device.public_id]), follow=True))

    assert "1 stay still has no code on this lock: something went wrong" in page
    assert "Nothing was missing" not in page
    assert "1 stay has no code on this lock yet" in page
    assert not WorkspaceChange.objects.filter(what="Coming stays programmed").exists()


def test_programming_leaves_a_pin_that_somebody_was_shown(owner: Client, world: World) -> None:
    declare_stay(world.stay.pk, now=NOW)
    AccessGrant.objects.update(revealed_at=NOW)
    codes = AccessCode.objects.filter(grant__stay=world.stay, device=world.device, ended_at=None)
    before = set(codes.values_list("pk", "pin_key"))
    door = virtual_door(world.unit)

    owner.post(reverse("device-stays", args=[door.device.public_id]))

    assert set(codes.values_list("pk", "pin_key")) == before
    assert AccessCode.objects.filter(grant__stay=world.stay, device=door.device).exists()


def test_lock_that_is_left_to_others_is_not_programmed(owner: Client, world: World) -> None:
    door = virtual_door(world.unit)
    Device.objects.filter(pk=door.device.pk).update(is_managed=False)

    page = owner.post(reverse("device-stays", args=[door.device.public_id]), follow=True)

    assert "manage it first" in text_of(page)
    assert not AccessCode.objects.filter(device=door.device, grant__stay=world.stay).exists()


def test_lock_without_a_door_is_led_to_one(owner: Client, world: World) -> None:
    device = make_device(world.workspace, brand="yale")

    answer = owner.get(reverse("device-stays", args=[device.public_id]))

    assert answer["Location"] == reverse("device-door", args=[device.public_id])


def test_queries_of_coming_stays_do_not_grow_with_rows(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    address = reverse("device-stays", args=[world.device.public_id])
    with django_assert_max_num_queries(12) as first:
        assert_is_page(owner.get(address))
    for number in range(2):
        make_stay(world.unit, arrival_date=NOW.date() + (30 + 10 * number) * DAY)

    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(address)
