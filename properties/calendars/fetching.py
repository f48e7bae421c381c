"""Fetch one calendar over HTTP: bounded in size, total time and redirects, guarded by `addresses`.

Called by `syncing`, outside any transaction. It runs in a thread of its own, so that the time limit holds for every
byte and that a caller inside an event loop is no trouble. Every answer is a value: Fetched, NotModified or FetchFailed;
no message, exception or log line holds the address, which is a secret.
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from properties.addresses import Address
from properties.calendars.addresses import RefusedAddressError, read_url, resolve

MAX_BYTES: Final = 1024 * 1024
MAX_REDIRECTS: Final = 3
MAX_TRIES: Final = 3
TOTAL_SECONDS: Final = 30.0
STEP_SECONDS: Final = 10.0
_GZIP_OR_ZLIB: Final = 47
_OK, _NOT_MODIFIED = 200, 304
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_SENTENCES: Final = {
    401: "The server wants a password; copy the calendar's address again.",
    403: "The server refuses; the calendar may no longer be shared.",
    404: "There is no calendar at this address any more; copy it again from the channel.",
    410: "There is no calendar at this address any more; copy it again from the channel.",
    429: "The server asks for fewer requests.",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    body: bytes = field(repr=False)
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class NotModified:
    pass


@dataclass(frozen=True, slots=True)
class FetchFailed:
    message: str
    http_status: int | None = None


FetchResult = Fetched | NotModified | FetchFailed


class _Failure(Exception):
    """Carries a result to the end of the fetch; no error of the program."""

    def __init__(self, message: str, http_status: int | None = None) -> None:
        super().__init__(message)
        self.result = FetchFailed(message, http_status)


def fetch_calendar(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    allow_private: bool = False,
    total_seconds: float = TOTAL_SECONDS,
) -> FetchResult:
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {name: value for name, value in conditions.items() if value}

    async def fetch() -> FetchResult:
        try:
            async with asyncio.timeout(total_seconds):
                return await _follow(url, headers, allow_private=allow_private)
        except TimeoutError:
            return FetchFailed(f"The server did not finish within {total_seconds:g} seconds.")
        except RefusedAddressError as refused:
            return FetchFailed(str(refused))
        except _Failure as failure:
            return failure.result
        except Exception as unforeseen:  # noqa: BLE001 -- its text may hold the address, which is a secret
            return FetchFailed(f"The fetch broke off unexpectedly ({type(unforeseen).__name__}).")

    return _run_apart(lambda: asyncio.run(fetch()))


def _run_apart(work: Callable[[], FetchResult]) -> FetchResult:
    results: list[FetchResult] = []
    # A daemon: a name server that never answers must not keep the process from ending.
    thread = threading.Thread(target=lambda: results.append(work()), name="fetch-calendar", daemon=True)
    thread.start()
    thread.join(TOTAL_SECONDS + STEP_SECONDS)
    return results[0] if results else FetchFailed("The fetch did not end in time.")


async def _follow(text: str, headers: dict[str, str], *, allow_private: bool) -> FetchResult:
    url = read_url(text, allow_private=allow_private)
    timeout = httpx.Timeout(STEP_SECONDS)
    # A proxy from the environment would resolve names by itself, unchecked.
    async with httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client:
        for _ in range(MAX_REDIRECTS + 1):
            addresses = await asyncio.to_thread(resolve, url, allow_private=allow_private)
            answer = await _ask(client, url, addresses, headers)
            if isinstance(answer, NotModified) and not headers:
                raise _Failure(
                    "The server says that nothing changed, although it was not asked.", _NOT_MODIFIED
                )
            if not isinstance(answer, str):
                return answer
            try:
                url = read_url(str(url.join(answer)), allow_private=allow_private)
            except (httpx.InvalidURL, ValueError):
                raise _Failure("It is redirected to an address that is not fetched.") from None
    raise _Failure(f"It is redirected more than {MAX_REDIRECTS} times.")


async def _ask(
    client: httpx.AsyncClient, url: httpx.URL, addresses: list[Address], headers: dict[str, str]
) -> FetchResult | str:
    """Return a result, or where it is redirected to."""
    for address in addresses[:MAX_TRIES]:
        try:
            async with client.stream(
                "GET",
                url.copy_with(host=str(address)),
                headers={**_fixed_headers(url), **headers},
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            ) as response:
                return await _read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout) as unreachable:
            if "CERTIFICATE" in str(unreachable).upper():
                raise _Failure("The certificate of its server is not valid.") from None
        except httpx.TimeoutException:
            raise _Failure("The server did not answer in time.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise _Failure("The connection broke off before the whole calendar had come.") from None
    raise _Failure("Its server cannot be reached.")


def _fixed_headers(url: httpx.URL) -> dict[str, str]:
    return {
        "Host": url.netloc.decode("ascii"),
        "Accept": "text/calendar, */*;q=0.1",
        "Accept-Encoding": "identity",
        "User-Agent": "Keyturn calendar reader",
    }


async def _read(response: httpx.Response) -> FetchResult | str:
    status = response.status_code
    if status == _NOT_MODIFIED:
        return NotModified()
    if status in _MOVED and "location" in response.headers:
        return str(response.headers["location"])
    if status != _OK:
        raise _Failure(_SENTENCES.get(status, f"The server answers with status {status}."), status)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise _Failure(f"The calendar is larger than {MAX_BYTES // 1024} KiB.", status)
    plain = _decode(bytes(body), response.headers.get("content-encoding", ""))
    if not plain.lstrip(b"\xef\xbb\xbf \t\r\n\x00")[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise _Failure("What the server sends is not a calendar.", status)
    return Fetched(plain, _header(response, "etag", 300), _header(response, "last-modified", 100))


def _decode(body: bytes, encoding: str) -> bytes:
    """Some servers compress although they were asked not to; httpx would unpack without a bound."""
    if encoding.strip().casefold() in {"", "identity"}:
        return body
    if encoding.strip().casefold() not in {"gzip", "x-gzip", "deflate"}:
        raise _Failure("The server packs the calendar in a way that was not asked for.", _OK)
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = unpacker.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        raise _Failure("The packed calendar is damaged.", _OK) from None
    if len(plain) > MAX_BYTES:
        raise _Failure(f"The calendar is larger than {MAX_BYTES // 1024} KiB.", _OK)
    if not unpacker.eof:
        raise _Failure("The packed calendar is not whole.", _OK)
    return plain


def _header(response: httpx.Response, name: str, longest: int) -> str:
    value = response.headers.get(name, "")
    return value if len(value) <= longest and value.isascii() and value.isprintable() else ""
