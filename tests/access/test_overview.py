"""What is said of a stay's doors while a change is on its way."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from access.overview import access_of_stays
from access.running.runner import run_due
from access.states import CodeState
from properties.booking import override_times
from properties.models import Stay
from tests.factories import NOW, make_stay, make_unit, virtual_door

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def state_at(stay: Stay, now: dt.datetime) -> CodeState:
    row = Stay.objects.select_related("unit__property").get(pk=stay.pk)
    return access_of_stays([row], now=now)[stay.pk].state


@pytest.mark.django_db(transaction=True)
def test_change_of_a_stay_that_goes_on_is_not_late_before_there_was_time_for_it() -> None:
    unit = make_unit()
    virtual_door(unit, "yale", now=NOW - 2 * DAY)
    with time_machine.travel(NOW - 2 * DAY, tick=False) as clock:
        stay = make_stay(
            unit, arrival_date=(NOW - DAY).date(), departure_date=(NOW + DAY).date(), now=NOW - 2 * DAY
        )
        run_due()
        clock.move_to(NOW)
        run_due()
        assert state_at(stay, NOW) is CodeState.ACTIVE

        override_times(stay, check_out=dt.time(13), actor="test", now=NOW)

        assert state_at(stay, NOW) is CodeState.PROGRAMMING
        assert state_at(stay, NOW + 2 * MINUTE) is CodeState.DELAYED
        run_due()
        assert state_at(stay, NOW) is CodeState.ACTIVE
