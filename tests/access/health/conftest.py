from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.access.health.house import BEGIN


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller
