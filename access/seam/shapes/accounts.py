"""Connected accounts and connect webviews as the founding API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from access.connecting.webviews import address_of
from access.enums import Scope, WebviewStatus
from access.models import ConnectWebview
from access.seam.shapes.common import Troubles
from access.telling.moments import told_moment
from locks.brands import brand_of
from locks.models import Account

if TYPE_CHECKING:
    from access.seam.routing import Call

CAPABILITIES: Final = ("lock",)


def show_account(account: Account, call: Call) -> dict[str, Any]:
    return show_accounts([account], call)[0]


def show_accounts(accounts: Sequence[Account], call: Call) -> list[dict[str, Any]]:
    """One query more, however many there are."""
    troubles = Troubles(accounts=(account.pk for account in accounts))
    return [_show_account(account, call, troubles) for account in accounts]


def _show_account(account: Account, call: Call, troubles: Troubles) -> dict[str, Any]:
    brand = brand_of(account.brand)
    return {
        "connected_account_id": str(account.public_id),
        "workspace_id": str(call.workspace.public_id),
        "account_type": brand.provider,
        "account_type_display_name": brand.display_name,
        "display_name": account.name,
        "image_url": None,
        "user_identifier": _identifier(account),
        "accepted_capabilities": list(CAPABILITIES),
        "automatically_manage_new_devices": account.manages_new_devices,
        "custom_metadata": account.custom_metadata,
        "customer_key": account.customer_key or None,
        "created_at": told_moment(account.created_at),
        **troubles.of_account(account.pk),
    }


def _identifier(account: Account) -> dict[str, str]:
    name = account.login_name
    if not name:
        return {}
    return {"email": name} if "@" in name else {"username": name}


def show_webview(webview: ConnectWebview, call: Call) -> dict[str, Any]:
    """`webview` comes with its account."""
    asked = webview.request
    account = webview.account
    return {
        "connect_webview_id": str(webview.public_id),
        "workspace_id": str(call.workspace.public_id),
        "url": _address(webview, call),
        "status": webview.status,
        "login_successful": webview.status == WebviewStatus.AUTHORIZED,
        "connected_account_id": None if account is None else str(account.public_id),
        "authorized_at": told_moment(webview.authorized_at),
        "selected_provider": webview.selected_provider or None,
        "accepted_providers": webview.accepted_providers,
        "accepted_capabilities": asked.get("accepted_capabilities", list(CAPABILITIES)),
        "accepted_devices": [],
        "any_provider_allowed": webview.any_provider_allowed,
        "any_device_allowed": True,
        "provider_category": asked.get("provider_category"),
        "device_selection_mode": asked.get("device_selection_mode", "none"),
        "customer_key": asked.get("customer_key"),
        "custom_metadata": webview.custom_metadata,
        "custom_redirect_url": webview.custom_redirect_url or None,
        "custom_redirect_failure_url": webview.custom_redirect_failure_url or None,
        "automatically_manage_new_devices": webview.manages_new_devices,
        "wait_for_device_creation": webview.wait_for_device_creation,
        "created_at": told_moment(webview.created_at),
    }


def _address(webview: ConnectWebview, call: Call) -> str | None:
    """Whoever knows the address may connect an account, so it is for those who may change something."""
    if Scope.WRITE not in call.caller.scopes:
        return None
    return call.request.build_absolute_uri(address_of(webview))
