"""Sleep until there is something to do: woken by PostgreSQL's NOTIFY at the commit of what is to be done.

Runners are woken with devices (locks.waking), the deliverer by events (access.webhooks.ringing). The alarm is a
convenience, never the truth: that stands in the tables, and whoever sleeps looks there after `longest` whatever it
heard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

logger = logging.getLogger(__name__)

LONGEST_SLEEP = 8.0
WITHOUT_ALARM = 0.5


@dataclass(slots=True)
class Alarm:
    """`rings` is set by each notification; `works`: somebody listens."""

    channel: str
    longest: float = LONGEST_SLEEP
    rings: asyncio.Event = field(default_factory=asyncio.Event)
    works: bool = False

    async def sleep(self, seconds: float) -> bool:
        """Return whether somebody rang."""
        longest = self.longest if self.works else WITHOUT_ALARM
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(seconds, longest))):
                await self.rings.wait()
        rang = self.rings.is_set() or not self.works
        self.rings.clear()
        return rang

    async def listen(self) -> None:
        try:
            async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listener:
                await listener.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self.channel)))
                self.works = True
                async for _ in listener.notifies():
                    self.rings.set()
        except psycopg.Error as error:
            logger.warning(
                "Wake-up calls can't be heard (%s); looking every half second.", type(error).__name__
            )
        finally:
            self.works = False
            self.rings.set()


def _parameters() -> dict[str, Any]:
    django_only = {"context", "cursor_factory", "pool", "prepare_threshold"}
    parameters = connection.get_connection_params()
    return {name: value for name, value in parameters.items() if name not in django_only}


@asynccontextmanager
async def alarm_set(channel: str, *, longest: float = LONGEST_SLEEP) -> AsyncIterator[Alarm]:
    alarm = Alarm(channel, longest)
    listening = asyncio.create_task(alarm.listen())
    try:
        yield alarm
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
