"""A receiver of webhooks on loopback, in a thread of its own: it keeps what it was sent and answers as told."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: str
    at: float

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


Behaviour = Callable[[Received], "bytes | float | None"]


@dataclass
class Receiver:
    """`behave` returns the bytes to answer with, seconds to wait before answering well, or None: hang up."""

    behave: Behaviour = lambda _: OK
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?secret=s3cr3t"

    def told(self, name: str = "id") -> list[Any]:
        return [one.told[name] for one in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = head.split("\r\n")[1:-2]
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                one = Received(headers, body.decode(), time.monotonic())
                self.received.append(one)
                reply = self.behave(one)
                if reply is None:
                    break
                if isinstance(reply, float):
                    await asyncio.sleep(reply)
                    reply = OK
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextmanager
def receiving(behave: Behaviour = lambda _: OK) -> Iterator[Receiver]:
    receiver, ready, loop = Receiver(behave), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        receiver.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()
