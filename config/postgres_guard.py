"""Stops the embedded PostgreSQL when the last process that holds it has ended, however it ended.

Started by `config.postgres.hold()` as a script of its own: `python postgres_guard.py FOLDER`. Waiting is one
blocking flock; whoever wants the server again meanwhile waits for the same lock, and starts it afresh afterwards.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from pathlib import Path

FAST_SHUTDOWN = signal.SIGINT
STOP_SECONDS = 60


def guard(folder: Path) -> None:
    own = os.open(folder / "guard.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    users = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_EX)
    pid_file = folder / "data" / "postmaster.pid"
    try:
        os.kill(int(pid_file.read_text().split("\n", 1)[0]), FAST_SHUTDOWN)
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + STOP_SECONDS
    while pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
