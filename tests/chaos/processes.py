"""The processes of a running system, started again when they die, and death itself.

Every one of them carries a mark in its environment, so that none is ever killed that was not started here, and none is
left behind, whatever became of its parent.
"""

from __future__ import annotations

import os
import random
import signal
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from access.processes import Child

MARK = "KEYTURN_CHAOS"


@dataclass(slots=True)
class Fleet:
    """`commands`: what a service manager would keep running, by name."""

    commands: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    children: dict[str, Child] = field(default_factory=dict)
    killed: dict[str, int] = field(default_factory=dict)

    def keep(self) -> None:
        """Start what does not run, as a service manager does; whatever the dead left behind goes first."""
        for name, command in self.commands.items():
            child = self.children.get(name)
            if child is not None and not child.has_ended():
                continue
            if child is not None:
                child.kill()
            child = Child(name, command, {**self.environment, MARK: self.mark})
            child.start()
            self.children[name] = child

    def kill_one(self, dice: random.Random) -> None:
        members = sorted(self.members())
        if members:
            victim = dice.choice(members)
            name = _name_of(victim)
            if _kill(victim):
                self.killed[name] = self.killed.get(name, 0) + 1

    def members(self) -> list[int]:
        wanted = f"{MARK}={self.mark}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if wanted in entry.read_bytes().split(b"\0"):
                    found.append(int(entry.parent.name))
        return found

    def end(self) -> None:
        """Kill all that is left, until nothing is."""
        deadline = time.monotonic() + 10
        while (members := self.members()) and time.monotonic() < deadline:
            for member in members:
                _kill(member)
            time.sleep(0.05)
        for child in self.children.values():
            child.kill()


def _name_of(number: int) -> str:
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return "gone"
    return next((word for word in ("gunicorn", "cluster", "worker") if word in words), "other")


def _kill(number: int) -> bool:
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
