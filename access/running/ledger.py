"""The way of runners to the database: each call gathers what many devices ask for at the same moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from access.models import AccessCode
from access.running.commanding import Answer, Command, Intent, begin_commands, settle_commands
from access.running.gathering import Gathered
from access.running.leases import Lease
from access.running.loading import Work, load_works
from access.running.looking import Look, record_looks


@dataclass(slots=True)
class Ledger:
    """`at_once` 1: nobody shares a transaction, for a device whose rows made trouble in one."""

    at_once: int = 100
    load: Gathered[tuple[Lease, int], Work | None] = field(init=False)
    record: Gathered[Look, list[AccessCode]] = field(init=False)
    begin: Gathered[Intent, Command | None] = field(init=False)
    settle: Gathered[Answer, AccessCode | None] = field(init=False)

    def __post_init__(self) -> None:
        self.load = Gathered(load_works, at_once=self.at_once)
        self.record = Gathered(record_looks, at_once=self.at_once)
        self.begin = Gathered(begin_commands, at_once=self.at_once)
        self.settle = Gathered(settle_commands, at_once=self.at_once)
