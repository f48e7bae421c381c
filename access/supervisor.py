"""Keeps the two clusters alive: `manage.py worker` runs this, and `manage.py run` starts that.

An idle django-q worker that is killed can leave a lock behind on which the whole cluster then waits for ever, and
django-q does not notice. So each cluster shows signs of life (`access/beats.py`); when they stop, or the cluster ends,
its whole process group is killed and started anew. That is safe at any moment: runners are fenced, tasks idempotent.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django_q.tasks import async_task

from access.beats import read_beats
from access.processes import Child, end_all, manage
from access.schedules import LOCKS, SLOW

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

TURN_SECONDS: Final = 1.0
HUNG_STOP_SECONDS: Final = 2.0
LOOK_EVERY: Final = timedelta(seconds=10)
SHORTEST_LIFE: Final = timedelta(seconds=10)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each cluster may be silent, how often the slow one is asked, how long a stop may take."""

    silent: Mapping[str, timedelta]
    ask_every: timedelta
    stop_seconds: float


def is_hung(*, started_at: datetime, beat_at: datetime | None, silent: timedelta, now: datetime) -> bool:
    """Silent for too long; a fresh cluster gets the same time for its first sign."""
    return now - max(started_at, beat_at or started_at) > silent


def wait_before_start(started: Sequence[datetime], *, now: datetime) -> timedelta:
    """A cluster that ends at once each time is started more and more seldom, up to every minute."""
    recent = sum(1 for moment in started if now - moment < timedelta(minutes=5))
    alive_for = now - started[-1] if started else SHORTEST_LIFE
    if alive_for >= SHORTEST_LIFE:
        return timedelta(0)
    return timedelta(seconds=min(60, 2**recent))


class Cluster:
    def __init__(self, name: str) -> None:
        self.name = name
        self.child = Child(name, manage("cluster"), {"Q_CLUSTER_NAME": name})
        self.starts: list[datetime] = []
        self.next_start: datetime | None = None

    def start(self, now: datetime) -> None:
        self.child.start()
        self.starts = [*self.starts[-20:], now]
        self.next_start = None


class Supervisor:
    def __init__(
        self,
        names: Sequence[str],
        *,
        limits: Limits,
        revive: Callable[[], object] = bool,
        mend_database: Callable[[], object] = bool,
    ) -> None:
        self.clusters = [Cluster(name) for name in names]
        self.limits = limits
        self.revive = revive
        self.mend_database = mend_database
        self.asked_at: datetime | None = None
        self.looked_at: datetime | None = None

    def run(self, ending: threading.Event) -> None:
        try:
            while not ending.is_set():
                self.turn(timezone.now())
                ending.wait(TURN_SECONDS)
        finally:
            log.info("stopping the clusters")
            end_all([cluster.child for cluster in self.clusters], seconds=self.limits.stop_seconds)

    def turn(self, now: datetime) -> None:
        beats = self._exchange_beats(now) if self._is_time_to_look(now) else None
        for cluster in self.clusters:
            if cluster.child.has_ended():
                self._start_again(cluster, now)
            elif beats is not None and is_hung(
                started_at=cluster.starts[-1],
                beat_at=beats.get(cluster.name),
                silent=self.limits.silent[cluster.name],
                now=now,
            ):
                log.error("cluster %s gives no sign of life: starting it anew", cluster.name)
                cluster.child.end(seconds=HUNG_STOP_SECONDS)
                self._start(cluster, timezone.now())

    def _is_time_to_look(self, now: datetime) -> bool:
        """Seldom enough that an idle system is idle, often enough for the least patience."""
        every = min(LOOK_EVERY, min(self.limits.silent.values()) / 3)
        if self.looked_at is not None and now - self.looked_at < every:
            return False
        self.looked_at = now
        return True

    def _start_again(self, cluster: Cluster, now: datetime) -> None:
        if cluster.next_start is None:
            if cluster.starts:
                log.error("cluster %s ended by itself", cluster.name)
            # Its workers may have outlived it.
            cluster.child.kill()
            cluster.next_start = now + wait_before_start(cluster.starts, now=now)
        if now >= cluster.next_start:
            self._start(cluster, now)

    def _start(self, cluster: Cluster, now: datetime) -> None:
        cluster.start(now)
        if cluster.name == LOCKS:
            self._try(self.revive)

    def _try(self, help_out: Callable[[], object]) -> None:
        try:
            help_out()
        except Exception:  # whatever is wrong there, the supervision goes on
            log.exception("the supervisor could not help, and tries again later")

    def _exchange_beats(self, now: datetime) -> dict[str, datetime] | None:
        """Ask the slow cluster for a sign and read all signs; None where the database does not answer."""
        started = time.monotonic()
        try:
            close_old_connections()
            beats = read_beats()
            overdue = self.asked_at is None or now - self.asked_at >= self.limits.ask_every
            if overdue and any(cluster.name == SLOW for cluster in self.clusters):
                async_task("access.beats.beat_slow", cluster=SLOW)
                self.asked_at = now
        except DatabaseError as problem:
            log.warning("signs of life not read: %s", type(problem).__name__)
            self._try(self.mend_database)
            return None
        # After a stall of the database, or of ourselves, the signs are as old as the stall.
        return beats if time.monotonic() - started < TURN_SECONDS else None
