"""Two runners at once, a runner that dies, one that was only slow, a lock that answers too late: nothing lost,
nothing doubled (P6)."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.db import IntegrityError, OperationalError, connection, connections
from django.utils import timezone

from access.declaring import declare_stay
from access.models import AccessCode
from access.pins import held_until, pin_key_of
from access.planning import Remove
from access.running import commanding, leases, loading
from access.running.leases import LeaseLost
from access.running.reconciling import reconcile_device
from access.running.runner import run_due
from access.states import Seen, WriteState
from locks.drivers.base import Applied, CodeToPut, Outcome
from locks.drivers.virtual.database_bank import DatabaseBank
from locks.drivers.virtual.driver import VirtualConnection
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.logbook import writes
from locks.drivers.virtual.moods import Mood, set_mood
from locks.models import Account, Door
from properties import booking
from properties.enums import CancelReason
from properties.models import Stay, Unit
from tests.factories import lock_of, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)


def running_stay(unit: Unit, **fields: Any) -> Stay:
    today = timezone.now().date()
    return make_stay(
        unit,
        arrival_date=today - dt.timedelta(days=1),
        departure_date=today + dt.timedelta(days=5),
        now=timezone.now(),
        **fields,
    )


@pytest.fixture(params=["nuki", "lockly", "wyze"])
def door(request: pytest.FixtureRequest) -> Door:
    """A door whose unit has a guest in it, on a lock that knows nothing of it yet."""
    made = virtual_door(make_unit(), request.param, now=timezone.now())
    running_stay(made.units.get())
    return made


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The real time, until it is shifted."""
    with time_machine.travel(dt.datetime.now(dt.UTC)) as traveller:
        yield traveller


QUARTER = dt.timedelta(minutes=15)


def in_threads(*works: Callable[[], None]) -> list[BaseException]:
    """Run these at the same moment, each with a connection of its own; return what they raised."""
    start, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], None]) -> None:
        start.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001  -- handed to the test
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def end_leases() -> None:
    """What time does to the lease of a dead runner."""
    Account.objects.update(lease_until=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))


def claimed(door: Door) -> leases.Lease:
    (lease,) = leases.claim([door.device.account_id], owner="first")
    return lease


def opens(door: Door) -> bool:
    code = AccessCode.objects.get(revoked_at=None)
    assert code.pin is not None
    return keypad(lock_of(door), code.pin).opened


def test_f16_two_runners_at_once_send_each_command_once(door: Door) -> None:
    raised = in_threads(run_due, run_due, run_due)

    assert raised == []
    run_due()
    assert opens(door)
    assert writes(lock_of(door)) == 1


class _Dying(VirtualConnection):
    """Its process dies right after the lock has done what it was told."""

    async def put_code(self, device: str, code: CodeToPut) -> Outcome:
        await super().put_code(device, code)
        raise SystemExit


def test_runner_that_dies_between_the_write_and_its_record_leaves_one_code(door: Door) -> None:
    lease = claimed(door)
    dying = _Dying(door.device.account.credentials["account_key"], DatabaseBank())
    with pytest.raises(SystemExit):
        async_to_sync(reconcile_device)(lease, door.device_id, dying)
    left = AccessCode.objects.get()
    assert (left.write_state, left.attempts, left.seen) == (WriteState.SENT, 1, Seen.NEVER)

    end_leases()
    run_due()

    assert opens(door)
    assert writes(lock_of(door)) == 1
    assert AccessCode.objects.get().write_state == WriteState.APPLIED


def test_f78_runner_that_was_only_slow_cannot_write_over_its_successor(door: Door) -> None:
    lease = claimed(door)
    work = loading.load_work(lease, door.device_id)
    assert work is not None
    end_leases()
    run_due()
    settled = AccessCode.objects.get()

    with pytest.raises(LeaseLost):
        loading.load_work(lease, door.device_id)
    assert leases.renew([lease]) == [lease]
    command = commanding.Command(step=_step(settled), put=None, former={}, declaration=())
    late = commanding.Answer(work, command, Applied(ref="9"), timezone.now())
    assert [type(answer) for answer in commanding.settle_commands([late])] == [LeaseLost]

    assert AccessCode.objects.get().ref == settled.ref


def _step(code: AccessCode) -> Remove:
    return Remove(code.pk, code.ref)


def test_lock_that_answers_too_late_gets_no_second_code_and_loses_none(door: Door) -> None:
    set_mood(lock_of(door), Mood.APPLIED_BUT_TIMEOUT, calls=1)

    run_due()

    assert opens(door)
    assert writes(lock_of(door)) == 1
    assert lock_of(door).codes.count() == 1


def test_f47_lock_that_confirms_and_forgets_is_asked_again(door: Door, clock: time_machine.Traveller) -> None:
    set_mood(lock_of(door), Mood.LOST_WRITE, calls=1)

    run_due()
    for _ in range(2):
        clock.shift(QUARTER)
        run_due()

    assert opens(door)
    assert AccessCode.objects.get().confirmed_at is not None
    assert writes(lock_of(door)) == 2


