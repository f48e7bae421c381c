"""Call a driver: when the account has room for it, and no longer than a lease allows. Its faults are answers too."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from access.running.gate import Gate
from access.running.leases import CALL_SECONDS, Lease

logger = logging.getLogger(__name__)
Clock = Callable[[], dt.datetime]
T = TypeVar("T")


class NotNow(Exception):
    """The lease would have ended before the call. The turn ends here; the device stays due."""


@dataclass(slots=True)
class Turn:
    """One device's turn: the gate of its account, and how many calls it has made."""

    lease: Lease
    gate: Gate
    calls: int = 0


# Set by a runner in the task of each device; without one (a single device in a test) nobody waits for a place.
TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


async def bounded(call: Awaitable[T]) -> T | Exception:
    turn = TURN.get()
    if turn is None:
        return await _answer(call)
    try:
        async with turn.gate.place(turn.calls):
            turn.calls += 1
            if not turn.lease.outlives_call():
                raise NotNow
            return await _answer(call)
    finally:
        if inspect.iscoroutine(call):
            call.close()  # without effect where it has run


async def _answer(call: Awaitable[T]) -> T | Exception:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await call
    except TimeoutError as error:
        return error
    except Exception as error:  # noqa: BLE001  -- a driver's bug must not stop the other locks
        logger.error("Driver fault: %s", type(error).__name__)  # noqa: TRY400  -- a traceback could show a PIN
        return error
