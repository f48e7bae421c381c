"""What people do to the workspace is written down, with the fact: team, keys, webhooks, settings, houses, calendars."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils import timezone

from properties.models import Property, Workspace, WorkspaceChange

MAX_DETAIL: Final = 300


def note_change(
    workspace: Workspace,
    what: str,
    detail: str = "",
    *,
    actor: str,
    now: dt.datetime | None = None,
    place: Property | None = None,
) -> None:
    """Called in the transaction of what it tells; `detail` is for people to read, never a secret."""
    if len(detail) > MAX_DETAIL:
        detail = f"{detail[: MAX_DETAIL - 1]}…"
    WorkspaceChange.objects.create(
        workspace=workspace,
        place=place,
        at=now or timezone.now(),
        actor=actor[:200],
        what=what[:100],
        detail=detail,
    )


def in_words(changes: Mapping[str, Sequence[str | None]]) -> str:
    """What `booking.recording.assign` found, for `detail`."""
    return "; ".join(
        f"{name.replace('_', ' ')}: {_value(before)} → {_value(after)}"
        for name, (before, after) in changes.items()
    )


def _value(shown: str | None) -> str:
    if not shown:
        return "none"
    return {"True": "yes", "False": "no"}.get(shown) or re.sub(r"^(\d\d:\d\d):00$", r"\1", shown)
