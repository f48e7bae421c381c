"""`manage.py cluster`: one cluster of django-q, as the supervisor starts it (Q_CLUSTER_NAME says which).

Everything that its tasks need is loaded before it forks, and the collector of circles is told to leave that alone: so
its processes share one copy in memory, which would otherwise be most of what each of them takes.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand

LOADED: Final = ("access.tasks", "access.webhooks.running", "properties.tasks")


class Command(BaseCommand):
    help = "Runs one cluster of background work; `manage.py worker` starts and watches both."
    # They look at every page, which no task needs.
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *_: Any, **__: Any) -> None:
        for name in LOADED:
            import_module(name)
        gc.collect()
        gc.freeze()
        call_command("qcluster")
