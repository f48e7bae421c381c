"""Child processes that are ended with whoever started them. Used by the supervisor and by `manage.py run`."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PR_SET_PDEATHSIG: Final = 1
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Child:
    """A process with a session, and so a process group, of its own: Ctrl-C reaches the parent only."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=settings.BASE_DIR,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 -- these parents have one thread
        )

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def ask_to_end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """The whole group: what a killed parent leaves behind goes on working otherwise."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, *, seconds: float) -> None:
        end_all([self], seconds=seconds)


def end_all(children: Sequence[Child], *, seconds: float) -> None:
    """Ask all, wait together for at most `seconds`, then kill what is left of each group."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(child.has_ended() for child in children):
        time.sleep(0.05)
    for child in children:
        child.kill()


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]


@contextmanager
def until_told_to_end() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets, in place of the exception that would break whatever runs."""
    ending = threading.Event()
    before = {number: signal.signal(number, lambda *_: ending.set()) for number in ENDING}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_with_parent() -> None:
    """In the child: Linux sends SIGTERM when the parent dies, even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
