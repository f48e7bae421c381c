from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule

from access.schedules import SCHEDULES, enqueue_revival, ensure_schedules
from tests.access.running.test_crashes import in_threads

pytestmark = pytest.mark.django_db


def test_each_schedule_is_one_row_however_often_the_worker_starts() -> None:
    ensure_schedules()
    ensure_schedules()

    rows = Schedule.objects.order_by("pk").values_list("name", "func", "cluster", "minutes", "repeats")
    assert list(rows) == [(one.name, one.func, one.cluster, one.minutes, -1) for one in SCHEDULES]


@pytest.mark.django_db(transaction=True)
def test_workers_that_start_at_once_make_no_schedule_twice() -> None:
    for _ in range(3):
        Schedule.objects.all().delete()
        assert in_threads(*[ensure_schedules] * 4) == []
        assert Schedule.objects.count() == len(SCHEDULES)


def test_schedule_that_was_doubled_is_one_again() -> None:
    ensure_schedules()
    Schedule.objects.create(name=SCHEDULES[0].name, func=SCHEDULES[0].func)

    ensure_schedules()

    assert Schedule.objects.filter(name=SCHEDULES[0].name).count() == 1


@pytest.mark.parametrize("func", [one.func for one in SCHEDULES])
def test_each_schedule_calls_what_is_there(func: str) -> None:
    assert callable(import_string(func))


def test_revival_is_asked_for_on_the_cluster_of_the_runners() -> None:
    enqueue_revival()

    (row,) = OrmQ.objects.all()
    assert (row.key, row.task["func"]) == ("locks", "access.tasks.revive_runners")


def test_supervisor_loads_nothing_that_only_tasks_need() -> None:
    """It runs for good, and would hold a copy of its own."""
    code = (
        "import django, sys; django.setup();"
        "import access.management.commands.worker;"
        "print(*(name for name in ('access.tasks', 'access.running.runner', 'aiohttp') if name in sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == []
