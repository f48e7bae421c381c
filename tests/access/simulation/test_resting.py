"""A lock rests only where nothing is left to be done."""

from __future__ import annotations

import datetime as dt

import pytest

from access.simulation.scenario import DAY, START, Booking, DoorPlan, Happening, HousePlan, Scenario
from access.simulation.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

MINUTE = dt.timedelta(minutes=1)
HOUSE = HousePlan(0, "UTC", dt.time(15), dt.time(11), 0, 0, 1, (DoorPlan("d0", "yale", (0,)),))


def test_lock_that_may_get_no_command_just_now_is_looked_at_as_soon_as_it_may() -> None:
    arrival = START.date() + 5 * DAY
    booking = Booking("b", 0, 0, "", "Lea Frei", arrival, arrival + 2 * DAY)
    due = START + 2 * DAY + dt.timedelta(hours=15)
    happening = Happening(START + MINUTE, 0, "book", 0, {"booking": booking})
    with World.of(Scenario((HOUSE,), (happening,)), seed="1") as world:
        world.live_until(due - MINUTE)
        work = world.lanes.by_lock["d0"].work
        assert work is not None
        work.device.paused_until = due + MINUTE
        before = len(world.shed["d0"].writes)
        world.live_until(due + 2 * MINUTE)
        assert len(world.shed["d0"].writes) == before + 1
