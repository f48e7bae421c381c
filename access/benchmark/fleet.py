"""The processes of a measure: the lock system, runners as the product runs them, what it says, and what they cost."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from access.benchmark import driver
from access.benchmark.scratch import environment
from access.processes import Child, end_all

READY_SECONDS = 60.0
STOP_SECONDS = 0.0
TICKS = os.sysconf("SC_CLK_TCK")


class Stuck(RuntimeError):
    """Something did not come about in time; the message says what."""


@dataclass(slots=True)
class Cloud:
    """The way to the lock system's process, for the harness."""

    path: str
    stream: Any = field(repr=False)

    def ask(self, call: str, **fields: Any) -> dict[str, Any]:
        self.stream.write(json.dumps({"id": 0, "call": call, **fields}).encode() + b"\n")
        self.stream.flush()
        answer: dict[str, Any] = json.loads(self.stream.readline())
        return answer


@contextmanager
def lock_cloud(**settings: Any) -> Iterator[Cloud]:
    with tempfile.TemporaryDirectory(prefix="keyturn-") as folder:
        path = str(Path(folder) / "cloud")
        child = Child("lock cloud", [sys.executable, "-m", "access.benchmark.cloud", path])
        child.start()
        try:
            wait_until(lambda: Path(path).exists() or child.has_ended(), what="the lock system's start")
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(path)
                with line.makefile("rwb") as stream:
                    cloud = Cloud(path, stream)
                    cloud.ask("configure", settings=settings)
                    yield cloud
        finally:
            child.kill()


@contextmanager
def runners(url: str, *, count: int, seconds: float, profile: str = "") -> Iterator[list[Child]]:
    """So many runners, each in a process of its own, at work when this is entered."""
    surroundings = {**environment(url), "KEYTURN_DRIVERS": driver.SETTING}
    with tempfile.TemporaryDirectory(prefix="keyturn-") as folder:
        signs = [Path(folder) / str(number) for number in range(count)]
        children = []
        for number, sign in enumerate(signs):
            written = f"{profile}.{number}" if profile else ""
            command = [sys.executable, "-m", "access.benchmark.one_runner", str(sign), str(seconds), written]
            children.append(Child(f"runner {number}", command, surroundings))
        with running(children, stop_seconds=30.0 if profile else STOP_SECONDS):
            wait_until(lambda: all(sign.exists() for sign in signs), what="the runners' start", of=children)
            yield children


@contextmanager
def running(children: Sequence[Child], *, stop_seconds: float) -> Iterator[None]:
    try:
        for child in children:
            child.start()
        yield
    finally:
        end_all(children, seconds=stop_seconds)


def wait_until(
    holds: Callable[[], bool],
    *,
    what: str,
    seconds: float = READY_SECONDS,
    every: float = 0.05,
    of: Sequence[Child] = (),
) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        ended = next((child for child in of if child.has_ended()), None)
        if ended is not None:
            raise Stuck(f"The {ended.name} ended by itself; its last lines above say why.")
        if time.monotonic() > deadline:
            raise Stuck(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(every)


@dataclass(frozen=True, slots=True)
class Process:
    number: int
    parent: int
    cpu_seconds: float


def processes() -> Mapping[int, Process]:
    """Every process of this machine that /proc shows; none where there is no /proc."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        number = int(entry.parent.name)
        found[number] = Process(number, int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS)
    return found


def family_of(number: int) -> list[Process]:
    """The process and all that descend from it."""
    known = processes()
    members = [number]
    for member in members:
        members += [process.number for process in known.values() if process.parent == member]
    return [known[member] for member in members if member in known]


def cpu_seconds(children: Sequence[Child]) -> float:
    started = [child.process.pid for child in children if child.process is not None]
    return sum(process.cpu_seconds for pid in started for process in family_of(pid))
