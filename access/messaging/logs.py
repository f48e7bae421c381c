"""What pages show of messages: a line for each, how it stands, and never its text, which may tell a code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from access.enums import EventType, SendStatus
from access.models import Event, Message
from properties.models import Stay, Workspace

FILTERS: Final[Mapping[str, tuple[str, tuple[SendStatus, ...]]]] = {
    "all": ("All", tuple(SendStatus)),
    "waiting": ("Waiting", (SendStatus.PENDING, SendStatus.SENDING)),
    "sent": ("Sent", (SendStatus.SENT,)),
    "failed": ("Not sent", (SendStatus.FAILED, SendStatus.UNCERTAIN, SendStatus.SKIPPED)),
}
# Tone and symbol of each status.
LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    SendStatus.PENDING: ("pending", "scheduled"),
    SendStatus.SENDING: ("pending", "programming"),
    SendStatus.SENT: ("ok", "ok"),
    SendStatus.FAILED: ("error", "error"),
    SendStatus.UNCERTAIN: ("unknown", "unknown"),
    SendStatus.SKIPPED: ("idle", "ended"),
}


def messages_of(workspace: Workspace, *, show: str) -> QuerySet[Message]:
    _, statuses = FILTERS[show]
    rows = Message.objects.in_workspace(workspace).filter(status__in=statuses)
    return rows.select_related("template", "stay__guest", "stay__unit__property").order_by("-pk")


def messages_of_stay(stay: Stay) -> QuerySet[Message]:
    return Message.objects.filter(stay=stay).select_related("template").order_by("-pk")


@transaction.atomic
def read_message(message: Message, *, actor: str, now: dt.datetime) -> str:
    """The text as it was sent; where it tells a code, the look is written down."""
    if message.told_digest:
        Event.objects.create(
            workspace_id=message.stay.workspace_id,
            type=EventType.PIN_REVEALED,
            occurred_at=now,
            actor=actor,
            stay=message.stay,
            data={"message": str(message.public_id)},
        )
    return message.body or ""
