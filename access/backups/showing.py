"""What the page of a lock says of its backup pool. Read-only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.backups.levels import PoolLevel
from access.backups.pool import can_have_pool, level_of
from locks.models import Device


@dataclass(frozen=True, slots=True)
class PoolPanel:
    """`can`: a pool is possible on this lock at all."""

    can: bool
    level: PoolLevel

    @property
    def tone(self) -> str:
        if self.level.ready >= self.level.room:
            return "ok"
        return "warn" if self.level.ready else "error"

    @property
    def symbol(self) -> str:
        return {"ok": "ok", "warn": "warn"}.get(self.tone, "error")


def pool_panel(device: Device, *, now: dt.datetime) -> PoolPanel:
    """`device` comes with its account's workspace, and its door where it has one."""
    return PoolPanel(can_have_pool(device), level_of(device, now=now))
