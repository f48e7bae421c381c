"""Connected accounts for managers: which there are and how they stand, connect one, connect one anew, let one go.

Signing in happens on a connect webview (access.views.connecting), as for a program; it leads back here.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.account_pages import account_lines, devices_of
from access.connecting.deleting import delete_account
from access.connecting.signing_in import MOST_FAILURES, can_connect
from access.connecting.webviews import WebviewDetails, create_webview
from access.enums import WebviewStatus
from access.models import AccessCode, ConnectWebview
from locks.brands import brand_of
from locks.models import Account
from locks.waking import wake_devices
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page

if TYPE_CHECKING:
    from django.http import HttpResponse

NEVER = uuid.UUID(int=0)


@require_safe
@manager_required
def list_accounts(request: MemberRequest) -> HttpResponse:
    context = {"lines": account_lines(request.workspace), "can_connect": can_connect(request.workspace)}
    return render(request, "access/accounts/list.html", context)


@require_safe
@manager_required
def show_account(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    account = fetch_or_404(Account.objects.all(), request, public_id)
    line = next(one for one in account_lines(request.workspace) if one.account.pk == account.pk)
    context = {
        "line": line,
        "account": account,
        "devices": devices_of(account),
        "can_connect": can_connect(request.workspace),
    }
    return render(request, "access/accounts/detail.html", context)


@require_POST
@manager_required
def connect(request: MemberRequest) -> HttpResponse:
    return _to_sign_in(request, _details(request))


@require_POST
@manager_required
def reconnect(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """The same login again is the same account; which one it was is said on its page."""
    account = fetch_or_404(Account.objects.all(), request, public_id)
    provider = brand_of(account.brand).provider
    return _to_sign_in(request, _details(request, accepted_providers=[provider]))


@require_POST
@manager_required
def ask_again(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whoever was given leave again in the lock system's own app needs no new login."""
    account = fetch_or_404(Account.objects.all(), request, public_id)
    now = timezone.now()
    Account.objects.filter(pk=account.pk).update(paused_until=None)
    wake_devices(account.devices.filter(removed_at=None).values_list("pk", flat=True), at=now)
    messages.info(request, f"{account.name} is being asked; load this page again to see its answer.")
    return redirect("device-account", account.public_id)


@require_safe
@manager_required
def connected(request: MemberRequest) -> HttpResponse:
    """Where the sign-in page leads: to the account that came of it."""
    try:
        public_id = uuid.UUID(request.GET.get("connect_webview_id", ""))
    except ValueError:
        public_id = NEVER
    webview = (
        ConnectWebview.objects.in_workspace(request.workspace)
        .select_related("account")
        .filter(public_id=public_id)
        .first()
    )
    if webview is None or webview.status == WebviewStatus.PENDING:
        return redirect("device-account-list")
    account = webview.account
    if webview.status == WebviewStatus.FAILED:
        messages.error(
            request,
            f"The login was wrong {MOST_FAILURES} times. Nothing was connected; check it and try again.",
        )
        return redirect("device-account-list")
    if account is None or account.deleted_at is not None:
        messages.error(
            request, "That account was disconnected since; connect it again to bring its locks back."
        )
        return redirect("device-account-list")
    found = account.devices.filter(removed_at=None).count()
    free = account.devices.filter(removed_at=None, door=None).count()
    said = f"Connected: {_number(found, 'lock')} found."
    messages.success(request, f"{said} Now say which door each is." if free else said)
    return redirect("device-account", account.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    account = fetch_or_404(Account.objects.all(), request, public_id)
    if request.method == "POST":
        delete_account(account, actor=request.user.email, now=timezone.now())
        messages.success(request, f"{account.name} is disconnected for good.")
        return redirect("device-account-list")
    here = account.devices.filter(removed_at=None)
    locks, doors = here.count(), here.filter(door__isnull=False).count()
    codes = AccessCode.objects.filter(device__account=account, ended_at=None, is_managed=True).count()
    return confirm_page(
        request,
        heading=f"Disconnect {account.name} for good?",
        consequences=[
            f"{_number(locks, 'lock')} and {_number(doors, 'door')} leave Keyturn; no guest gets a code there.",
            "Nothing is sent to the locks: codes on them stay until somebody removes them in the lock's app.",
            f"Keyturn knows of {_number(codes, 'code')} that may stand there.",
            "The history stays. The same login connected later brings the locks back, without their doors.",
        ],
        submit="Disconnect for good",
        back=(reverse("device-account", args=[account.public_id]), account.name),
    )


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _to_sign_in(request: MemberRequest, details: WebviewDetails) -> HttpResponse:
    if not can_connect(request.workspace):
        messages.error(
            request,
            "No lock system can be connected here yet: all that Keyturn has today are virtual locks, "
            "and this workspace is not a sandbox.",
        )
        return redirect("device-account-list")
    return redirect("connect-brands", create_webview(request.workspace, details).token)


def _details(request: MemberRequest, *, accepted_providers: list[str] | None = None) -> WebviewDetails:
    """Either way, the sign-in page leads back here."""
    back = request.build_absolute_uri(reverse("device-account-connected"))
    return WebviewDetails(
        accepted_providers=accepted_providers, custom_redirect_url=back, custom_redirect_failure_url=back
    )
