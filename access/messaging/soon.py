"""Have something sent at once and not at the next minute: a guest stands before the door, or a person waits for it."""

from __future__ import annotations

from functools import partial
from typing import Final

from django.db import transaction
from django_q.tasks import async_task

CLUSTER: Final = "slow"


def alert_soon() -> None:
    """Alerts are levels: asked twice, nobody is told twice."""
    _enqueue("send_alerts")


def send_soon() -> None:
    """Messages that wait; each is sent once, whoever asks."""
    _enqueue("send_messages")


def _enqueue(task: str) -> None:
    """After the commit."""
    transaction.on_commit(partial(async_task, f"access.tasks.{task}", cluster=CLUSTER, task_name=task))
