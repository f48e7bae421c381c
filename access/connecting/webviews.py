"""Connect webviews: made for a program, found by the token in their address, deleted.

`address_of` is the path of the page; whoever knows the token may use the page, without signing in to Keyturn.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.db import transaction
from django.urls import reverse

from access.connecting.metadata import MetadataError, checked_metadata
from access.connecting.providers import NoProvider, offered_providers
from access.enums import WebviewStatus
from access.models import ConnectWebview, Event
from properties.models import Workspace

LONGEST_ADDRESS: Final = 2000
# What a browser would run or read instead of going there.
_NEVER: Final = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}
)


class WebviewRefused(ValueError):
    """No such webview can be made. `field`: whose value is wrong; the message is a sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class WebviewDetails:
    """What a program asks for. `told`: what is only told again (see ConnectWebview.request)."""

    accepted_providers: Iterable[str] | None = None
    provider_category: str | None = None
    excluded_providers: Iterable[str] = ()
    custom_redirect_url: str = field(default="", repr=False)
    custom_redirect_failure_url: str = field(default="", repr=False)
    custom_metadata: Mapping[str, Any] = field(default_factory=dict)
    manages_new_devices: bool = True
    wait_for_device_creation: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)


def create_webview(workspace: Workspace, details: WebviewDetails) -> ConnectWebview:
    accepted = None if details.accepted_providers is None else list(details.accepted_providers)
    try:
        providers = offered_providers(
            accepted=accepted, category=details.provider_category, excluded=details.excluded_providers
        )
    except NoProvider as error:
        named = "accepted_providers" if accepted is not None else "provider_category"
        raise WebviewRefused(named, str(error)) from error
    try:
        metadata = checked_metadata(details.custom_metadata)
    except MetadataError as error:
        raise WebviewRefused("custom_metadata", str(error)) from error
    return ConnectWebview.objects.create(
        workspace=workspace,
        token=secrets.token_urlsafe(32),
        accepted_providers=providers,
        any_provider_allowed=accepted is None and details.provider_category is None,
        request={key: value for key, value in details.told.items() if value is not None},
        custom_redirect_url=_checked_address("custom_redirect_url", details.custom_redirect_url),
        custom_redirect_failure_url=_checked_address(
            "custom_redirect_failure_url", details.custom_redirect_failure_url
        ),
        custom_metadata=metadata,
        manages_new_devices=details.manages_new_devices,
        wait_for_device_creation=details.wait_for_device_creation,
    )


def find_webview(token: str) -> ConnectWebview | None:
    return ConnectWebview.objects.select_related("workspace", "account").filter(token=token).first()


@transaction.atomic
def delete_webview(webview: ConnectWebview) -> None:
    """Its events stay and go on naming it; the account that came of it stays too."""
    Event.objects.filter(webview=webview).update(webview=None)
    webview.delete()


def address_of(webview: ConnectWebview) -> str:
    return reverse("connect-start", args=[webview.token])


def redirect_of(webview: ConnectWebview) -> str:
    """Where the browser goes after the login, with the webview's id; "" where it stays with us."""
    target = webview.custom_redirect_url
    if webview.status == WebviewStatus.FAILED:
        target = webview.custom_redirect_failure_url or target
    if not target:
        return ""
    parts = urlsplit(target)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("connect_webview_id", str(webview.public_id))]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _checked_address(name: str, address: str) -> str:
    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise WebviewRefused(name, "This is not an address.") from None
    is_web = parts.scheme in {"http", "https"}
    clean = address.isprintable() and " " not in address and len(address) <= LONGEST_ADDRESS
    if not clean or not parts.scheme or parts.scheme in _NEVER or (is_web and not parts.hostname):
        raise WebviewRefused(
            name, "Give a whole address, such as https://app.example/connected or myapp://connected."
        )
    return address
