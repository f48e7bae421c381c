"""Renew a runner's leases, on a thread and a connection of its own: however much waits for the other, leases don't.

Called by access.running.runner for as long as it lives.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import Error as DatabaseFault
from django.db import connections

from access.running import leases
from access.running.leases import Lease

logger = logging.getLogger(__name__)


async def keep_leases(held: Callable[[], list[Lease]], *, lost: set[int]) -> None:
    """Renew what is `held` every few seconds; put the accounts that another runner has by then into `lost`."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1) as thread:
        try:
            while True:
                await asyncio.sleep(leases.RENEW_SECONDS)
                try:
                    gone = await loop.run_in_executor(thread, leases.renew, held())
                except DatabaseFault as error:
                    # Tried again on a new connection: without leases, every turn would end before it began.
                    logger.warning("Leases were not renewed: %s", type(error).__name__)
                    thread.submit(connections.close_all)
                    continue
                lost.update(lease.account_id for lease in gone)
        finally:
            thread.submit(connections.close_all)