def test_f64_lock_that_shows_changes_late_gets_one_write(clock: time_machine.Traveller) -> None:
    door = virtual_door(make_unit(), "nuki", now=timezone.now())
    running_stay(door.units.get())
    set_mood(lock_of(door), Mood.EVENTUALLY_CONSISTENT, seconds=20)

    run_due()
    assert AccessCode.objects.get().confirmed_at is None
    clock.shift(QUARTER)
    run_due()

    assert writes(lock_of(door)) == 1
    assert AccessCode.objects.get().confirmed_at is not None


def test_pin_that_the_lock_has_from_a_command_it_hides_is_not_exchanged(
    clock: time_machine.Traveller,
) -> None:
    door = virtual_door(make_unit(), "tedee", now=timezone.now())
    running_stay(door.units.get())
    pin = AccessCode.objects.get().pin
    set_mood(lock_of(door), Mood.EVENTUALLY_CONSISTENT, seconds=45)
    set_mood(lock_of(door), Mood.APPLIED_BUT_TIMEOUT, calls=1)

    for _ in range(12):
        run_due()
        clock.shift(dt.timedelta(seconds=15))

    assert [code.pin for code in AccessCode.objects.all()] == [pin]
    assert lock_of(door).codes.count() == 1
    assert opens(door)
    assert AccessCode.objects.get().confirmed_at is not None


def test_pins_that_the_lock_took_and_long_hid_do_not_stay_on_it(clock: time_machine.Traveller) -> None:
    """It confirms, does not list what it holds for minutes, and refuses the same PIN as one that it holds."""
    door = virtual_door(make_unit(), "august", now=timezone.now())
    running_stay(door.units.get())
    set_mood(lock_of(door), Mood.EVENTUALLY_CONSISTENT, seconds=206)

    for _ in range(80):
        run_due()
        clock.shift(dt.timedelta(seconds=20))

    live = AccessCode.objects.filter(ended_at=None)
    held = lock_of(door).codes.all()
    assert sorted(code.pin or "" for code in held) == sorted(code.pin or "" for code in live)
    assert opens(door)


def test_seam_68_cancelled_stay_whose_removal_got_no_answer_leaves_nothing_behind(
    door: Door, clock: time_machine.Traveller
) -> None:
    run_due()
    set_mood(lock_of(door), Mood.APPLIED_BUT_TIMEOUT, calls=1)

    booking.cancel_stay(Stay.objects.get(), reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())
    run_due()
    clock.shift(QUARTER)
    run_due()

    assert lock_of(door).codes.count() == 0
    assert AccessCode.objects.get().ended_at is not None


def test_f54_killed_process_leaves_work_that_another_finishes_once() -> None:
    door = virtual_door(make_unit(), "nuki", now=timezone.now())
    running_stay(door.units.get())
    set_mood(lock_of(door), Mood.SLOW, seconds=0.4)
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from access.running.runner import run_for; run_for(30)",
        ],
        env={**os.environ, "DATABASE_URL": _database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until(lambda: AccessCode.objects.filter(attempts=1).exists())
    finally:
        process.kill()
        process.wait()

    with time_machine.travel(dt.datetime.now(dt.UTC) + QUARTER):
        end_leases()
        run_due()

    assert opens(door)
    assert lock_of(door).codes.count() == 1


def _database_url() -> str:
    now = connection.settings_dict
    return f"postgres://{now['USER']}:{now['PASSWORD']}@{now['HOST']}:{now['PORT']}/{now['NAME']}"


def _wait_until(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to it"
        time.sleep(0.05)


def test_f07_two_writers_at_once_cannot_give_one_pin_to_two_guests() -> None:
    door = virtual_door(make_unit(), "schlage", now=timezone.now())

    def insert(first: int, last: int) -> Callable[[], None]:
        start, end = (dt.datetime(2027, 3, day, 12, tzinfo=dt.UTC) for day in (first, last))

        def work() -> None:
            AccessCode.objects.create(
                device=door.device,
                pin="7391",
                pin_key=pin_key_of("7391"),
                starts_at=start,
                ends_at=end,
                pin_held_until=held_until(end),
            )

        return work

    raised = in_threads(insert(1, 5), insert(4, 8))

    # Each may wait for the other's row; then the database ends one of them as a deadlock.
    assert len(raised) == 1
    assert isinstance(raised[0], IntegrityError | OperationalError)
    assert AccessCode.objects.count() == 1
    assert in_threads(insert(20, 22)) == []


def test_f07_sixty_guests_on_one_door_get_sixty_pins() -> None:
    door = virtual_door(make_unit(), "schlage", reports={"pin_lengths": [4]}, now=timezone.now())
    unit = door.units.get()
    stays = [running_stay(unit) for _ in range(60)]
    AccessCode.objects.all().delete()
    halves = stays[:30], stays[30:]

    def declare(half: list[Stay]) -> Callable[[], None]:
        def work() -> None:
            for stay in half:
                declare_stay(stay.pk, now=timezone.now())

        return work

    assert in_threads(*map(declare, halves)) == []
    keys = list(AccessCode.objects.values_list("pin_key", flat=True))
    assert len(keys) == len(set(keys)) == 60
