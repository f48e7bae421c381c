"""A Redis server of one's own, for as long as it is needed: to measure and test with Redis as the broker."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from access.benchmark import fleet
from access.processes import Child

PROGRAM = "redis-server"
PATIENCE = 5.0


def has_redis() -> bool:
    return shutil.which(PROGRAM) is not None


@contextmanager
def redis_server() -> Iterator[dict[str, str]]:
    """Yield the settings that lead to it. It listens on this machine only and keeps nothing."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="keyturn-") as folder:
        flags = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        log = ["--loglevel", "warning", "--logfile", "redis.log"]
        server = Child("Redis", [str(shutil.which(PROGRAM)), *flags, *log])
        with fleet.running([server], stop_seconds=2):
            _wait_for(port)
            yield {"KEYTURN_REDIS_URL": f"redis://127.0.0.1:{port}/0"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
