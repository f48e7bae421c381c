from __future__ import annotations

import pytest
import time_machine

from tests.stack.conftest import travel
from tests.stack.house import House, build_house

__all__ = ["travel"]

SIZE = 5


@pytest.fixture
def house(travel: time_machine.Traveller) -> House:
    """A house whose lock has windows of its own and a pool of five."""
    return with_pool(build_house(travel))


@pytest.fixture
def plain_house(travel: time_machine.Traveller) -> House:
    """A house whose lock keeps no windows: codes are put on just in time."""
    return with_pool(build_house(travel, brand="smartthings"))


def with_pool(house: House, size: int = SIZE) -> House:
    workspace = house.unit.property.workspace
    workspace.backup_pool_size = size
    workspace.save()
    return house
