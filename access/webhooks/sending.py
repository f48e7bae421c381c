"""One attempt at one address: a POST that is bounded in time and in what it reads, and follows nobody elsewhere.

Every end is a value (`Answer`); no text of it holds the address, which may carry a secret.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import aiohttp
from yarl import URL

from access.webhooks.addresses import PRIVATE, literal_address
from access.webhooks.guarding import Guard, PrivateAddress
from properties.addresses import is_public

TIMEOUT_SECONDS: Final = 15.0
LOOK_EVERY: Final = 0.25
# Shorter than what servers keep idle connections open for: one that closes just then would cost an attempt.
KEEP_ALIVE_SECONDS: Final = 4.0
MAX_READ: Final = 16 * 1024
MAX_KEPT: Final = 500
HIDDEN: Final = "••••"
_FIXED: Final = {"Content-Type": "application/json", "User-Agent": "Keyturn webhooks"}


@dataclass(slots=True)
class Answer:
    """`status` None: none came. `response`: its beginning. `error`: why it does not count, empty where it does.
    `is_unsent`: surely nothing reached anybody."""

    milliseconds: int
    status: int | None = None
    response: str = ""
    error: str = ""
    is_unsent: bool = False

    @property
    def succeeded(self) -> bool:
        return not self.error


class Sender:
    def __init__(self, session: aiohttp.ClientSession, *, allow_private: bool, seconds: float) -> None:
        self._session = session
        self._allow_private = allow_private
        self._seconds = seconds
        self._under_way: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()

    async def send(
        self, url: URL, body: bytes, headers: Mapping[str, str], *, hide: Collection[str] = ()
    ) -> Answer:
        """`hide`: what must not be kept of a receiver that repeats what it was sent."""
        if not self._allow_private and _is_private(url.host or ""):
            return Answer(0, error=PRIVATE, is_unsent=True)
        begun = time.monotonic()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a coroutine that runs belongs to one
        self._under_way[task] = begun
        try:
            async with self._session.post(
                url, data=body, headers={**_FIXED, **headers}, allow_redirects=False
            ) as response:
                text = _tidied(await _beginning(response), hide)
                return Answer(_since(begun), response.status, text, _verdict(response.status))
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            return Answer(_since(begun), error="It did not answer in time.")
        except Exception as fault:  # noqa: BLE001 -- whatever a receiver does ends this attempt only
            unsent = isinstance(fault, aiohttp.ClientConnectorError)
            return Answer(_since(begun), error=_sentence(fault), is_unsent=unsent)
        finally:
            del self._under_way[task]
            self._late.discard(task)

    async def end_late(self) -> None:
        """End what takes too long. One watch over all: a timer for each attempt costs a tenth of the attempt."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = time.monotonic()
            for task, begun in list(self._under_way.items()):
                if now - begun > self._seconds and task not in self._late:
                    self._late.add(task)
                    task.cancel()


@asynccontextmanager
async def sender_ready(*, allow_private: bool, seconds: float = TIMEOUT_SECONDS) -> AsyncIterator[Sender]:
    # Lanes bound what is under way; one shared bound would let a slow receiver hold the others up.
    connector = aiohttp.TCPConnector(
        limit=0,
        resolver=Guard(allow_private=allow_private),
        use_dns_cache=False,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
        # A proxy from the environment would resolve names by itself, unchecked.
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=["Accept", "Accept-Encoding"],
    ) as session:
        sender = Sender(session, allow_private=allow_private, seconds=seconds)
        watch = asyncio.create_task(sender.end_late())
        try:
            yield sender
        finally:
            watch.cancel()


@lru_cache(maxsize=1024)
def _is_private(host: str) -> bool:
    """An address that is written as one is looked up by nobody, so it is checked here; in any form but the usual ones
    (`127.1`, `2130706433`) it is refused."""
    literal = literal_address(host)
    if literal is None:
        return ":" in host or host.replace(".", "").isdigit()
    return not is_public(literal)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Read to a bound; a connection with more to come is closed, and not used again."""
    read = b""
    while chunk := await response.content.readany():
        read += chunk
        if len(read) >= MAX_READ:
            response.close()
            break
    return read[:MAX_READ]


def _tidied(read: bytes, hide: Collection[str]) -> str:
    text = read.decode("utf-8", "replace").replace("\0", "")
    for secret in hide:
        text = text.replace(secret, HIDDEN)
    return text[:MAX_KEPT]


def _verdict(status: int) -> str:
    match status // 100:
        case 2:
            return ""
        case 3:
            return f"It answers with status {status}: redirects are not followed, give the final address."
        case _:
            return f"It answers with status {status}."


def _sentence(fault: Exception) -> str:
    if isinstance(fault, PrivateAddress) or isinstance(getattr(fault, "os_error", None), PrivateAddress):
        return PRIVATE
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return "The certificate of its server is not valid."
    if isinstance(fault, aiohttp.ClientSSLError):
        return "No encrypted connection could be made to its server."
    if isinstance(fault, aiohttp.ClientConnectorDNSError):
        return "The name of its server is not known."
    if isinstance(fault, aiohttp.ClientConnectorError):
        return "Its server cannot be reached."
    if isinstance(fault, aiohttp.ClientError | OSError):
        return "The connection broke off before an answer had come."
    return f"It could not be sent ({type(fault).__name__})."


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
