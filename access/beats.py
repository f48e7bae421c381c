"""Signs of life: each cluster shows that its workers still take and finish tasks, by one row that the supervisor reads.

Every task that begins or ends is a sign (django-q's signals, connected in AccessConfig.ready); a lock runner, which
lives longer than that, calls `beat("locks")` itself at each turn; `beat_slow` is the task that the supervisor sends
when the other cluster has nothing else to do.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django_q.conf import Conf
from django_q.signals import post_execute_in_worker, pre_execute

from access.models import Heartbeat

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_EVERY: Final = 11.0
log = logging.getLogger(__name__)
_last: dict[str, float] = {}


def beat(name: str) -> None:
    """Cheap enough to call at every turn: writes at most every few seconds per process."""
    clock = time.monotonic()
    if name in _last and clock - _last[name] < _every():
        return
    try:
        now = timezone.now()
        if not Heartbeat.objects.filter(name=name).update(beat_at=now):
            Heartbeat.objects.bulk_create([Heartbeat(name=name, beat_at=now)], ignore_conflicts=True)
    except DatabaseError as problem:
        # Whoever beats has real work to do, on a new connection; the supervisor sees the missing beat.
        log.warning("heartbeat %s not written: %s", name, type(problem).__name__)
        close_old_connections()
        return
    _last[name] = clock


def _every() -> float:
    """Several beats within the least time after which a silent cluster is started anew."""
    patience = min(settings.KEYTURN_LOCKS_SILENT_SECONDS, settings.KEYTURN_SLOW_SILENT_SECONDS)
    return float(min(LONGEST_EVERY, patience / 4))


def beat_slow() -> None:
    """The task that does nothing: to have been run is the sign."""
    beat("slow")


def read_beats() -> dict[str, datetime]:
    return dict(Heartbeat.objects.values_list("name", "beat_at"))


def connect() -> None:
    pre_execute.connect(_beat_of_cluster, dispatch_uid="keyturn.beat")
    post_execute_in_worker.connect(_beat_of_cluster, dispatch_uid="keyturn.beat")


def _beat_of_cluster(**_: object) -> None:
    beat(Conf.CLUSTER_NAME)
