"""A sandbox as it was in the beginning: no accounts, no locks, no sign-in pages (facts 11.3).

Keys and webhooks stay, for what a program is told of the reset; so do properties and bookings, which are no part of
the founding API. Whoever signs in again with the same sandbox login finds new locks.
"""

from __future__ import annotations

import datetime as dt

from access.connecting.deleting import delete_account
from access.connecting.webviews import delete_webview
from access.models import ClientSession, ConnectWebview
from locks.models import Account
from locks.sandbox import clear_away
from properties.models import Workspace


class NotASandbox(ValueError):
    """Only sandboxes are reset; the message is a sentence."""


def reset_sandbox(workspace: Workspace, *, actor: str, now: dt.datetime) -> None:
    """Account by account; one that is cut off in the middle is finished by the next."""
    if not workspace.is_sandbox:
        raise NotASandbox("This workspace is not a sandbox, and its locks are real: nothing was reset.")
    # First, so that nobody connects an account behind our back.
    for webview in ConnectWebview.objects.in_workspace(workspace).order_by("pk"):
        delete_webview(webview)
    for account in Account.objects.in_workspace(workspace).order_by("pk"):
        clear_away(account)
        delete_account(account, actor=actor, now=now)
    ClientSession.objects.in_workspace(workspace).filter(revoked_at=None).update(revoked_at=now)
