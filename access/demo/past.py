"""A clock for the days before the demo began: the application lives by it for a moment, and the demo moves it on.

Everything of the application reads its time from `django.utils.timezone.now`, so that this one name is exchanged.
Only the process that prepares the demo enters it, before any other is started.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterator


class PastClock:
    """Goes on by itself, as clocks do, and is moved on besides."""

    def __init__(self, begin: dt.datetime) -> None:
        self._moved_to, self._since = begin, time.monotonic()

    def __call__(self) -> dt.datetime:
        return self._moved_to + dt.timedelta(seconds=time.monotonic() - self._since)

    @property
    def now(self) -> dt.datetime:
        return self()

    def move_to(self, moment: dt.datetime) -> None:
        """Never back."""
        self._moved_to, self._since = max(self.now, moment), time.monotonic()


@contextmanager
def living_by(clock: PastClock) -> Iterator[None]:
    real = timezone.now
    setattr(timezone, "now", clock)  # noqa: B010 -- a plain assignment is one that types forbid
    try:
        yield
    finally:
        setattr(timezone, "now", real)  # noqa: B010 -- as above
