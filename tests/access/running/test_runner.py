"""The runner's loop in real time, the account that drops out, and what a look tells of."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from access import beats, tasks
from access.facts import facts_of
from access.models import AccessCode, Event, Heartbeat, Problem
from access.pins import pin_key_of
from access.planning import plan
from access.running import leases, loading, looking
from access.running.finding import find_due
from access.running.runner import run_due, run_for
from access.states import Status
from access.status import status
from locks.drivers.base import Empty
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.logbook import writes
from locks.drivers.virtual.moods import Mood, clear_moods, set_mood
from locks.models import Account, Device, Door
from properties import booking
from properties.enums import CancelReason
from properties.models import Stay, Unit
from tests.factories import lock_of, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def stay_today(unit: Unit, *, days: int = 5) -> Stay:
    today = timezone.now().date()
    first = today - dt.timedelta(days=1)
    last = today + dt.timedelta(days=days)
    return make_stay(unit, arrival_date=first, departure_date=last, now=timezone.now())


def test_change_by_a_person_reaches_the_lock_within_a_second_of_its_commit() -> None:
    door = virtual_door(make_unit(), "nuki", now=timezone.now())
    run_due()
    runner = threading.Thread(target=_run_and_close, args=[5.0])
    runner.start()
    try:
        time.sleep(0.5)
        # On a machine busy with other tests, one of three has to show what the runner can do.
        took = min(_seconds_until_written(door) for _ in range(3))
    finally:
        runner.join()

    assert took < 1.0


def _seconds_until_written(door: Door) -> float:
    before = writes(lock_of(door))
    stay_today(door.units.get())
    committed = time.monotonic()
    while writes(lock_of(door)) == before and time.monotonic() - committed < 1.5:
        time.sleep(0.02)
    return time.monotonic() - committed


def _run_and_close(seconds: float) -> None:
    try:
        run_for(seconds)
    finally:
        connections.close_all()


def test_runner_that_has_nothing_to_do_asks_one_question_a_turn() -> None:
    door = virtual_door(make_unit(), "nuki", now=timezone.now())
    stay_today(door.units.get())
    run_due()

    with CaptureQueriesContext(
        connection,
    ) as captured:
        run_due()

    assert len(captured) == 1


def test_runner_shows_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "_last", {})

    run_for(0.2)

    assert timezone.now() - Heartbeat.objects.get(name="locks").beat_at < dt.timedelta(minutes=1)


def test_runner_hands_its_accounts_back() -> None:
    door = virtual_door(make_unit(), "nuki", now=timezone.now())
    stay_today(door.units.get())

    run_due()

    account = Account.objects.get()
    assert (account.lease_owner, account.lease_until) == ("", None)
    assert account.lease_token == 1


def test_run_locks_sees_to_its_successor_and_runs_once_for_each_slot(settings: Any) -> None:
    settings.KEYTURN_RUNNER_SECONDS = 1.0
    first = threading.Thread(target=_run_slot)
    first.start()
    time.sleep(0.3)

    second = tasks.run_locks(0)
    first.join()

    assert second == "already running"
    assert OrmQ.objects.filter(key="locks").count() == 1
    assert Schedule.objects.filter(name="revive lock runners").count() <= 1


def _run_slot() -> None:
    try:
        tasks.run_locks(0)
    finally:
        connections.close_all()


def test_f66_seam_34_59_126_account_outage_is_one_incident_and_no_removal(
    travel: time_machine.Traveller,
) -> None:
    unit = make_unit()
    doors = [virtual_door(unit, "nuki", now=timezone.now()) for _ in range(3)]
    stay_today(unit)
    run_due()
    for door in doors:
        set_mood(lock_of(door), Mood.DISCONNECTED)

    travel.shift(dt.timedelta(minutes=11))
    run_due()

    assert Problem.objects.filter(code="account_disconnected", cleared_at=None).count() == 1
    assert Event.objects.filter(type="connected_account.disconnected").count() == 1
    codes = AccessCode.objects.select_related("device__account")
    assert {status(facts_of(code), now=timezone.now()) for code in codes} == {Status.UNKNOWN}

    for door in doors:
        clear_moods(lock_of(door))
    travel.shift(dt.timedelta(minutes=11))
    run_due()

    assert not Problem.objects.filter(cleared_at=None).exists()
    assert {status(facts_of(code), now=timezone.now()) for code in codes.all()} == {Status.SET}
    assert not Event.objects.filter(type__contains="external").exists()


def test_lock_that_goes_offline_is_told_of_once_and_cleared_when_it_is_back(
    travel: time_machine.Traveller,
) -> None:
    door = virtual_door(make_unit(), "nuki", now=timezone.now())
    stay_today(door.units.get())
    run_due()
    set_mood(lock_of(door), Mood.OFFLINE)
    for _ in range(3):
        travel.shift(dt.timedelta(minutes=11))
        run_due()
    assert Problem.objects.filter(code="device_offline", cleared_at=None).count() == 1
    assert Event.objects.filter(type="device.disconnected").count() == 1

    clear_moods(lock_of(door))
    travel.shift(dt.timedelta(minutes=11))
    run_due()

    assert not Problem.objects.filter(cleared_at=None).exists()
    assert Device.objects.get().online is True


def test_removal_that_fails_is_told_of_and_tried_until_it_succeeds(travel: time_machine.Traveller) -> None:
    door = virtual_door(make_unit(), "lockly", now=timezone.now())
    stay = stay_today(door.units.get())
    run_due()
    set_mood(lock_of(door), Mood.OFFLINE)
    booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())
    for _ in range(3):
        travel.shift(dt.timedelta(minutes=11))
        run_due()
    assert Problem.objects.filter(code="delay_in_removing_from_device", cleared_at=None).count() == 1
    assert AccessCode.objects.get().ended_at is None

    clear_moods(lock_of(door))
    travel.shift(dt.timedelta(minutes=11))
    run_due()

    assert AccessCode.objects.get().ended_at is not None
    assert lock_of(door).codes.count() == 0
    assert not Problem.objects.filter(cleared_at=None).exists()


@pytest.mark.parametrize(
    ("brand", "story"),
    [
        ("nuki", ["created", "scheduled_on_device", "set_on_device", "removed_from_device", "deleted"]),
        ("lockly", ["created", "set_on_device", "removed_from_device", "deleted"]),
    ],
)
def test_seam_20_22_events_of_a_code_come_in_the_documented_order_each_once(
    travel: time_machine.Traveller, brand: str, story: list[str]
) -> None:
    door = virtual_door(make_unit(), brand, now=timezone.now())
    stay = make_stay(door.units.get(), arrival_date=dt.date(2027, 3, 3), departure_date=dt.date(2027, 3, 5))
    assert stay.ends_at is not None
    for moment in (
        timezone.now(),
        stay.starts_at - dt.timedelta(minutes=30),
        stay.starts_at,
        stay.starts_at + dt.timedelta(hours=5),
        stay.ends_at,
        stay.ends_at + dt.timedelta(minutes=1),
    ):
        travel.move_to(moment, tick=False)
        run_due()

    types = list(Event.objects.exclude(access_code=None).order_by("pk").values_list("type", flat=True))
    assert types == [f"access_code.{name}" for name in story]


def test_f85_row_that_cannot_be_handled_is_put_off_and_holds_up_nobody() -> None:
    unit = make_unit()
    good, bad = (virtual_door(unit, "nuki", now=timezone.now()) for _ in range(2))
    stay_today(unit)
    AccessCode.objects.filter(device=bad.device).update(written={"broken": True})

    run_for(0.5)

    bad.device.refresh_from_db()
    assert bad.device.wake_at is not None
    assert bad.device.wake_at > timezone.now() + dt.timedelta(seconds=30)
    assert AccessCode.objects.get(device=good.device).set_at is not None


def test_f62_account_that_cannot_be_opened_is_told_of_and_holds_up_nobody() -> None:
    good, bad = (virtual_door(make_unit(), "nuki", now=timezone.now()) for _ in range(2))
    for door in (good, bad):
        stay_today(door.units.get())
    Account.objects.filter(pk=bad.device.account_id).update(driver="no such driver")

    run_for(0.5)

    assert AccessCode.objects.get(device=good.device).set_at is not None
    assert Problem.objects.get(cleared_at=None).account_id == bad.device.account_id
    resting = Account.objects.get(pk=bad.device.account_id)
    assert resting.failures == 1
    assert resting.paused_until is not None
    assert resting.paused_until > timezone.now() + dt.timedelta(seconds=5)


def test_stay_extended_while_its_end_is_being_recorded_goes_on(travel: time_machine.Traveller) -> None:
    door = virtual_door(make_unit(), "lockly", now=timezone.now())
    stay = stay_today(door.units.get())
    run_due()
    assert stay.ends_at is not None
    travel.move_to(stay.ends_at + dt.timedelta(minutes=5), tick=False)
    (lease,) = leases.claim([door.device.account_id], owner="first")
    work = loading.load_work(lease, door.device_id)
    assert work is not None
    nothing = Empty(timezone.now())
    declared, seq = work.declared(), work.seq
    decided = plan(declared, nothing, work.capabilities, now=timezone.now(), key_of=pin_key_of)
    assert decided.facts[0].ended

    booking.override_times(stay, check_out=dt.time(20, 0), actor="ana@example.org", now=timezone.now())
    looking.record_look(looking.Look(work, seq, declared, nothing, decided, timezone.now(), final=True))
    leases.release(lease)
    run_due()

    code = AccessCode.objects.get()
    assert code.ended_at is None
    assert code.pin is not None
    assert keypad(lock_of(door), code.pin).opened


def test_uneventful_look_costs_the_same_for_one_code_and_for_three(travel: time_machine.Traveller) -> None:
    def queries_of_a_look(stays: int) -> int:
        door = virtual_door(make_unit(), "nuki", now=timezone.now())
        for _ in range(stays):
            stay_today(door.units.get())
        run_due()
        travel.shift(dt.timedelta(minutes=11))
        run_due()
        travel.shift(dt.timedelta(minutes=11))
        Device.objects.exclude(pk=door.device_id).update(wake_at=None)
        with CaptureQueriesContext(connection) as captured:
            run_due()
        return len(captured)

    assert queries_of_a_look(1) == queries_of_a_look(3)


def test_nearest_deadline_comes_first_among_devices_that_are_due() -> None:
    now = timezone.now()
    doors = [virtual_door(make_unit(), "nuki", now=now) for _ in range(4)]
    for door, minutes in zip(doors, (None, 90, -5, 30), strict=True):
        deadline = None if minutes is None else now + dt.timedelta(minutes=minutes)
        Device.objects.filter(pk=door.device_id).update(
            wake_at=now - dt.timedelta(seconds=minutes or 600), deadline_at=deadline
        )

    due = find_due("anyone", now + dt.timedelta(minutes=1))

    assert [item.device_id for item in due] == [doors[at].device_id for at in (2, 3, 1, 0)]
