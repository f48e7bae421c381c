"""Where a feed may be fetched from: guards against addresses inside the own network, and keeps secrets out of texts.

A name is resolved once and the connection goes to the address that was checked, so that it cannot be pointed elsewhere
in between. KEYTURN_FEEDS_ALLOW_PRIVATE lifts this, and the demand for https, for the demo and for tests.
"""

from __future__ import annotations

import socket
from typing import Final

import httpx

from properties.addresses import Address, is_public, parse_address

MAX_URL: Final = 2000
MAX_PORT: Final = 65535


class RefusedAddressError(ValueError):
    """The sentence says why this address is not fetched; it never holds the address."""


def read_url(text: str, *, allow_private: bool) -> httpx.URL:
    """Raise RefusedAddressError."""
    text = text.strip()
    if text[:9].casefold() == "webcal://":
        text = f"https://{text[9:]}"
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise RefusedAddressError("This is not a web address; copy the calendar's whole address.") from None
    if len(text) > MAX_URL or any(char.isspace() for char in text) or not url.host:
        raise RefusedAddressError("This is not a web address; copy the calendar's whole address.")
    if url.port is not None and not 0 < url.port <= MAX_PORT:
        raise RefusedAddressError(f"Its port is not between 1 and {MAX_PORT}.")
    if url.scheme != "https" and not (allow_private and url.scheme == "http"):
        raise RefusedAddressError("Only addresses that begin with https:// are fetched.")
    return url


def resolve(url: httpx.URL, *, allow_private: bool) -> list[Address]:
    """Blocking. Raise RefusedAddressError where nothing that may be fetched answers to this name."""
    try:
        answers = socket.getaddrinfo(url.raw_host.decode("ascii"), url.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddressError("The name of its server is not known.") from None
    found = list(dict.fromkeys(parse_address(str(answer[4][0])) for answer in answers))
    allowed = [one for one in found if allow_private or is_public(one)]
    if not allowed:
        raise RefusedAddressError("Its server is inside a private network, which is not fetched from.")
    return allowed
