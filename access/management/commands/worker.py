"""`manage.py worker`: both clusters under the supervisor, until Ctrl-C or SIGTERM. For systemd: KillMode=mixed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand

from access.processes import until_told_to_end
from access.schedules import LOCKS, SLOW, enqueue_revival, ensure_schedules
from access.supervisor import Limits, Supervisor
from config import postgres

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Runs the background work: feeds and messages on one cluster, lock runners on the other."
    # They load every page, and this process stays.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cluster", choices=[SLOW, LOCKS], action="append", help="only this cluster")

    def handle(self, *_: Any, **options: Any) -> None:
        limits = Limits(
            silent={
                SLOW: timedelta(seconds=settings.KEYTURN_SLOW_SILENT_SECONDS),
                LOCKS: timedelta(seconds=settings.KEYTURN_LOCKS_SILENT_SECONDS),
            },
            ask_every=timedelta(seconds=settings.KEYTURN_BEAT_SECONDS),
            stop_seconds=settings.KEYTURN_STOP_SECONDS,
        )
        ensure_schedules()
        with until_told_to_end() as ending:
            supervisor = Supervisor(
                options["cluster"] or [SLOW, LOCKS],
                limits=limits,
                revive=enqueue_revival,
                mend_database=postgres.mend,
            )
            supervisor.run(ending)
