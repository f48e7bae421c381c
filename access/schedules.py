"""What the clusters do again and again, as rows of django-q. Nothing else waits for its minute: work is enqueued the
moment that there is some, and a schedule takes up what was lost.

Light to load: the supervisor, which runs for good beside the clusters, needs nothing that the tasks need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django_q.models import Schedule
from django_q.tasks import async_task

LOCKS: Final = "locks"
SLOW: Final = "slow"
# The first key of the two-key advisory locks; any number that nothing else uses. Slots of runners are the second.
LOCK_SPACE: Final = 0x4B54
SCHEDULES_LOCK: Final = 1_000


@dataclass(frozen=True, slots=True)
class Repeated:
    """`minutes` None: once a day."""

    name: str
    func: str
    cluster: str
    minutes: int | None = 1


SCHEDULES: Final = (
    Repeated("enqueue due feeds", "properties.tasks.enqueue_due_feeds", SLOW),
    Repeated("revive lock runners", "access.tasks.revive_runners", LOCKS),
    Repeated("ask accounts without locks", "access.tasks.ask_empty_accounts", SLOW, minutes=10),
    Repeated("tell people", "access.tasks.tell_people", SLOW),
    Repeated("prune webhook deliveries", "access.tasks.prune_webhook_deliveries", SLOW, minutes=None),
    Repeated("forget answers to repeated requests", "access.tasks.forget_answers", SLOW, minutes=None),
)


@transaction.atomic
def ensure_schedules() -> None:
    """Make the rows, or bring them up to date; called when a worker starts. One worker at a time: names are not unique
    in django-q's table, and two rows of one name would be two schedules. What was doubled is mended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, SCHEDULES_LOCK])
    for one in SCHEDULES:
        timing = (
            {"schedule_type": Schedule.DAILY, "minutes": None}
            if one.minutes is None
            else {"schedule_type": Schedule.MINUTES, "minutes": one.minutes}
        )
        wanted = {"func": one.func, "cluster": one.cluster, "repeats": -1, **timing}
        found = list(Schedule.objects.filter(name=one.name).order_by("pk").values_list("pk", flat=True))
        Schedule.objects.filter(pk__in=found[1:]).delete()
        Schedule.objects.update_or_create(name=one.name, defaults=wanted)


def enqueue_revival() -> None:
    """Not at the next minute: a cluster of runners was just started."""
    async_task("access.tasks.revive_runners", cluster=LOCKS)
