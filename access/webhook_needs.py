"""What needs action about webhooks: those that Keyturn switched off, since nothing got through for days. Another
program then misses what happens, and nobody else would tell. Called by access.boards; one query."""

from __future__ import annotations

from django.urls import reverse

from access.models.webhooks import GAVE_UP
from access.needs import NEEDS_SHOWN, Need
from access.webhooks import endpoints_of
from access.webhooks.endpoints import host_of
from properties.models import Workspace


def webhook_needs(workspace: Workspace) -> list[Need]:
    rows = endpoints_of(workspace).filter(disabled_at__isnull=False, disabled_reason__startswith=GAVE_UP)
    return [
        Need(
            title=row.description or f"Webhook to {host_of(row)}",
            cause=f"{row.disabled_reason} It was switched off, and its program hears of nothing. Mend the address, "
            "switch it on, and send again what it missed.",
            label="Webhook off",
            symbol="error",
            tone="warn",
            url=reverse("webhook-detail", args=[row.public_id]),
            subject="Webhook off",
            rank=2,
            causes=frozenset({f"off:{row.disabled_at}"}),
        )
        for row in rows[:NEEDS_SHOWN]
    ]
