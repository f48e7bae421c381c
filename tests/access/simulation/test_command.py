"""`manage.py simulate` as a person runs it: a table, an object, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

pytestmark = pytest.mark.timeout(240)

ROOT = Path(__file__).resolve().parents[3]


def hear_interrupts() -> None:
    """Also where this suite runs in the background, whose children begin deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "simulate", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,  # noqa: PLW1509 -- no thread of this process is forked meanwhile
    )


def scratch_databases(pid: int) -> list[str]:
    where = settings.DATABASES["default"]
    with psycopg.connect(
        host=where["HOST"],
        port=where["PORT"] or 5432,
        user=where["USER"],
        password=where["PASSWORD"],
        dbname="postgres",
    ) as server:
        rows = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"keyturn_simulate_{pid}%"]
        ).fetchall()
    return [row[0] for row in rows]


def test_command_prints_a_table_writes_an_object_and_leaves_no_database(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    command = start("--doors", "3", "--days", "2", "--faults", "none", "--seed", "4", "--json", str(target))
    printed, complaint = command.communicate(timeout=200)
    assert command.returncode == 0, complaint
    assert "Minutes before a closed door, nobody told" in printed
    assert complaint == ""
    shown = json.loads(target.read_text())
    assert shown["simulated"] == {"doors": 3, "days": 2, "faults": "none", "seed": "4", "parts": 2}
    assert set(shown["promises"].values()) == {"held"}
    assert scratch_databases(command.pid) == []


def test_interrupted_command_leaves_no_database() -> None:
    command = start("--doors", "40", "--days", "60")
    deadline = time.monotonic() + 100
    while not scratch_databases(command.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    command.send_signal(signal.SIGINT)
    _, complaint = command.communicate(timeout=100)
    assert command.returncode != 0
    assert "Traceback" not in complaint
    assert scratch_databases(command.pid) == []
