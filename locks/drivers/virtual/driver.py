"""The virtual driver: the contract of locks.drivers.base over virtual locks, wherever they are kept.

`credentials["account_key"]` is the login. Two drivers in locks.drivers.registry: “virtual” (database_bank) and
“virtual-memory” (the memory_bank in use). What a lock answers is decided in serving.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from locks.drivers.base import (
    AccountStatusReport,
    CodeToPut,
    DeviceStatus,
    FoundDevice,
    IssueOutcome,
    LockLog,
    Observation,
    OfflineRequest,
    Outcome,
    Rejected,
    RejectReason,
    Unreadable,
    UnreadableReason,
)
from locks.drivers.virtual import serving
from locks.drivers.virtual.actions import Call
from locks.drivers.virtual.bank import Bank
from locks.drivers.virtual.database_bank import DatabaseBank
from locks.drivers.virtual.memory_bank import bank_in_use
from locks.drivers.virtual.telling import LogTeller, line_before

NOT_THERE = Unreadable(UnreadableReason.BAD_ANSWER, "The account has no such lock.")
NOT_FOUND = Rejected(RejectReason.NOT_FOUND, "The account has no such lock.")
NO_LOGIN = Unreadable(UnreadableReason.ACCOUNT_DISCONNECTED, "The account's login was refused.")


class VirtualConnection:
    def __init__(self, account_key: str, bank: Bank) -> None:
        self._account_key = account_key
        self._bank = bank

    async def list_devices(self) -> tuple[FoundDevice, ...] | Unreadable:
        if not self._account_key:
            return NO_LOGIN
        return await self._bank.ask_account(self._account_key, serving.list_devices)

    async def read_account(self) -> AccountStatusReport | Unreadable:
        if not self._account_key:
            return NO_LOGIN
        return await self._bank.ask_account(self._account_key, serving.read_account)

    async def read_status(self, device: str) -> DeviceStatus | Unreadable:
        serve = serving.read_status
        return await self._bank.ask(self._account_key, device, Call.STATUS, serve, NOT_THERE)

    async def list_codes(self, device: str) -> Observation:
        return await self._bank.ask(self._account_key, device, Call.LIST, serving.list_codes, NOT_THERE)

    async def put_code(self, device: str, code: CodeToPut) -> Outcome:
        return await self._bank.ask(
            self._account_key,
            device,
            Call.PUT,
            lambda state, now: serving.put_code(state, code, now),
            NOT_FOUND,
        )

    async def remove_code(self, device: str, ref: str) -> Outcome:
        return await self._bank.ask(
            self._account_key,
            device,
            Call.REMOVE,
            lambda state, now: serving.remove_code(state, ref, now),
            NOT_FOUND,
        )

    async def lock_door(self, device: str) -> Outcome:
        return await self._turn(device, Call.LOCK)

    async def unlock_door(self, device: str) -> Outcome:
        return await self._turn(device, Call.UNLOCK)

    async def _turn(self, device: str, call: Call) -> Outcome:
        return await self._bank.ask(
            self._account_key, device, call, lambda state, now: serving.turn(state, call, now), NOT_FOUND
        )

    async def configure_auto_lock(self, device: str, *, enabled: bool, seconds: int | None) -> Outcome:
        return await self._bank.ask(
            self._account_key,
            device,
            Call.AUTO_LOCK,
            lambda state, now: serving.configure_auto_lock(state, enabled, seconds, now),
            NOT_FOUND,
        )

    async def issue_offline_code(self, device: str, request: OfflineRequest) -> IssueOutcome:
        return await self._bank.ask(
            self._account_key,
            device,
            Call.ISSUE,
            lambda state, now: serving.issue_offline_code(state, request, now),
            NOT_FOUND,
        )

    async def read_log(self, device: str, cursor: str) -> LockLog | Unreadable:
        found: LogTeller | Unreadable = await self._bank.ask(
            self._account_key, device, Call.LOG, serving.read_log, NOT_THERE
        )
        if isinstance(found, Unreadable):
            return found
        lines = await self._bank.lines_after(device, line_before(cursor))
        return found.log_of(lines, cursor)


class VirtualDriver:
    """Over the database, or over another bank."""

    key = "virtual"

    def __init__(self, bank: Bank | None = None) -> None:
        self._bank: Bank = bank or DatabaseBank()

    @asynccontextmanager
    async def connect(self, credentials: Mapping[str, Any]) -> AsyncIterator[VirtualConnection]:
        yield VirtualConnection(str(credentials.get("account_key", "")), self._bank)


class MemoryDriver:
    """Over the memory bank in use at the time of the call."""

    key = "virtual-memory"

    @asynccontextmanager
    async def connect(self, credentials: Mapping[str, Any]) -> AsyncIterator[VirtualConnection]:
        yield VirtualConnection(str(credentials.get("account_key", "")), bank_in_use())
