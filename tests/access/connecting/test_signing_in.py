"""One login on a connect webview: what becomes of a right one, a wrong one, the same one again."""

from __future__ import annotations

import pytest
from django.utils import timezone

from access.connecting import logins
from access.connecting.providers import BY_PROVIDER
from access.connecting.signing_in import MOST_FAILURES, SignIn, sign_in
from access.connecting.webviews import WebviewDetails, create_webview, delete_webview
from access.enums import EventType, WebviewStatus
from access.models import ClientSession, ConnectWebview, Event, Problem
from access.problems import set_problems
from access.running.runner import run_due
from locks.enums import AccountStatus
from locks.models import Account, Device
from locks.sandbox import end_login
from properties.models import Workspace
from tests.factories import NOW, make_workspace

pytestmark = pytest.mark.django_db

JANE = {logins.USER_NAME: "Jane@Example.com", logins.PASSWORD: "1234"}


def kinds_of(account: Account) -> list[str]:
    about = Event.objects.filter(account=account) | Event.objects.filter(device__account=account)
    return list(about.order_by("pk").values_list("type", flat=True))


def answers_for(brand: str) -> dict[str, str]:
    if brand == "wyze":
        return {logins.KEY_ID: "ABC123ABC", logins.KEY: "ABC123ABC"}
    if brand == "dormakaba_oracode":
        return {
            logins.USER_NAME: "jane",
            logins.PASSWORD: "1234",
            logins.SITE: "Ocean Beach Vacations",
            logins.ZONE: "Europe/Madrid",
        }
    return JANE


def test_right_login_brings_account_and_locks(sandbox: Workspace, webview: ConnectWebview) -> None:
    result = sign_in(webview, provider="schlage", answers=JANE, now=NOW)

    account = Account.objects.get()
    assert result is SignIn.DONE
    assert (account.login_name, account.brand, account.status) == (
        "jane@example.com", "schlage", AccountStatus.CONNECTED,
    )  # fmt: skip
    assert list(account.devices.values_list("name", "is_managed")) == [("FRONT DOOR", True)]
    webview.refresh_from_db()
    assert (webview.status, webview.account, webview.authorized_at) == ("authorized", account, NOW)
    assert kinds_of(account) == [
        "connect_webview.login_succeeded", "connected_account.created", "connected_account.connected",
        "connected_account.successful_login", "device.added", "connected_account.completed_first_sync",
    ]  # fmt: skip
    assert account.devices.get().wake_at == NOW


@pytest.mark.parametrize("provider", sorted(BY_PROVIDER))
def test_every_brand_can_be_signed_in_to(provider: str, sandbox: Workspace) -> None:
    webview = create_webview(sandbox, WebviewDetails(accepted_providers=[provider]))
    answers = answers_for(BY_PROVIDER[provider].key)
    result = sign_in(webview, provider=provider, answers=answers, now=NOW)
    if result is SignIn.ASKS_CODE:
        name = {logins.USER_NAME: "jane@example.com", logins.CODE: "123456"}
        result = sign_in(webview, provider=provider, answers=name, is_known=True, now=NOW)

    assert result is SignIn.DONE
    brand = BY_PROVIDER[provider].key
    assert Device.objects.filter(brand=brand).count() == len(logins.locks_of(brand))


def test_salto_has_a_door_without_codes(sandbox: Workspace, webview: ConnectWebview) -> None:
    sign_in(webview, provider="salto_ks", answers=JANE, now=NOW)

    assert Device.objects.get(name="EXTRA DOOR").capabilities == {"online_codes": False}


def test_wrong_password_is_told_and_counted(sandbox: Workspace, webview: ConnectWebview) -> None:
    wrong = {**JANE, logins.PASSWORD: "12345"}

    for _ in range(MOST_FAILURES - 1):
        assert sign_in(webview, provider="schlage", answers=wrong, now=NOW) is SignIn.WRONG
    assert sign_in(webview, provider="schlage", answers=wrong, now=NOW) is SignIn.FAILED

    webview.refresh_from_db()
    assert webview.status == WebviewStatus.FAILED
    assert Event.objects.filter(webview=webview, type=EventType.WEBVIEW_FAILED).count() == MOST_FAILURES
    assert sign_in(webview, provider="schlage", answers=JANE, now=NOW) is SignIn.USED
    assert not Account.objects.exists()


def test_name_outside_the_sandbox_is_unknown(sandbox: Workspace, webview: ConnectWebview) -> None:
    for name in ("jane@gmail.com", "@example.com", "jane", "jane@example.com.evil"):
        answers = {**JANE, logins.USER_NAME: name}
        assert sign_in(webview, provider="nuki", answers=answers, now=NOW) is SignIn.WRONG
        webview.failed_logins = 0
        webview.save()


