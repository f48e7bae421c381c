"""What people do to the workspace itself is written down, with the fact: team, keys, webhooks, settings."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from properties.models import Workspace, WorkspaceChange


def note_change(
    workspace: Workspace, what: str, detail: str = "", *, actor: str, now: dt.datetime | None = None
) -> None:
    """Called in the transaction of what it tells; `detail` is for people to read, never a secret."""
    WorkspaceChange.objects.create(
        workspace=workspace, at=now or timezone.now(), actor=actor[:200], what=what[:100], detail=detail[:300]
    )
