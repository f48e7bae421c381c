"""Have alerts sent at once and not at the next minute: a guest stands before the door."""

from __future__ import annotations

from functools import partial
from typing import Final

from django.db import transaction
from django_q.tasks import async_task

CLUSTER: Final = "slow"


def alert_soon() -> None:
    """After the commit. Alerts are levels: asked twice, nobody is told twice."""
    transaction.on_commit(
        partial(async_task, "access.tasks.send_alerts", cluster=CLUSTER, task_name="alerts")
    )
