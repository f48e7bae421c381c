"""The virtual driver: the contract of locks.drivers.base over the virtual locks' own tables.

`credentials["account_key"]` is the login. Reached through locks.drivers.registry only; what a lock answers is decided
in serving.py.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async

from locks.drivers.base import (
    AccountStatusReport,
    Applied,
    CodeToPut,
    DeviceStatus,
    FoundDevice,
    Issued,
    IssueOutcome,
    LockLog,
    Observation,
    OfflineRequest,
    Outcome,
    Unreadable,
)
from locks.drivers.virtual import serving
from locks.drivers.virtual.moods import Call

P = ParamSpec("P")
R = TypeVar("R")


async def _in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    # The thread that Django keeps for its connection: a pool of threads would open a connection each.
    return await sync_to_async(function, thread_sensitive=True)(*args, **kwargs)


class VirtualConnection:
    def __init__(self, account_key: str) -> None:
        self._account_key = account_key

    async def list_devices(self) -> tuple[FoundDevice, ...] | Unreadable:
        return await _in_thread(serving.list_devices, self._account_key)

    async def read_status(self, device: str) -> DeviceStatus | Unreadable:
        await self._wait(device, Call.STATUS)
        return await _in_thread(serving.read_status, self._account_key, device)

    async def list_codes(self, device: str) -> Observation:
        await self._wait(device, Call.LIST)
        return await _in_thread(serving.list_codes, self._account_key, device)

    async def put_code(self, device: str, code: CodeToPut) -> Outcome:
        await self._wait(device, Call.PUT)
        return await _in_thread(serving.put_code, self._account_key, device, code)

    async def remove_code(self, device: str, ref: str) -> Outcome:
        await self._wait(device, Call.REMOVE)
        return await _in_thread(serving.remove_code, self._account_key, device, ref)

    async def lock_door(self, device: str) -> Outcome:
        await self._wait(device, Call.LOCK)
        return await _in_thread(serving.turn, self._account_key, device, Call.LOCK)

    async def unlock_door(self, device: str) -> Outcome:
        await self._wait(device, Call.UNLOCK)
        return await _in_thread(serving.turn, self._account_key, device, Call.UNLOCK)

    async def issue_offline_code(self, device: str, request: OfflineRequest) -> IssueOutcome:
        spoken = f"{request.kind}|{request.starts_at.isoformat()}|{request.ends_at}|{request.variant}"
        digest = hmac.digest(device.encode(), spoken.encode(), "sha256")
        return Issued(f"{int.from_bytes(digest[:8]) % 10**9:09d}", spoken)

    async def read_log(self, device: str, cursor: str) -> LockLog | Unreadable:
        return LockLog((), cursor)

    async def configure_auto_lock(self, device: str, *, enabled: bool, seconds: int | None) -> Outcome:
        return Applied("")

    async def read_account(self) -> AccountStatusReport | Unreadable:
        return AccountStatusReport()

    async def _wait(self, device: str, call: Call) -> None:
        seconds = await _in_thread(serving.delay_before, self._account_key, device, call)
        if seconds:
            await asyncio.sleep(seconds)


class VirtualDriver:
    key = "virtual"

    @asynccontextmanager
    async def connect(self, credentials: Mapping[str, Any]) -> AsyncIterator[VirtualConnection]:
        yield VirtualConnection(str(credentials.get("account_key", "")))
