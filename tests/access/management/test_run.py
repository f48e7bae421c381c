from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from access.processes import manage
from tests.access.test_supervisor import children, group, wait_for, worker_database

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["worker_database"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_taken_port_is_a_sentence_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=re.escape(f"PORT={port + 1} make demo")):
            call_command("run", port=port)


@pytest.fixture
def running(worker_database: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    process = subprocess.Popen(
        manage("run"),
        cwd=settings.BASE_DIR,
        env={**os.environ, **worker_database, "PORT": str(port), "KEYTURN_STOP_SECONDS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: answers(port))
    yield process, port
    process.kill()
    process.communicate(timeout=20)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=5) as page:
            return bool(page.status == 200)
    except OSError:
        return False


def test_run_ended_by_interrupt_leaves_nothing(running: tuple[subprocess.Popen[str], int]) -> None:
    process, port = running
    leaders = children(process.pid)

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=15) == 0
    wait_for(lambda: not any(group(leader) for leader in leaders))
    assert not answers(port)


def test_run_whose_web_server_dies_ends_with_a_sentence(running: tuple[subprocess.Popen[str], int]) -> None:
    process, _ = running
    web, worker = children(process.pid)

    os.kill(web, signal.SIGKILL)

    output, _ = process.communicate(timeout=15)
    assert process.returncode == 1
    assert "The web server ended by itself" in output
    time.sleep(0.1)
    assert group(worker) == []
