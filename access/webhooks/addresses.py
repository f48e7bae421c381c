"""Where deliveries may go: http or https, and nothing inside the own network.

`check_url` is asked when somebody types an address in, `guarding.Guard` again for every single connection: a name may
stand for another address by then. KEYTURN_WEBHOOKS_ALLOW_PRIVATE lifts it.
"""

from __future__ import annotations

import socket
import threading
from typing import Final

from yarl import URL

from access.webhooks.refusals import EndpointRefused
from properties.addresses import Address, is_public, parse_address

MAX_URL: Final = 2000
MAX_PORT: Final = 65535
# A name that is slow to resolve is taken: it is looked up again before anything goes there.
LOOK_UP_SECONDS: Final = 2.0
PRIVATE: Final = "Its server is inside a private network, to which nothing is delivered."
_NO_ADDRESS: Final = "This is not a web address; give the whole one, beginning with https://."


def check_url(text: str, *, allow_private: bool) -> str:
    """Return it tidied. Raise EndpointRefused."""
    text = text.strip()
    url = _read(text)
    if url is None:
        raise EndpointRefused("url", "invalid_url", _NO_ADDRESS)
    if not allow_private and not _may_be_public(url):
        raise EndpointRefused("url", "invalid_url", PRIVATE)
    return text


def _read(text: str) -> URL | None:
    if len(text) > MAX_URL or any(char.isspace() or not char.isprintable() for char in text):
        return None
    try:
        url = URL(text)
        port = url.explicit_port
    except ValueError:
        return None
    if url.scheme not in {"http", "https"} or not url.host or not (port is None or 0 < port <= MAX_PORT):
        return None
    return url


def literal_address(host: str) -> Address | None:
    """The address, where it is written as one and no name is looked up."""
    try:
        return parse_address(host)
    except ValueError:
        return None


def _may_be_public(url: URL) -> bool:
    literal = literal_address(url.host or "")
    if literal is not None:
        return is_public(literal)
    found = _look_up(url.host or "", url.port or 443)
    return not found or any(map(is_public, found))


def _look_up(host: str, port: int) -> list[Address]:
    """What the name stands for; empty where nothing is known in time."""
    found: list[Address] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(parse_address(str(answer[4][0])) for answer in answers)
        except (OSError, UnicodeError, ValueError):
            return

    # A daemon: a name server that never answers must not keep the process from ending.
    thread = threading.Thread(target=ask, name="look-up", daemon=True)
    thread.start()
    thread.join(LOOK_UP_SECONDS)
    return list(found)
