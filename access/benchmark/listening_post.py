"""A relay between processes and PostgreSQL that counts the statements passing through, on any server and as anybody.

It answers a request for encryption with no, and reads of what clients send only as much as it takes to tell statements
apart: a measure's own processes and scratch database are on both sides of it.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ENCRYPTION_REQUESTS = (80877103, 80877104)
HEADER = 5
WORDS_SHOWN = 4
TRANSACTION_WORDS = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START"}


@dataclass(slots=True)
class Tally:
    """`statements` counts everything; `kinds` by their first words, and `transactions` those that only frame others."""

    statements: int = 0
    transactions: int = 0
    connections: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def note(self, text: str) -> None:
        words = text.split()
        self.statements += 1
        self.transactions += bool(words) and words[0].upper().strip(";") in TRANSACTION_WORDS
        self.kinds[kind_of(words)] += 1


def kind_of(words: list[str]) -> str:
    """Name a statement by its verb and its table."""
    verb = words[0].upper() if words else ""
    before_table = {"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}.get(verb)
    if before_table is not None and before_table in words[:-1]:
        return f"{verb} {words[words.index(before_table) + 1]}"
    return " ".join(words[:WORDS_SHOWN])


@contextmanager
def counting(url: str) -> Iterator[tuple[str, Tally]]:
    """Yield the address to give to processes in place of `url`, and the tally, which begins at once."""
    server = urlsplit(url)
    tally = Tally()
    relay = _Relay(server.hostname or "127.0.0.1", server.port or 5432, tally)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = asyncio.run_coroutine_threadsafe(relay.open(), loop).result()
    account, _, _ = server.netloc.rpartition("@")
    try:
        yield server._replace(netloc=f"{account}@127.0.0.1:{port}").geturl(), tally
    finally:
        asyncio.run_coroutine_threadsafe(relay.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Relay:
    def __init__(self, host: str, port: int, tally: Tally) -> None:
        self.host, self.port, self.tally = host, port, tally
        self.server: asyncio.Server | None = None
        self.talks: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
        for talk in self.talks:
            talk.cancel()
        await asyncio.gather(*self.talks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (talk := asyncio.current_task()) is not None:
            self.talks.add(talk)
            talk.add_done_callback(self.talks.discard)
        upstream: asyncio.StreamWriter | None = None
        try:
            first = await _begin(reader, writer)
            answers, upstream = await asyncio.open_connection(self.host, self.port)
            upstream.write(first)
            self.tally.connections += 1
            back = asyncio.create_task(_copy(answers, writer))
            await self._forward(reader, upstream)
            back.cancel()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # somebody hung up, as a process that ends does
        finally:
            writer.close()
            if upstream is not None:
                upstream.close()

    async def _forward(self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        heard = _Heard(self.tally)
        while True:
            header = await reader.readexactly(HEADER)
            body = await reader.readexactly(struct.unpack("!I", header[1:])[0] - 4)
            upstream.write(header + body)
            heard.message(header[:1], body)


class _Heard:
    """What one connection said: statements are prepared once under a name, bound to a portal, and executed by that."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.texts: dict[bytes, str] = {}
        self.portals: dict[bytes, str] = {}

    def message(self, kind: bytes, body: bytes) -> None:
        first, _, rest = body.partition(b"\0")
        second = rest.partition(b"\0")[0]
        match kind:
            case b"Q":
                self.tally.note(first.decode(errors="replace"))
            case b"P":
                self.texts[first] = second.decode(errors="replace")
            case b"B":
                self.portals[first] = self.texts.get(second, "(prepared)")
            case b"E":
                self.tally.note(self.portals.get(first, "(prepared)"))


async def _begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return the first message that is not a request for encryption."""
    while True:
        header = await reader.readexactly(8)
        length, code = struct.unpack("!II", header)
        body = await reader.readexactly(length - 8)
        if code not in ENCRYPTION_REQUESTS:
            return header + body
        writer.write(b"N")


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
