"""Load for measures: a process of its own that sends the requests it is given and tells how long each took.

    python -m access.benchmark.load < PLAN > REPORT

PLAN (JSON): `port`, `concurrency`, `requests` as [method, path, secret, body or null]. So many connections, kept open,
each sending its next request when it has the answer to the last. No Django, and no more HTTP than it takes, so that
it costs a fraction of what it measures.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

HOST = "127.0.0.1"
LENGTH = b"content-length:"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def encode(method: str, path: str, secret: str, body: Any) -> bytes:
    told = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(told)}\r\n\r\n"
    )
    return head.encode() + told


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    texts = [encode(*request) for request in plan["requests"]]
    waiting, took, statuses, first_bad = iter(texts), [], Counter[int](), ""
    connections = [await asyncio.open_connection(HOST, plan["port"]) for _ in range(plan["concurrency"])]

    async def work(connection: Connection, waiting: Iterator[bytes]) -> None:
        nonlocal first_bad
        for text in waiting:
            begun = time.perf_counter()
            status, body = await ask(connection, text)
            took.append(time.perf_counter() - begun)
            statuses[status] += 1
            if status >= 400:  # noqa: PLR2004 -- where refusals begin in HTTP
                first_bad = first_bad or body.decode(errors="replace")[:300]

    begun = time.perf_counter()
    await asyncio.gather(*(work(one, waiting) for one in connections))
    seconds = time.perf_counter() - begun
    for _, writer in connections:
        writer.close()
    return {
        "seconds": seconds,
        "took": took,
        "statuses": dict(statuses),
        "first_bad": first_bad,
        "cpu_seconds": time.process_time(),
    }


async def ask(connection: Connection, text: bytes) -> tuple[int, bytes]:
    reader, writer = connection
    writer.write(text)
    head = await reader.readuntil(b"\r\n\r\n")
    low = head.lower()
    begin = low.index(LENGTH) + len(LENGTH)
    size = int(low[begin : low.index(b"\r\n", begin)])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(size)


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
