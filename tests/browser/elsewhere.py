"""The database beside Playwright, whose event loop occupies the thread of the test."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def elsewhere(do: Callable[[], T]) -> T:
    """In a thread of its own: Playwright's event loop occupies this one, where no runner could start."""

    def done() -> T:
        try:
            return do()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as worker:
        return worker.submit(done).result()
