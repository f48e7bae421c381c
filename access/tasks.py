"""django-q tasks of access. They take ids and slot numbers, are idempotent, and can be killed at any line.

`run_locks` is a runner: it lives for KEYTURN_RUNNER_SECONDS and enqueues its successor. Two slots, each held by a
session lock of PostgreSQL, so however often a slot is enqueued, it runs once. `run_webhooks` is kept alive in the same
way, in one slot more: on this cluster, where it waits for no feed and no feed for it. `revive_runners` is the watchdog
that a one-minute schedule calls; nothing waits for its minute.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from access.api_keys import sweep_answers
from access.backups import resize_pools, sweep_backups
from access.beats import beat_slow
from access.declaring import sweep_stays
from access.messaging.alerts import sweep_alerts
from access.messaging.sweeping import send_waiting, sweep_messages
from access.passes import sweep_passes
from access.running.runner import run_for
from access.schedules import LOCK_SPACE, LOCKS
from access.staffing import sweep_staff
from access.webhooks import prune_deliveries
from locks.empty_accounts import list_empty_accounts

__all__ = [
    "ask_empty_accounts",
    "beat_slow",
    "prune_webhook_deliveries",
    "resize_backup_pools",
    "revive_runners",
    "run_locks",
    "run_webhooks",
    "send_alerts",
    "send_messages",
    "tell_people",
]

RUNNERS = 2
WEBHOOKS_SLOT = RUNNERS


def run_locks(slot: int) -> str:
    """Run what is due until this runner's time is over, then see to a successor."""
    if not _take_slot(slot):
        return "already running"
    try:
        # Lives of different lengths, so that the two runners rarely hand over at the same moment.
        run_for(settings.KEYTURN_RUNNER_SECONDS * (1 - slot / (2 * RUNNERS)), name=f"runner{slot}")
    finally:
        _free_slot(slot)
    # Not after a fault: the watchdog tries again within a minute, instead of at once for ever.
    enqueue_runner(slot)
    return "handed over"


def enqueue_runner(slot: int) -> None:
    async_task("access.tasks.run_locks", slot, cluster=LOCKS, task_name=f"runner {slot}")


def run_webhooks() -> str:
    """Deliver events until this runner's time is over, then see to a successor."""
    if not _take_slot(WEBHOOKS_SLOT):
        return "already running"
    # Only where it is needed: what it loads is of no use to the other processes.
    from access.webhooks.running import deliver_for

    try:
        deliver_for(settings.KEYTURN_RUNNER_SECONDS)
    finally:
        _free_slot(WEBHOOKS_SLOT)
    enqueue_webhooks()
    return "handed over"


def enqueue_webhooks() -> None:
    async_task("access.tasks.run_webhooks", cluster=LOCKS, task_name="webhooks")


def prune_webhook_deliveries() -> int:
    return prune_deliveries(now=timezone.now())


def forget_answers() -> int:
    return sweep_answers(now=timezone.now())


def ask_empty_accounts() -> int:
    return list_empty_accounts(now=timezone.now())


def tell_people() -> None:
    """Each minute: passes of stays that have none, messages to guests, alerts to managers."""
    sweep_passes(now=timezone.now())
    sweep_alerts(now=timezone.now())
    sweep_messages(now=timezone.now())


def send_alerts() -> int:
    """Not at the next minute: a guest stands before the door."""
    return sweep_alerts(now=timezone.now())


def send_messages() -> int:
    """What a person wants to have sent now."""
    return send_waiting(now=timezone.now())


def revive_runners() -> None:
    """Start every runner that is not running; take up changed stays that nobody announced, stays whose code needs a
    backup, and holders' next windows."""
    for slot in range(RUNNERS):
        enqueue_runner(slot)
    enqueue_webhooks()
    sweep_stays(now=timezone.now())
    sweep_backups(now=timezone.now())
    sweep_staff(now=timezone.now())


def _take_slot(slot: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, slot])
        row: tuple[bool] = cursor.fetchone()
        return row[0]


def _free_slot(slot: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, slot])


def resize_backup_pools(workspace_id: int) -> None:
    """Asked for where a person changed their size; what is lost, each lock's next reading makes good."""
    resize_pools(workspace_id, now=timezone.now())
