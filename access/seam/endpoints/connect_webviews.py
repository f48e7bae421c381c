"""connect_webviews/*: pages on which somebody signs in to a lock system. The pages are access.views.connecting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from access.connecting.providers import CATEGORIES
from access.connecting.webviews import WebviewDetails, WebviewRefused, create_webview, delete_webview
from access.models import ClientSession, ConnectWebview
from access.seam.endpoints.connected_accounts import ALL_CAPABILITIES
from access.seam.endpoints.rights import check_whole
from access.seam.errors import invalid, not_found
from access.seam.kinds import Choice, Flag, Id, Many, Record, Text
from access.seam.paging import PAGED, page_of
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.accounts import show_webview

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()
LIMIT: Final = 500
WORD: Final = Text(200)
ADDRESS: Final = Text(2000)
WEBVIEW: Final = {"connect_webview_id": needs(Id())}
_TOLD: Final = (
    "accepted_capabilities", "provider_category", "excluded_providers", "device_selection_mode", "customer_key",
)  # fmt: skip


@routes.change(
    "connect_webviews/create",
    {
        "accepted_providers": may(Many(WORD)),
        "provider_category": may(Choice(CATEGORIES)),
        "excluded_providers": may(Many(WORD)),
        "accepted_capabilities": may(ALL_CAPABILITIES),
        "custom_redirect_url": may(ADDRESS),
        "custom_redirect_failure_url": may(ADDRESS),
        "custom_metadata": may(Record()),
        "automatically_manage_new_devices": may(Flag()),
        "wait_for_device_creation": may(Flag()),
        "device_selection_mode": may(Choice(("none", "single", "multiple"))),
        "customer_key": may(WORD),
    },
    for_sessions=True,
)
def create(call: Call) -> Answer:
    check_whole(call)
    details = WebviewDetails(
        accepted_providers=call.get("accepted_providers"),
        provider_category=call.get("provider_category"),
        excluded_providers=call.get("excluded_providers", ()),
        custom_redirect_url=call.get("custom_redirect_url", ""),
        custom_redirect_failure_url=call.get("custom_redirect_failure_url", ""),
        custom_metadata=call.get("custom_metadata", {}),
        manages_new_devices=call.get("automatically_manage_new_devices", True),
        wait_for_device_creation=call.get("wait_for_device_creation", False),
        told={name: call.get(name) for name in _TOLD},
    )
    try:
        with transaction.atomic():
            webview = create_webview(call.workspace, details)
            _grant(call, webview)
    except WebviewRefused as error:
        raise invalid(str(error), error.field) from error
    return {"connect_webview": show_webview(webview, call)}


@routes.read("connect_webviews/get", WEBVIEW, for_sessions=True)
def get(call: Call) -> Answer:
    return {"connect_webview": show_webview(_find(call), call)}


@routes.read(
    "connect_webviews/list",
    {
        "custom_metadata_has": may(Record()),
        "user_identifier_key": may(WORD),
        "customer_key": may(WORD),
        "search": may(WORD),
        **PAGED,
    },
    for_sessions=True,
)
def list_webviews(call: Call) -> Answer:
    webviews, pagination = page_of(call, _chosen(call), limit=LIMIT)
    return {"connect_webviews": [show_webview(one, call) for one in webviews], "pagination": pagination}


@routes.change("connect_webviews/delete", WEBVIEW, "DELETE", for_sessions=True)
def delete(call: Call) -> Answer:
    """What was connected on it stays connected."""
    delete_webview(_find(call))
    return {}


def _grant(call: Call, webview: ConnectWebview) -> None:
    """What a client session asked for is for that session to see."""
    if call.caller.session is not None:
        session = ClientSession.objects.select_for_update().get(pk=call.caller.session.pk)
        session.webview_ids = [*session.webview_ids, str(webview.public_id)]
        session.save(update_fields=["webview_ids"])


def _rows(call: Call) -> QuerySet[ConnectWebview]:
    return call.rows(ConnectWebview).select_related("account").defer("account__credentials")


def _find(call: Call) -> ConnectWebview:
    webview = _rows(call).filter(public_id=call["connect_webview_id"]).first()
    if webview is None:
        raise not_found("connect_webview", connect_webview_id=call["connect_webview_id"])
    return webview


def _chosen(call: Call) -> QuerySet[ConnectWebview]:
    rows = _rows(call)
    if "custom_metadata_has" in call:
        rows = rows.filter(custom_metadata__contains=call["custom_metadata_has"])
    if "customer_key" in call:
        rows = rows.filter(request__customer_key=call["customer_key"])
    if "user_identifier_key" in call:
        rows = rows.filter(public_id__in=_webviews_of_user(call, call["user_identifier_key"]))
    if "search" in call:
        text = call["search"]
        rows = rows.filter(Q(selected_provider__icontains=text) | Q(account__name__icontains=text))
    return rows


def _webviews_of_user(call: Call, user_identifier_key: str) -> list[Any]:
    sessions = ClientSession.objects.in_workspace(call.workspace).filter(
        user_identifier_key=user_identifier_key
    )
    return [one for ids in sessions.values_list("webview_ids", flat=True) for one in ids]
