"""Sleep until something is due: woken by PostgreSQL's NOTIFY the moment that a device is woken (locks.waking).

The alarm is a convenience, never the truth: what is due stands in the table, and a runner looks there after
`LONGEST_SLEEP` whatever it heard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from locks.waking import CHANNEL

logger = logging.getLogger(__name__)

LONGEST_SLEEP = 8.0
WITHOUT_ALARM = 0.5


class Alarm:
    """`rings` is set by each notification; `works`: somebody listens."""

    def __init__(self) -> None:
        self.rings = asyncio.Event()
        self.works = False

    async def sleep(self, seconds: float) -> bool:
        """Return whether somebody rang."""
        longest = LONGEST_SLEEP if self.works else WITHOUT_ALARM
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(seconds, longest))):
                await self.rings.wait()
        rang = self.rings.is_set() or not self.works
        self.rings.clear()
        return rang

    async def listen(self) -> None:
        try:
            async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listener:
                await listener.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
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
async def alarm_set() -> AsyncIterator[Alarm]:
    alarm = Alarm()
    listening = asyncio.create_task(alarm.listen())
    try:
        yield alarm
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
