"""A lock system for measures: a process of its own that answers calls after a time, and checks the caps itself.

    python -m access.benchmark.cloud SOCKET

JSON lines over a Unix socket, answers in any order, told apart by `id`. It takes part in no transaction and knows no
Django, so that what it costs is not counted as ours. `configure` says how long calls take, `load` what locks hold,
`report` tells what came in: how many calls, when the first came and the last was answered, when each lock was written,
how much work that was, and how often a cap was broken.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

SHORTEST = 0.5
SPREAD = 1.4
JITTER = (0.6, 1.4)
MAX_PER_ACCOUNT = 10
LINE_LIMIT = 16_000_000

Codes = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Cloud:
    """`longest` None: every call takes `seconds`. Else each lock is as slow as it is, from call to call a bit more or
    less, between half a second and `longest`."""

    seconds: float = 0.0
    longest: float | None = None
    seed: int = 0
    locks: dict[str, Codes] = field(default_factory=lambda: defaultdict(dict))
    calls: Counter[str] = field(default_factory=Counter)
    at_work: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    work: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    pace: dict[str, tuple[random.Random, float]] = field(default_factory=dict)
    writes: list[tuple[str, float]] = field(default_factory=list)
    first: float | None = None
    last: float | None = None

    async def serve(self, message: dict[str, Any]) -> dict[str, Any]:
        account, device = f"account {message['account']}", message["device"]
        self.first = self.first or time.time()
        for who, most, cap in ((account, MAX_PER_ACCOUNT, "account"), (device, 1, "device")):
            self.at_work[who] += 1
            self.broken[cap] += self.at_work[who] > most
        seconds = self.duration(device)
        self.work[account] += seconds
        self.work[device] += seconds
        await asyncio.sleep(seconds)
        answer = self.execute(device, message)
        self.at_work[account] -= 1
        self.at_work[device] -= 1
        self.calls[message["call"]] += 1
        self.last = time.time()
        return answer

    def duration(self, device: str) -> float:
        if self.longest is None:
            return self.seconds
        if device not in self.pace:
            dice = random.Random(f"{self.seed}/{device}")  # noqa: S311  -- how slow a lock is, is no secret
            self.pace[device] = dice, SHORTEST + dice.expovariate(1 / SPREAD)
        dice, pace = self.pace[device]
        return max(SHORTEST, min(self.longest, pace * dice.uniform(*JITTER)))

    def execute(self, device: str, message: dict[str, Any]) -> dict[str, Any]:
        codes = self.locks[device]
        if message["call"] == "put":
            ref = message["code"]["ref"] or str(max(map(int, codes), default=0) + 1)
            codes[ref] = {**message["code"], "ref": ref}
            self.writes.append((device, time.time()))
            return {"ref": ref}
        if message["call"] == "remove":
            codes.pop(message["ref"], None)
            self.writes.append((device, time.time()))
        return {"codes": list(codes.values())} if message["call"] == "list" else {}

    def report(self) -> dict[str, Any]:
        accounts = [work for who, work in self.work.items() if who.startswith("account ")]
        devices = [work for who, work in self.work.items() if not who.startswith("account ")]
        return {
            "calls": dict(self.calls),
            "broken_caps": +self.broken,
            "first": self.first,
            "last": self.last,
            "most_work_of_an_account": max(accounts, default=0.0),
            "longest_chain": max(devices, default=0.0),
            "writes": self.writes,
        }


@dataclass(slots=True)
class Server:
    cloud: Cloud = field(default_factory=Cloud)

    async def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        match message["call"]:
            case "configure":
                self.cloud = Cloud(**message["settings"])
                return {}
            case "load":
                self.cloud.locks.update(message["locks"])
                return {}
            case "report":
                return self.cloud.report()
        return await self.cloud.serve(message)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks: set[asyncio.Task[None]] = set()

        async def reply(message: dict[str, Any]) -> None:
            answer = await self.answer(message)
            writer.write(json.dumps({**answer, "id": message["id"]}).encode() + b"\n")

        while line := await reader.readline():
            # A call that has come in is carried out, whether or not its caller lives to hear of it.
            task = asyncio.create_task(reply(json.loads(line)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.close()


async def serve(path: str) -> None:
    server = await asyncio.start_unix_server(Server().talk, path, limit=LINE_LIMIT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
