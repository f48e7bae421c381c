"""The driver of the lock system in `cloud`. It is named to the runners by the setting KEYTURN_DRIVERS, for the time of
a measure; no row outside a scratch database says `benchmark`."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from locks.drivers.base import (
    AccountStatusReport,
    Applied,
    CodeToPut,
    DeviceStatus,
    Empty,
    FoundDevice,
    IssueOutcome,
    Known,
    LockLog,
    Observation,
    ObservedCode,
    OfflineRequest,
    Outcome,
    Rejected,
    RejectReason,
    Unreadable,
    UnreadableReason,
)

KEY = "benchmark"
SETTING = f"{KEY}=access.benchmark.driver.BenchmarkDriver"
LINE_LIMIT = 16_000_000


class BenchmarkConnection:
    def __init__(self, account: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._account = account
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def listen(self) -> None:
        while line := await self._reader.readline():
            answer = json.loads(line)
            waiting = self._waiting.pop(answer["id"], None)
            # Nobody waits for the answer to a call that was given up.
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    async def _call(self, call: str, device: str, **fields: Any) -> dict[str, Any]:
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "call": call, "account": self._account, "device": device, **fields}
        self._writer.write(json.dumps(message).encode() + b"\n")
        answer: dict[str, Any] = await waiting
        return answer

    async def list_devices(self) -> tuple[FoundDevice, ...] | Unreadable:
        return Unreadable(UnreadableReason.NOT_SUPPORTED)

    async def read_status(self, device: str) -> DeviceStatus | Unreadable:
        await self._call("status", device)
        return DeviceStatus(online=True)

    async def list_codes(self, device: str) -> Observation:
        answer = await self._call("list", device)
        now = dt.datetime.now(dt.UTC)
        return Known(tuple(map(_shown, answer["codes"])), now) if answer["codes"] else Empty(now)

    async def put_code(self, device: str, code: CodeToPut) -> Outcome:
        sent = {
            "ref": code.ref,
            "pin": code.pin,
            "name": code.name,
            "starts_at": code.starts_at and code.starts_at.isoformat(),
            "ends_at": code.ends_at and code.ends_at.isoformat(),
            "enabled": code.enabled,
        }
        answer = await self._call("put", device, code=sent)
        return Applied(answer["ref"])

    async def remove_code(self, device: str, ref: str) -> Outcome:
        await self._call("remove", device, ref=ref)
        return Applied(ref)

    async def lock_door(self, device: str) -> Outcome:
        return _no_such_thing()

    async def unlock_door(self, device: str) -> Outcome:
        return _no_such_thing()

    async def issue_offline_code(self, device: str, request: OfflineRequest) -> IssueOutcome:
        return _no_such_thing()

    async def read_log(self, device: str, cursor: str) -> LockLog | Unreadable:
        return LockLog((), cursor)

    async def configure_auto_lock(self, device: str, *, enabled: bool, seconds: int | None) -> Outcome:
        return _no_such_thing()

    async def read_account(self) -> AccountStatusReport | Unreadable:
        return AccountStatusReport()


class BenchmarkDriver:
    key = KEY

    @asynccontextmanager
    async def connect(self, credentials: Mapping[str, Any]) -> AsyncIterator[BenchmarkConnection]:
        reader, writer = await asyncio.open_unix_connection(credentials["socket"], limit=LINE_LIMIT)
        connection = BenchmarkConnection(credentials["account"], reader, writer)
        listening = asyncio.create_task(connection.listen())
        try:
            yield connection
        finally:
            listening.cancel()
            writer.close()
            with suppress(asyncio.CancelledError, ConnectionError):
                await listening


def _no_such_thing() -> Rejected:
    return Rejected(RejectReason.NOT_ALLOWED, "A lock of the benchmark holds codes and nothing else.")


def _shown(code: Mapping[str, Any]) -> ObservedCode:
    bounds = {name: code[name] and dt.datetime.fromisoformat(code[name]) for name in ("starts_at", "ends_at")}
    return ObservedCode(code["ref"], code["pin"], code["name"], enabled=code["enabled"], **bounds)
