"""One login to a lock system on a connect webview: judged, and where it is right the account and its locks are there.

Called by access.views.connecting. A webview is good for one login; after `MOST_FAILURES` wrong ones it has failed. The
same login again is the same account, connected anew. Everything that becomes of a login is one transaction.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from access.connecting.logins import (
    ASKING_FOR_CODE,
    CODE,
    ZONE,
    is_code_right,
    is_login_right,
    locks_of,
    login_name_of,
)
from access.connecting.providers import BY_PROVIDER
from access.enums import EventType, WebviewStatus
from access.models import ClientSession, ConnectWebview, Event, Problem
from locks.brands import Brand
from locks.models import Account
from locks.provisioning import VIRTUAL, connect_account, sync_account_devices
from locks.sandbox import furnish_login, look_at
from properties.models import Workspace

# The founding documents name no number.
MOST_FAILURES: Final = 5
LOGIN_LENGTH: Final = 200
_ENDED_BY_LOGIN: Final = ("account_disconnected", "account_unreachable", "invalid_credentials")


class SignIn(enum.Enum):
    DONE = "done"
    ASKS_CODE = "asks for a code"
    WRONG = "wrong"
    FAILED = "wrong once too often"
    UNREACHABLE = "the lock system does not answer"
    USED = "used before"
    NOT_HERE = "no lock system of this kind here"


class _Unreachable(Exception):
    """The account's locks could not be listed: nothing of the login is kept."""


def can_connect(workspace: Workspace) -> bool:
    """All lock systems of today are virtual ones, and those belong to sandboxes: who signs in to a real one must not
    be told that it worked."""
    return workspace.is_sandbox


def sign_in(
    webview: ConnectWebview,
    *,
    provider: str,
    answers: Mapping[str, str],
    is_known: bool = False,
    now: dt.datetime,
) -> SignIn:
    """`answers` by field (access.connecting.logins). After `ASKS_CODE` they come with the code and without the
    password, and `is_known` says that the caller holds our word for the rest."""
    try:
        with transaction.atomic():
            return _sign_in(webview, provider, answers, is_known, now=now)
    except _Unreachable:
        return SignIn.UNREACHABLE


def _sign_in(
    webview: ConnectWebview, provider: str, answers: Mapping[str, str], is_known: bool, *, now: dt.datetime
) -> SignIn:
    rows = ConnectWebview.objects.select_for_update(of=("self",)).select_related("workspace")
    found = rows.filter(pk=webview.pk).first()
    if found is None or found.status != WebviewStatus.PENDING:
        return SignIn.USED  # also where it was deleted meanwhile
    webview = found
    brand = BY_PROVIDER.get(provider)
    if brand is None or provider not in webview.accepted_providers or not can_connect(webview.workspace):
        return SignIn.NOT_HERE
    if not is_known and not is_login_right(brand.key, answers):
        return _note_failure(webview, provider, now=now)
    if brand.key in ASKING_FOR_CODE:
        if not is_known:
            return SignIn.ASKS_CODE
        if not is_code_right(answers.get(CODE, "")):
            return _note_failure(webview, provider, now=now)
    _connect(webview, brand, answers, now=now)
    return SignIn.DONE


def _note_failure(webview: ConnectWebview, provider: str, *, now: dt.datetime) -> SignIn:
    webview.failed_logins += 1
    webview.selected_provider = provider
    if webview.failed_logins >= MOST_FAILURES:
        webview.status = WebviewStatus.FAILED
    webview.save(update_fields=["failed_logins", "selected_provider", "status"])
    _tell(webview, EventType.WEBVIEW_FAILED, now=now)
    return SignIn.FAILED if webview.status == WebviewStatus.FAILED else SignIn.WRONG


def _connect(webview: ConnectWebview, brand: Brand, answers: Mapping[str, str], *, now: dt.datetime) -> None:
    account, is_new = _account_of(webview, brand, answers, now=now)
    webview.account, webview.selected_provider = account, brand.provider
    webview.status, webview.authorized_at = WebviewStatus.AUTHORIZED, now
    webview.save(update_fields=["account", "selected_provider", "status", "authorized_at"])
    for session in ClientSession.objects.filter(
        workspace=webview.workspace, webview_ids__contains=[str(webview.public_id)]
    ):
        session.accounts.add(account)
    _tell(webview, EventType.WEBVIEW_SUCCEEDED, now=now, account=account)
    if is_new:
        _tell(webview, EventType.ACCOUNT_CREATED, now=now, account=account)
    for event_type in (EventType.ACCOUNT_CONNECTED, EventType.ACCOUNT_LOGGED_IN):
        _tell(webview, event_type, now=now, account=account)
    if sync_account_devices(account, now=now).unreadable is not None:
        raise _Unreachable
    look_at(account.devices.filter(removed_at=None).values_list("pk", flat=True), now=now)


def _account_of(
    webview: ConnectWebview, brand: Brand, answers: Mapping[str, str], *, now: dt.datetime
) -> tuple[Account, bool]:
    """Return the login's account, connected, and whether it is new. Two logins at once are one after the other."""
    Workspace.objects.select_for_update(no_key=True).get(pk=webview.workspace_id)
    name = login_name_of(brand.key, answers)[:LOGIN_LENGTH]
    key = account_key_of(webview.workspace, brand, name)
    furnish_login(key, brand=brand.key, locks=locks_of(brand.key), time_zone=answers.get(ZONE, ""))
    account = connect_account(
        webview.workspace,
        driver=VIRTUAL,
        brand=brand.key,
        name=f"{brand.display_name} ({name})"[:100],
        credentials={"account_key": key},
        now=now,
    )
    is_new = not account.login_name
    account.login_name = name
    account.manages_new_devices = webview.manages_new_devices
    account.customer_key = webview.request.get("customer_key") or account.customer_key
    account.custom_metadata = webview.custom_metadata or account.custom_metadata
    account.failures, account.paused_until = 0, None
    account.save(
        update_fields=[
            *("login_name", "manages_new_devices", "customer_key", "custom_metadata"),
            *("failures", "paused_until"),
        ]
    )
    Problem.objects.filter(account=account, cleared_at=None, code__in=_ENDED_BY_LOGIN).update(cleared_at=now)
    return account, is_new


def account_key_of(workspace: Workspace, brand: Brand, login_name: str) -> str:
    """Name the login at the virtual lock system; each workspace has locks of its own."""
    digest = hashlib.sha256(login_name.encode()).hexdigest()[:24]
    return f"{workspace.public_id}:{brand.key}:{digest}"


def _tell(
    webview: ConnectWebview, event_type: EventType, *, now: dt.datetime, account: Account | None = None
) -> None:
    data: dict[str, Any] = {"connect_webview_id": str(webview.public_id)}
    Event.objects.create(
        workspace_id=webview.workspace_id,
        type=event_type,
        occurred_at=now,
        actor="connect webview",
        account=account,
        webview=webview,
        data=data,
    )
