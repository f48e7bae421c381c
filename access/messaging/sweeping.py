"""Each minute: write down which messages are due, once each, and send what waits. Killed anywhere, it goes on there."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Final

from django.utils import timezone

from access.enums import SendStatus
from access.messaging.occasions import Wanted, wanted_now
from access.messaging.sending import give_up_interrupted, send_message
from access.messaging.templates import sweep_usual
from access.models import Message, MessageTemplate

logger = logging.getLogger(__name__)

# Well inside the life of a task on the slow cluster.
BUDGET_SECONDS: Final = 60.0
BATCH: Final = 200


def sweep_messages(*, now: dt.datetime) -> int:
    """Return how many were tried."""
    sweep_usual()
    give_up_interrupted(now=now)
    note_due(now=now)
    return send_waiting(now=now)


def note_due(*, now: dt.datetime) -> int:
    templates = MessageTemplate.objects.filter(active_since__isnull=False, deleted_at=None)
    noted = 0
    for template in templates.select_related("workspace", "channel").order_by("pk"):
        try:
            noted += _note(list(wanted_now(template, now=now)), now=now)
        except Exception as error:  # noqa: BLE001  -- one template must not keep the others from their guests
            logger.error("Template %s: %s", template.pk, type(error).__name__)  # noqa: TRY400
    return noted


def _note(wanted: list[Wanted], *, now: dt.datetime) -> int:
    rows = [
        Message(
            stay=one.stay,
            template=one.template,
            occasion=one.occasion,
            due_at=one.due_at,
            expires_at=one.until,
            next_try_at=now,
        )
        for one in wanted
    ]
    # Another sweep may have noted the same one a moment ago.
    return len(Message.objects.bulk_create(rows, ignore_conflicts=True))


def send_waiting(*, now: dt.datetime, budget: float = BUDGET_SECONDS) -> int:
    begun, tried = time.monotonic(), 0
    due = Message.objects.filter(status=SendStatus.PENDING, next_try_at__lte=now).order_by(
        "next_try_at", "pk"
    )
    for message_id in list(due.values_list("pk", flat=True)[:BATCH]):
        if time.monotonic() - begun > budget:
            break
        try:
            send_message(message_id, now=max(now, timezone.now()))
        except Exception as error:  # noqa: BLE001  -- one message must not keep the others
            logger.error("Message %s: %s", message_id, type(error).__name__)  # noqa: TRY400
        tried += 1
    return tried
