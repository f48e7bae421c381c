"""The pages of a connect webview, as a browser without JavaScript sees them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.signing import dumps
from django.test import Client
from django.urls import reverse

from access.connecting.signing_in import MOST_FAILURES
from access.connecting.webviews import WebviewDetails, create_webview
from access.models import ConnectWebview
from access.views.connecting import SALT
from locks.models import Account
from properties.models import Workspace
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db

LOGIN = {"user_name": "jane@example.com", "password": "1234"}


def page(webview: ConnectWebview, name: str, *more: str) -> str:
    return reverse(f"connect-{name}", args=[webview.token, *more])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_from_the_first_page_to_the_last(webview: ConnectWebview) -> None:
    client = Client(enforce_csrf_checks=False)
    assert "Seaside Stays" in text_of(client.get(page(webview, "start")))
    assert page(webview, "sign-in", "schlage") in text_of(client.get(page(webview, "brands")))
    assert "Sign in to Schlage" in text_of(client.get(page(webview, "sign-in", "schlage")))

    answer = client.post(page(webview, "sign-in", "schlage"), LOGIN)

    assert (answer.status_code, answer["Location"]) == (303, page(webview, "finish"))
    assert "1 lock is connected" in text_of(client.get(page(webview, "finish")))


def test_code_is_asked_for_without_keeping_the_password(webview: ConnectWebview) -> None:
    client = Client()
    asked = client.post(page(webview, "sign-in", "august"), {**LOGIN, "password": "1234"})
    assert "Enter the code" in text_of(asked)
    note = asked.context["note"]

    wrong = client.post(page(webview, "sign-in", "august"), {"note": note, "code": "000000"})
    assert (wrong.status_code, "not the code that was sent" in text_of(wrong)) == (422, True)
    right = client.post(page(webview, "sign-in", "august"), {"note": note, "code": "123456"})

    assert right.status_code == 303
    assert Account.objects.get().login_name == "jane@example.com"


@pytest.mark.parametrize("forged", ["x", dumps({"webview": "other", "provider": "august"}, salt=SALT)])
def test_forged_note_opens_nothing(forged: str, webview: ConnectWebview) -> None:
    answer = Client().post(page(webview, "sign-in", "august"), {"note": forged, "code": "123456"})

    assert "took too long" in text_of(answer)
    assert not Account.objects.exists()


def test_note_of_one_webview_is_none_of_another(sandbox: Workspace, webview: ConnectWebview) -> None:
    note = Client().post(page(webview, "sign-in", "august"), LOGIN).context["note"]
    other = create_webview(sandbox, WebviewDetails())

    Client().post(page(other, "sign-in", "august"), {"note": note, "code": "123456"})

    assert not Account.objects.exists()


def test_wrong_password_is_said_and_never_shown_again(webview: ConnectWebview) -> None:
    answer = Client().post(page(webview, "sign-in", "schlage"), {**LOGIN, "password": "hunter2-secret"})

    assert answer.status_code == 422
    assert "does not know this login" in text_of(answer)
    assert "jane@example.com" in text_of(answer)
    assert "hunter2-secret" not in text_of(answer)


def test_too_many_wrong_passwords_end_the_webview(webview: ConnectWebview) -> None:
    for _ in range(MOST_FAILURES):
        answer = Client().post(page(webview, "sign-in", "schlage"), {**LOGIN, "password": "x"})

    assert answer["Location"] == page(webview, "finish")
    assert "takes no more" in text_of(Client().get(page(webview, "finish")))
    assert Client().get(page(webview, "start")).status_code == 410


def test_failure_goes_to_its_own_address(sandbox: Workspace) -> None:
    webview = create_webview(sandbox, WebviewDetails(custom_redirect_failure_url="https://app.example/no"))
    for _ in range(MOST_FAILURES):
        answer = Client().post(page(webview, "sign-in", "schlage"), {**LOGIN, "password": "x"})

    assert answer["Location"] == f"https://app.example/no?connect_webview_id={webview.public_id}"


def test_success_goes_to_the_programs_address_and_the_page_allows_it(sandbox: Workspace) -> None:
    webview = create_webview(sandbox, WebviewDetails(custom_redirect_url="https://app.example:8443/ok"))
    form = Client().get(page(webview, "sign-in", "schlage"))
    assert "form-action 'self' https://app.example:8443;" in form["Content-Security-Policy"] + ";"

    answer = Client().post(page(webview, "sign-in", "schlage"), LOGIN)

    assert answer["Location"] == f"https://app.example:8443/ok?connect_webview_id={webview.public_id}"


def test_second_use_is_an_error_page(webview: ConnectWebview) -> None:
    Client().post(page(webview, "sign-in", "schlage"), LOGIN)

    for address in (page(webview, "start"), page(webview, "brands"), page(webview, "sign-in", "nuki")):
        answer = Client().get(address)
        assert (answer.status_code, "used before" in text_of(answer)) == (410, True)
    assert Client().post(page(webview, "sign-in", "nuki"), LOGIN).status_code == 410
    assert Account.objects.count() == 1


def test_one_brand_needs_no_choice(sandbox: Workspace) -> None:
    webview = create_webview(sandbox, WebviewDetails(accepted_providers=["nuki"]))

    assert Client().get(page(webview, "brands"))["Location"] == page(webview, "sign-in", "nuki")
    assert Client().get(page(webview, "sign-in", "schlage")).status_code == 404


def test_real_workspace_is_told_that_nothing_can_be_connected(db: None) -> None:
    webview = create_webview(make_workspace(), WebviewDetails())

    assert "No lock system can be connected here yet" in text_of(Client().get(page(webview, "start")))
    assert Client().get(page(webview, "brands"))["Location"] == page(webview, "start")
    assert Client().post(page(webview, "sign-in", "schlage"), LOGIN)["Location"] == page(webview, "start")
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("provider", "sent"),
    [
        ("wyze", {"api_key_id": "ABC123ABC", "api_key": "ABC123ABC"}),
        (
            "dormakaba_oracode",
            {
                "user_name": "jane",
                "password": "1234",
                "site_name": "Ocean Beach Vacations",
                "time_zone": "America/Denver",
            },
        ),
    ],
)
def test_brands_with_logins_of_their_own(
    provider: str, sent: dict[str, str], webview: ConnectWebview
) -> None:
    client = Client()
    form = text_of(client.get(page(webview, "sign-in", provider)))
    assert all(f'name="{name}"' in form for name in sent)
    assert client.post(page(webview, "sign-in", provider), {}).status_code == 422

    assert client.post(page(webview, "sign-in", provider), sent).status_code == 303
    device = Account.objects.get().devices.get()
    assert provider == "wyze" or device.time_zone == "America/Denver"
