from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from tests.properties.calendars.conftest import server

__all__ = ["server"]


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved, at a Monday noon in winter."""
    with time_machine.travel(dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller
