"""Whether a guest was written to, in a word: the latest message of each stay that was not left out. Called by Today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from access.enums import SendStatus
from access.messaging.logs import LOOKS
from access.models import Message, MessageTemplate
from properties.models import Workspace

WORDS = {
    SendStatus.PENDING: "message waiting",
    SendStatus.SENDING: "message being sent",
    SendStatus.SENT: "message sent",
    SendStatus.FAILED: "message not sent",
    SendStatus.UNCERTAIN: "message may have been sent",
}


@dataclass(frozen=True, slots=True)
class Told:
    label: str
    tone: str
    symbol: str
    at: dt.datetime | None = None


NOTHING = Told("no message sent", "idle", "ended")


def told_guests(workspace: Workspace, stays: Collection[int]) -> dict[int, Told]:
    """By the stay's pk; none at all where the workspace never wrote to anybody and would not."""
    if not stays:
        return {}
    latest = Message.objects.filter(stay__in=stays).exclude(status=SendStatus.SKIPPED)
    rows = latest.order_by("stay", "-pk").distinct("stay").values_list("stay", "status", "sent_at")
    found = {stay: Told(WORDS[SendStatus(status)], *LOOKS[status], at) for stay, status, at in rows}
    writes = MessageTemplate.objects.in_workspace(workspace).filter(active_since__isnull=False)
    if found or writes.exists():
        return {stay: found.get(stay, NOTHING) for stay in stays}
    return {}
