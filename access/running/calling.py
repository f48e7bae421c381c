"""Wait for a driver, no longer than a lease allows. Its faults are answers like any other."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from access.running.leases import CALL_SECONDS

logger = logging.getLogger(__name__)
Clock = Callable[[], dt.datetime]
T = TypeVar("T")


async def bounded(call: Awaitable[T]) -> T | Exception:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await call
    except TimeoutError as error:
        return error
    except Exception as error:  # noqa: BLE001  -- a driver's bug must not stop the other locks
        logger.error("Driver fault: %s", type(error).__name__)  # noqa: TRY400  -- a traceback could show a PIN
        return error
