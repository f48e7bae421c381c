"""Put a fetch on the queue of slow work once the transaction is committed. The task gets the id alone."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django_q.tasks import async_task

CLUSTER: Final = "slow"


def enqueue_fetch(feed_id: int) -> None:
    # A queue that is down costs minutes, not the change: the feed comes due again.
    transaction.on_commit(lambda: _put(feed_id), robust=True)


def _put(feed_id: int) -> None:
    async_task("properties.tasks.fetch_feed", feed_id, group="feeds", q_options={"cluster": CLUSTER})
