"""What a line of the timeline says of a door where a backup stands in."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from access.backups import pull_backup
from access.models import AccessCode
from access.occupancy.loading import lines_of
from access.overview import access_of_stay
from access.states import CodeState, Seen
from access.status import worst
from tests.access.backups.conftest import with_pool
from tests.factories import make_stay
from tests.stack.conftest import travel
from tests.stack.house import build_house, step

__all__ = ["travel"]

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = dt.datetime(2027, 3, 6, 1, 30, tzinfo=dt.UTC)


def test_backup_that_opens_does_not_speak_for_the_own_code(
    transactional_db: None, travel: time_machine.Traveller
) -> None:
    """The pool was there before the stay, so its code comes first by number."""
    house = with_pool(build_house(travel), 2)
    step(house, 3)
    stay = make_stay(house.unit)
    step(house, 3)
    house.at(NIGHT)
    own = AccessCode.objects.filter(grant__stay=stay, is_backup=False)
    own.update(seen=Seen.ABSENT, failures=5)
    backup = pull_backup(own.get(), actor="test", now=timezone.now())
    assert backup.pk < own.get().pk

    [line] = lines_of([stay], now=timezone.now())[stay.pk]

    assert line.state is CodeState.BACKUP
    assert worst(door.state for door in access_of_stay(stay, now=timezone.now()).doors) is CodeState.BACKUP
