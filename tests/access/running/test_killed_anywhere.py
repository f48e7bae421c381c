"""A runner that dies at any point between two lines, and one that starts where everything is in place already: the
next one finishes what was begun, once, and begins nothing that is done (P6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.utils import timezone

from access.models import AccessCode, Event
from access.running import leases
from access.running.ledger import Ledger
from access.running.reconciling import reconcile_device
from access.running.runner import run_due, run_for
from locks.drivers.virtual.database_bank import DatabaseBank
from locks.drivers.virtual.driver import VirtualConnection
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.logbook import writes
from locks.drivers.virtual.moods import Mood, clear_moods, set_mood
from locks.models import Account, Device, Door
from properties import booking
from properties.enums import CancelReason
from tests.access.running.test_crashes import running_stay
from tests.factories import lock_of, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)

QUARTER = dt.timedelta(minutes=15)
MOST_CALLS = 60


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The real time, until it is shifted."""
    with time_machine.travel(dt.datetime.now(dt.UTC)) as traveller:
        yield traveller


class Death:
    """Strikes right after the n-th awaited call of a device's turn has done its work."""

    def __init__(self, after: int) -> None:
        self.left = after

    def around(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def dying(*args: Any, **kwargs: Any) -> Any:
            answer = await call(*args, **kwargs)
            self.left -= 1
            if self.left == 0:
                raise SystemExit
            return answer

        return dying


class Mortal:
    """A connection or a ledger in which death strikes."""

    def __init__(self, inner: object, death: Death) -> None:
        self._inner, self._death = inner, death

    def __getattr__(self, name: str) -> Any:
        return self._death.around(getattr(self._inner, name))


def dies(door: Door, *, after: int) -> bool:
    """Take one turn at the door's lock; tell whether the process died in it."""
    (lease,) = leases.claim([door.device.account_id], owner="first")
    death = Death(after)
    connection: Any = Mortal(
        VirtualConnection(door.device.account.credentials["account_key"], DatabaseBank()), death
    )
    ledger: Any = Mortal(Ledger(), death)
    try:
        async_to_sync(reconcile_device)(lease, door.device_id, connection, ledger=ledger)
    except SystemExit:
        return True
    return False


def succeed(clock: time_machine.Traveller) -> None:
    """The lease of the dead runner runs out, and another one takes over."""
    for _ in range(2):
        Account.objects.update(lease_until=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        Device.objects.update(wake_at=timezone.now())
        run_due()
        clock.shift(QUARTER)


def opens(door: Door) -> bool:
    code = AccessCode.objects.get(device=door.device)
    assert code.pin is not None
    return keypad(lock_of(door), code.pin).opened


@pytest.mark.parametrize("brand", ["lockly", "wyze"])
def test_f54_runner_killed_after_any_call_leaves_work_that_is_finished_once(
    brand: str, clock: time_machine.Traveller
) -> None:
    for after in range(1, MOST_CALLS):
        door = virtual_door(make_unit(), brand, now=timezone.now())
        running_stay(door.units.get())

        died = dies(door, after=after)
        succeed(clock)

        assert opens(door)
        assert (writes(lock_of(door)), lock_of(door).codes.count()) == (1, 1)
        assert AccessCode.objects.get(device=door.device).confirmed_at is not None
        Device.objects.filter(pk=door.device_id).update(wake_at=None)
        if not died:
            assert after > 8, "a turn has that many calls"
            return
    raise AssertionError("the turn never came to its end")


@pytest.mark.parametrize("brand", ["lockly", "wyze"])
def test_f17_runner_killed_after_any_call_of_a_removal_leaves_nothing_behind(
    brand: str, clock: time_machine.Traveller
) -> None:
    for after in range(1, MOST_CALLS):
        door = virtual_door(make_unit(), brand, now=timezone.now())
        stay = running_stay(door.units.get())
        run_due()
        assert opens(door)
        booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())

        died = dies(door, after=after)
        succeed(clock)

        code = AccessCode.objects.get(device=door.device)
        assert code.ended_at is not None
        assert lock_of(door).codes.count() == 0
        assert Event.objects.filter(access_code=code, type="access_code.deleted").count() == 1
        running_stay(door.units.get())
        run_due()
        assert lock_of(door).codes.count() == 1, "the place is free again"
        Device.objects.filter(pk=door.device_id).update(wake_at=None)
        if not died:
            return
    raise AssertionError("the turn never came to its end")


@pytest.mark.parametrize("brand", ["nuki", "lockly", "wyze"])
@pytest.mark.parametrize("unreadable", [False, True])
def test_f61_restart_with_everything_in_place_sends_no_command(
    brand: str, unreadable: bool, clock: time_machine.Traveller
) -> None:
    door = virtual_door(make_unit(), brand, now=timezone.now())
    running_stay(door.units.get())
    run_due()
    clock.shift(QUARTER)
    run_due()
    before = writes(lock_of(door))
    told = Event.objects.exclude(type__startswith="device.").count()

    if unreadable:
        set_mood(lock_of(door), Mood.OFFLINE)
    for name in ("first", "second"):
        Device.objects.update(wake_at=timezone.now())
        run_for(0.3, name=name)
        clear_moods(lock_of(door))
        clock.shift(QUARTER)

    assert writes(lock_of(door)) == before == 1
    assert opens(door)
    assert Event.objects.exclude(type__startswith="device.").count() == told
