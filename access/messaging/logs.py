"""What pages show of messages: a line for each, how it stands, and never its text, which may tell a code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from access.enums import EventType, SendStatus
from access.models import Event, Message
from properties.models import Workspace

FILTERS: Final[Mapping[str, tuple[str, tuple[SendStatus, ...]]]] = {
    "all": ("All", tuple(SendStatus)),
    "waiting": ("Waiting", (SendStatus.PENDING, SendStatus.SENDING)),
    "sent": ("Sent", (SendStatus.SENT,)),
    "failed": ("Not sent", (SendStatus.FAILED, SendStatus.UNCERTAIN, SendStatus.SKIPPED)),
}
# Seconds between two looks at a message that is on its way, or waits.
BUSY, CALM = 1, 15
SOON: Final = dt.timedelta(seconds=10)
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


def poll_seconds(message: Message, *, now: dt.datetime) -> int:
    """How often its page looks again; 0 where nothing will come."""
    if message.status not in (SendStatus.PENDING, SendStatus.SENDING):
        return 0
    again = message.next_try_at if message.status == SendStatus.PENDING else None
    return CALM if again is not None and again > now + SOON else BUSY


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
