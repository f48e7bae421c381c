"""Chooses as whom the embedded PostgreSQL runs, because it refuses to run as root.

No user is added and no folder above ours is opened. Where `nobody` cannot enter the folders above the checkout,
the child keeps one Linux capability, CAP_DAC_OVERRIDE, as an ambient one. Called by `config.postgres` only.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PR_SET_SECUREBITS: Final = 28
SECBIT_NO_SETUID_FIXUP: Final = 1 << 2
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_RAISE: Final = 2
CAP_DAC_OVERRIDE: Final = 1
CAPABILITY_VERSION_3: Final = 0x20080522


@dataclass(frozen=True, slots=True)
class Runner:
    """As whom a child runs; `uid` None means as ourselves."""

    uid: int | None = None
    gid: int = 0
    pass_folders: bool = False

    def give(self, path: Path) -> None:
        if self.uid is not None:
            os.chown(path, self.uid, self.gid)

    def become(self) -> None:
        """Run in the child between fork and exec."""
        if self.uid is None:
            return
        if self.pass_folders:
            # Keeps the capabilities over setuid, and lets access(2), by which initdb looks around, count them.
            _prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.pass_folders:
            _keep(CAP_DAC_OVERRIDE)


def choose_runner(owner: int | None, *, probe: list[str], folder: Path) -> Runner | str:
    """The runner for data that belongs to `owner` (None: not made yet), or the reason why there is none."""
    me = os.geteuid()
    if me:
        if owner in (None, me):
            return Runner()
        return f"{folder} belongs to another user ({_name(owner)}): run as that user, or move the folder away"
    try:
        user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        return "it may not run as root, and this system has no user 'nobody': run as an ordinary user"
    runners = [Runner(user.pw_uid, user.pw_gid)]
    if sys.platform == "linux":
        runners.append(Runner(user.pw_uid, user.pw_gid, pass_folders=True))
    for runner in runners:
        if _works(runner, probe, folder):
            return runner
    return (
        f"it may not run as root, and the user '{user.pw_name}' cannot reach {folder}: run as an ordinary user, "
        "or move the checkout to a folder that every user can enter"
    )


def _works(runner: Runner, probe: list[str], folder: Path) -> bool:
    def enter() -> None:
        runner.become()
        os.chdir(folder)
        if not os.access(probe[0], os.X_OK):
            raise PermissionError(probe[0])

    try:
        done = subprocess.run(
            probe,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            preexec_fn=enter,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return str(uid)


def _prctl(*arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(*(ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0)[:5])):
        raise OSError(ctypes.get_errno(), "prctl")


def _keep(capability: int) -> None:
    """Drop every capability but this one, which is also effective in what is executed next."""
    libc = ctypes.CDLL(None, use_errno=True)
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # Two words each of effective, permitted and inheritable.
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capset")
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)
