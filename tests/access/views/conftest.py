from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.factories import NOW
from tests.pages import signed_in
from tests.world import World, make_world


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(db: None) -> World:
    return make_world("Quay", now=NOW)


@pytest.fixture
def owner(world: World) -> Client:
    return signed_in(world.owner)


@pytest.fixture
def staff(world: World) -> Client:
    return signed_in(world.staff)
