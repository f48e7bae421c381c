"""What a connect webview offers, where it leads, and what it refuses to be."""

from __future__ import annotations

import pytest

from access.connecting.metadata import MetadataError, checked_metadata, merged_metadata
from access.connecting.providers import BY_PROVIDER, CATEGORIES, NoProvider, offered_providers, providers_in
from access.connecting.webviews import (
    WebviewDetails,
    WebviewRefused,
    create_webview,
    delete_webview,
    redirect_of,
)
from access.enums import EventType, WebviewStatus
from access.models import ConnectWebview, Event
from properties.models import Workspace
from tests.factories import NOW


def test_all_brands_are_stable_and_in_one_more_category() -> None:
    assert providers_in("stable") == list(BY_PROVIDER)
    assert len(BY_PROVIDER) == 14
    others = [*providers_in("consumer_smartlocks"), *providers_in("access_control_systems")]
    assert sorted(others) == sorted(BY_PROVIDER)
    assert {"stable", "thermostats"} <= set(CATEGORIES)


def test_offered_are_those_asked_for_without_those_left_out() -> None:
    names = offered_providers(accepted=["schlage", "ecobee", "salto", "schlage"], category=None)

    assert names == ["schlage", "salto_ks"]
    assert "nuki" not in offered_providers(accepted=None, category=None, excluded=["nuki"])


@pytest.mark.parametrize("accepted", [[], ["ecobee"], ["nuki"]])
def test_nothing_to_offer_is_refused(accepted: list[str]) -> None:
    with pytest.raises(NoProvider, match="schlage"):
        offered_providers(accepted=accepted, category=None, excluded=["nuki"])


def test_category_without_locks_is_refused() -> None:
    with pytest.raises(NoProvider):
        offered_providers(accepted=None, category="thermostats")


@pytest.mark.django_db
def test_redirect_names_the_webview_and_keeps_its_own_query(sandbox: Workspace) -> None:
    webview = create_webview(
        sandbox,
        WebviewDetails(
            custom_redirect_url="https://app.example/ok?a=1&b=#top", custom_redirect_failure_url="myapp://no"
        ),
    )

    assert redirect_of(webview) == f"https://app.example/ok?a=1&b=&connect_webview_id={webview.public_id}#top"
    webview.status = WebviewStatus.FAILED
    assert redirect_of(webview) == f"myapp://no?connect_webview_id={webview.public_id}"
    webview.custom_redirect_failure_url = ""
    assert redirect_of(webview).startswith("https://app.example/ok")
    webview.custom_redirect_url = ""
    assert redirect_of(webview) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "app.example",
        "https://",
        "//app.example",
        "http://[",
        "file:///x",
    ],
)
def test_redirect_to_no_address_is_refused(sandbox: Workspace, address: str) -> None:
    with pytest.raises(WebviewRefused) as refused:
        create_webview(sandbox, WebviewDetails(custom_redirect_url=address))

    assert refused.value.field == "custom_redirect_url"


@pytest.mark.django_db
def test_tokens_cannot_be_guessed(sandbox: Workspace) -> None:
    tokens = {create_webview(sandbox, WebviewDetails()).token for _ in range(5)}

    assert len(tokens) == 5
    assert min(map(len, tokens)) >= 43


@pytest.mark.django_db
def test_deleted_webview_stays_in_the_history(webview: ConnectWebview) -> None:
    Event.objects.create(
        workspace=webview.workspace, type=EventType.WEBVIEW_FAILED, occurred_at=NOW, webview=webview
    )
    delete_webview(webview)

    assert Event.objects.get().webview is None


def test_metadata_is_short_text_or_flag() -> None:
    assert checked_metadata({"a": "x", "b": True, "c": None, "d": ""}) == {"a": "x", "b": True}
    assert merged_metadata({"a": "x", "b": "y"}, {"b": None, "c": False}) == {"a": "x", "c": False}


@pytest.mark.parametrize(
    "wrong", [{"a": 1}, {"a" * 41: "x"}, {"a": "x" * 501}, {str(n): "x" for n in range(51)}, {"a": ["x"]}]
)
def test_other_metadata_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MetadataError):
        checked_metadata(wrong)
