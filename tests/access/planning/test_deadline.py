"""By when the next thing must have been done on a lock: what decides which of many locks comes first."""

from __future__ import annotations

import datetime as dt

from access.planning import Declared
from tests.access.planning.world import NATIVE, NOW, STAGING, World, declared, plan

HOUR = dt.timedelta(hours=1)


def deadline(world: World, now: dt.datetime = NOW) -> dt.datetime | None:
    codes = list(world.codes.values())
    return plan(codes, world.observe(now), world.capabilities, now=now).deadline


def world_with(*codes: Declared, settled: bool = False) -> World:
    world = World(STAGING)
    for code in codes:
        world.declare(code)
    if settled:
        world.converge(NOW)
    return world


def test_deadline_is_the_nearest_arrival_whose_code_does_not_stand() -> None:
    assert deadline(world_with(declared(1, start=30), declared(2, start=5))) == NOW + 5 * HOUR


def test_deadline_is_the_end_of_a_code_that_stands() -> None:
    world = world_with(declared(1, start=-1, hours=9), declared(2, start=50), settled=True)
    assert deadline(world) == NOW + 8 * HOUR


def test_deadline_that_was_missed_comes_before_all_others() -> None:
    world = world_with(declared(1, start=-1, hours=3), declared(2, start=5), settled=True)
    world.change(1, revoked_at=NOW - HOUR)
    assert deadline(world) == NOW - HOUR


def test_lock_with_nothing_to_do_has_no_deadline() -> None:
    assert deadline(World(NATIVE)) is None