def test_wrong_code_is_a_wrong_login(sandbox: Workspace, webview: ConnectWebview) -> None:
    assert sign_in(webview, provider="august", answers=JANE, now=NOW) is SignIn.ASKS_CODE
    name = {logins.USER_NAME: "jane@example.com"}

    wrong = sign_in(
        webview, provider="august", answers={**name, logins.CODE: "654321"}, is_known=True, now=NOW
    )

    assert wrong is SignIn.WRONG
    assert not Account.objects.exists()


def test_webview_is_good_for_one_login(sandbox: Workspace, webview: ConnectWebview) -> None:
    sign_in(webview, provider="schlage", answers=JANE, now=NOW)

    assert sign_in(webview, provider="nuki", answers=JANE, now=NOW) is SignIn.USED
    assert Account.objects.count() == 1


def test_provider_that_was_not_offered_is_refused(sandbox: Workspace) -> None:
    webview = create_webview(sandbox, WebviewDetails(accepted_providers=["nuki"]))

    assert sign_in(webview, provider="schlage", answers=JANE, now=NOW) is SignIn.NOT_HERE


def test_real_workspace_gets_no_pretended_locks(db: None) -> None:
    webview = create_webview(make_workspace(is_sandbox=False), WebviewDetails())

    assert sign_in(webview, provider="schlage", answers=JANE, now=NOW) is SignIn.NOT_HERE
    assert not Account.objects.exists()


def test_same_login_again_is_the_same_account(sandbox: Workspace, webview: ConnectWebview) -> None:
    sign_in(webview, provider="schlage", answers=JANE, now=NOW)
    account = Account.objects.get()
    end_login(account, now=NOW)
    Account.objects.update(status=AccountStatus.DISCONNECTED)
    set_problems(account, {"account_disconnected"}, among=set(), now=NOW)
    seen = Event.objects.count()

    again = create_webview(sandbox, WebviewDetails())
    assert sign_in(again, provider="schlage", answers=JANE, now=NOW) is SignIn.DONE

    assert Account.objects.get().status == AccountStatus.CONNECTED
    assert Device.objects.count() == 1
    assert not Problem.objects.filter(cleared_at=None).exists()
    assert list(Event.objects.order_by("pk").values_list("type", flat=True))[seen:] == [
        "connect_webview.login_succeeded", "connected_account.connected", "connected_account.successful_login",
        "connected_account.completed_first_sync_after_reconnection",
    ]  # fmt: skip


def test_two_people_have_locks_of_their_own(sandbox: Workspace) -> None:
    for name in ("jane", "john"):
        webview = create_webview(sandbox, WebviewDetails())
        answers = {**JANE, logins.USER_NAME: f"{name}@example.com"}
        sign_in(webview, provider="schlage", answers=answers, now=NOW)

    assert Account.objects.count() == 2
    assert Device.objects.count() == 2


def test_metadata_and_flags_are_the_accounts(sandbox: Workspace) -> None:
    details = WebviewDetails(
        custom_metadata={"house": "7", "vip": True},
        manages_new_devices=False,
        told={"customer_key": "cust-1"},
    )
    sign_in(create_webview(sandbox, details), provider="schlage", answers=JANE, now=NOW)

    account = Account.objects.get()
    assert account.custom_metadata == {"house": "7", "vip": True}
    assert account.customer_key == "cust-1"
    assert not account.devices.get().is_managed


def test_session_of_the_webview_gets_the_account(sandbox: Workspace, webview: ConnectWebview) -> None:
    session = ClientSession.objects.create(
        workspace=sandbox, token="t", token_hash="h", webview_ids=[str(webview.public_id)]
    )
    sign_in(webview, provider="schlage", answers=JANE, now=NOW)

    assert list(session.accounts.all()) == [Account.objects.get()]


@pytest.mark.django_db(transaction=True)
def test_runner_reads_what_was_connected() -> None:
    sandbox = make_workspace(is_sandbox=True)
    webview = create_webview(sandbox, WebviewDetails())
    sign_in(webview, provider="schlage", answers=JANE, now=timezone.now())
    run_due()

    device = Device.objects.get()
    assert device.online is True
    assert device.last_read_at is not None


def test_login_on_a_webview_that_was_deleted_meanwhile_connects_nothing() -> None:
    webview = create_webview(make_workspace(is_sandbox=True), WebviewDetails())
    delete_webview(ConnectWebview.objects.get())

    assert sign_in(webview, provider="schlage", answers=JANE, now=NOW) is SignIn.USED
    assert not Account.objects.exists()
