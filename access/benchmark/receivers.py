"""Receivers of webhooks for measures: a process of their own that answers at once and remembers who was told what.

    python -m access.benchmark.receivers SOCKET LIVE

So many live ones, each at a port of its own, and one that takes connections and never answers. Whoever connects to the
Unix socket is told, once a line is sent, where they are and what came in. No Django, and no more HTTP than it takes, so
that what it costs is not counted as ours.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
LENGTH, MESSAGE = b"content-length:", b"webhook-id:"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


@dataclass(slots=True)
class Book:
    """What one receiver was told: messages, and how often any came again."""

    port: int = 0
    told: set[bytes] = field(default_factory=set)
    again: int = 0
    first: float | None = None
    last: float | None = None

    def note(self, message: bytes) -> None:
        self.again += message in self.told
        self.told.add(message)
        self.last = time.time()
        self.first = self.first or self.last


class Receiver(asyncio.Protocol):
    def __init__(self, book: Book, *, answers: bool) -> None:
        self.book, self.answers, self.read = book, answers, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.read += data
        while (end := self.read.find(HEAD_END)) >= 0:
            head = self.read[:end].lower() + b"\r\n"
            size = end + len(HEAD_END) + int(value_of(LENGTH, head))
            if len(self.read) < size:
                return
            self.read = self.read[size:]
            self.book.note(value_of(MESSAGE, head))
            if self.answers and isinstance(self.transport, asyncio.Transport):
                self.transport.write(OK)


def value_of(name: bytes, head: bytes) -> bytes:
    begin = head.index(name) + len(name)
    return head[begin : head.index(b"\r\n", begin)].strip()


async def serve(path: str, live: int) -> None:
    loop = asyncio.get_running_loop()
    books = [await _listen(loop, answers=number < live) for number in range(live + 1)]

    async def report(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            told = [
                {
                    "port": one.port,
                    "told": len(one.told),
                    "again": one.again,
                    "first": one.first,
                    "last": one.last,
                }
                for one in books
            ]
            writer.write(json.dumps({"live": told[:-1], "hanging": told[-1]}).encode() + b"\n")

    server = await asyncio.start_unix_server(report, path)
    await server.serve_forever()


async def _listen(loop: asyncio.AbstractEventLoop, *, answers: bool) -> Book:
    book = Book()
    server = await loop.create_server(lambda: Receiver(book, answers=answers), "127.0.0.1", 0)
    book.port = server.sockets[0].getsockname()[1]
    return book


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
