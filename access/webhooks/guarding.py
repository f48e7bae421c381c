"""Looks names up for the HTTP client. A connection goes to the very address that was checked here, so that a name
cannot be pointed elsewhere in between."""

from __future__ import annotations

import asyncio
import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from access.webhooks.addresses import PRIVATE
from properties.addresses import is_public, parse_address


class PrivateAddress(OSError):
    """What answers to the name is not in the open internet."""


class Guard(AbstractResolver):
    """Asked anew for each connection."""

    def __init__(self, *, allow_private: bool) -> None:
        self.allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        found = [
            _result(host, port, answer[0], str(answer[4][0]))
            for answer in answers
            if self.allow_private or is_public(parse_address(str(answer[4][0])))
        ]
        if not found:
            raise PrivateAddress(PRIVATE)
        return found

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, port: int, family: int, address: str) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
