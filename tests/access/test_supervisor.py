from __future__ import annotations

import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from access import beats
from access.models import Heartbeat
from access.processes import Child, manage
from access.supervisor import is_hung, wait_before_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SILENT = timedelta(seconds=45)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("started", "beat", "hung"),
    [
        (10, None, False),
        (45, None, False),
        (46, None, True),
        (300, 5, False),
        (300, 46, True),
        # A sign from before this start says nothing about this start.
        (10, 500, False),
        (46, 500, True),
    ],
)
def test_cluster_hung_when_silent_since_start_and_beat(
    started: float, beat: float | None, hung: bool
) -> None:
    beat_at = None if beat is None else ago(beat)

    assert is_hung(started_at=ago(started), beat_at=beat_at, silent=SILENT, now=NOW) is hung


def test_cluster_that_lived_starts_again_at_once() -> None:
    assert wait_before_start([ago(600), ago(11)], now=NOW) == timedelta(0)
    assert wait_before_start([], now=NOW) == timedelta(0)


def test_cluster_that_ends_at_once_starts_more_and_more_seldom() -> None:
    waits = [wait_before_start([ago(1)] * count, now=NOW).total_seconds() for count in (1, 2, 3, 10)]

    assert waits == [2, 4, 8, 60]


@pytest.mark.django_db
def test_beat_written_and_not_at_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "_last", {})

    beats.beat("locks")
    first = Heartbeat.objects.get(name="locks").beat_at
    beats.beat("locks")

    assert beats.read_beats() == {"locks": first}
    assert timezone.now() - first < timedelta(seconds=10)


def test_child_that_will_not_end_is_killed_with_its_children() -> None:
    stubborn = "trap '' TERM; sleep 60 & echo started; wait; wait"
    child = Child("stubborn", ["sh", "-c", stubborn])
    child.start()
    assert child.process
    leader = child.process.pid
    wait_for(lambda: len(group(leader)) == 2)

    child.end(seconds=0.2)

    wait_for(lambda: group(leader) == [])


@pytest.fixture
def worker_database(transactional_db: None) -> dict[str, str]:
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"], safe="")
    account = f"{user}:{password}@{database['HOST']}:{database['PORT'] or 5432}"
    return {"DATABASE_URL": f"postgres://{account}/{database['NAME']}"}


@pytest.fixture
def quick_worker(worker_database: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The slow cluster under its supervisor, on the test database, with a short patience."""
    quick = {"KEYTURN_BEAT_SECONDS": "0.5", "KEYTURN_SLOW_SILENT_SECONDS": "6", "KEYTURN_STOP_SECONDS": "2"}
    process = subprocess.Popen(
        manage("worker", "--cluster", "slow"),
        cwd=settings.BASE_DIR,
        env={**os.environ, **worker_database, **quick},
        start_new_session=True,
    )
    yield process
    process.terminate()
    process.wait(timeout=10)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the workers through /proc")
def test_cluster_whose_idle_workers_were_killed_works_again(quick_worker: subprocess.Popen[bytes]) -> None:
    wait_for(lambda: Heartbeat.objects.filter(name="slow").exists())
    (main,) = children(quick_worker.pid)
    (sentinel,) = children(main)
    monitor_and_pusher = children(sentinel)[-2:]

    # An idle worker holds the lock of the queue; its successors wait for that lock for ever.
    deadline = time.monotonic() + 40
    while children(quick_worker.pid) == [main]:
        assert time.monotonic() < deadline, "the supervisor did not act"
        silent_for = timezone.now() - Heartbeat.objects.get(name="slow").beat_at
        if silent_for < timedelta(seconds=3):
            for worker in {*children(sentinel)} - {*monitor_and_pusher}:
                kill(worker)
        time.sleep(0.3)

    restarted = timezone.now()
    wait_for(lambda: Heartbeat.objects.get(name="slow").beat_at > restarted)
    assert group(main) == []


def test_worker_killed_takes_its_cluster_with_it(quick_worker: subprocess.Popen[bytes]) -> None:
    wait_for(lambda: Heartbeat.objects.filter(name="slow").exists())
    (main,) = children(quick_worker.pid)

    quick_worker.kill()

    wait_for(lambda: group(main) == [])


def wait_for(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def children(pid: int) -> list[int]:
    return sorted(each for each, parent, _ in processes() if parent == pid)


def group(leader: int) -> list[int]:
    return [pid for pid, _, number in processes() if number == leader]


def processes() -> Iterator[tuple[int, int, int]]:
    """Number, parent and group of every process that is not just a remainder."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, number = entry.read_text().rsplit(")", 1)[1].split()[:3]
        except OSError:
            continue
        if state != "Z":
            yield int(entry.parent.name), int(parent), int(number)
