"""Lock and unlock: once, with the truth about what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.utils import timezone

from access.attempts import MOST_A_MINUTE, AttemptRefused, request_attempt
from access.enums import AttemptStatus, AttemptType, EventType
from access.models import ActionAttempt, Event
from access.running import attempting, calling, leases
from access.running.loading import load_work
from access.running.runner import run_due
from locks.drivers.registry import get_driver
from locks.drivers.virtual.logbook import commands
from locks.drivers.virtual.models import VirtualLogEntry
from locks.models import Device
from tests.access.health.house import House, make_house

pytestmark = pytest.mark.django_db

UNLOCK, LOCK = AttemptType.UNLOCK_DOOR, AttemptType.LOCK_DOOR


class Killed(BaseException):
    """kill -9, as far as a test can do it."""


def ask(house: House, kind: AttemptType = UNLOCK, **arguments: Any) -> ActionAttempt:
    return request_attempt(
        house.device, kind, arguments=arguments, requested_by="ada@example.org", now=house.now
    )


def run(attempt: ActionAttempt) -> ActionAttempt:
    run_due()
    attempt.refresh_from_db()
    return attempt


def is_locked(house: House) -> bool:
    return house.lock.locked


def turns(house: House) -> int:
    return VirtualLogEntry.objects.filter(lock=house.lock, action__in=["lock", "unlock"]).count()


@pytest.fixture
def house(travel: time_machine.Traveller) -> House:
    return make_house(travel, "august")


def test_door_is_unlocked_and_locked(house: House) -> None:
    attempt = run(ask(house))

    assert (attempt.status, attempt.result) == (AttemptStatus.SUCCESS, {"was_confirmed_by_device": True})
    assert is_locked(house) is False
    assert run(ask(house, LOCK)).status == AttemptStatus.SUCCESS
    assert is_locked(house) is True
    house.device.refresh_from_db()
    assert house.device.locked is True


def test_seam_25_55_unlock_is_told_of_once_with_who_asked(house: House) -> None:
    """The lock's own log tells of it as well, and that is the same turn of the bolt (F94)."""
    attempt = run(ask(house))
    house.look(2)

    told = Event.objects.get(type=EventType.LOCK_UNLOCKED)
    assert told.data == {"method": "seamapi", "action_attempt_id": str(attempt.public_id)}
    assert told.actor == "ada@example.org"
    ended = Event.objects.get(type=EventType.ATTEMPT_UNLOCK_OK)
    assert ended.data["status"] == "success"


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("offline", "device_offline"),
        ("bridge_offline", "hub_disconnected"),
        ("disconnected", "account_disconnected"),
    ],
)
def test_lock_that_cannot_be_reached_ends_the_attempt_at_once(house: House, mood: str, error: str) -> None:
    house.mood(mood)

    attempt = run(ask(house))

    assert (attempt.status, attempt.error_type) == (AttemptStatus.ERROR, error)
    assert EventType.ATTEMPT_UNLOCK_FAILED in house.events()
    assert house.lock.locked


def test_answer_that_never_comes_is_not_taken_for_a_no(house: House) -> None:
    """The door is open and nobody said so: unknown, never sent again; the lock's log tells the truth later."""
    house.mood("applied_but_timeout", calls=1)

    attempt = run(ask(house))
    house.look(3)
    attempt.refresh_from_db()

    assert (attempt.status, attempt.error_type) == (AttemptStatus.ERROR, "unknown_outcome")
    assert turns(house) == 1
    told = Event.objects.get(type=EventType.LOCK_UNLOCKED)
    assert told.data["action_attempt_id"] == str(attempt.public_id)


def test_runner_that_dies_after_sending_leaves_an_attempt_that_is_not_repeated(house: House) -> None:
    attempt = ask(house)
    ActionAttempt.objects.update(sent_at=house.now)

    run(attempt)

    assert (attempt.status, attempt.error_type) == (AttemptStatus.ERROR, "unknown_outcome")
    assert turns(house) == 0


def test_sent_is_committed_before_the_command_leaves(house: House) -> None:
    """A process that is killed inside the call finds a sent attempt when it comes back."""
    attempt = ask(house)
    seen: list[Any] = []

    class Watching:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        async def unlock_door(self, device: str) -> Any:
            seen.append(await ActionAttempt.objects.aget(pk=attempt.pk))
            raise Killed

    credentials = house.account.credentials
    (lease,) = leases.claim([house.device.account_id], owner="test")
    work = load_work(lease, house.device.pk)
    assert work is not None

    async def one_turn() -> None:
        async with get_driver("virtual").connect(credentials) as connection:
            await attempting.run_attempts(lease, work, Watching(connection), clock=timezone.now)

    with pytest.raises(Killed):
        async_to_sync(one_turn)()

    assert seen[0].sent_at is not None


def test_attempt_that_waited_too_long_is_not_sent(house: House) -> None:
    """Nobody expects the door to open ten minutes later."""
    attempt = ask(house)
    house.travel.shift(dt.timedelta(minutes=10))

    run(attempt)

    assert (attempt.status, attempt.error_type) == (AttemptStatus.ERROR, "timed_out")
    assert turns(house) == 0


def test_slow_lock_times_out_as_unknown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CALL_SECONDS", 0.2)
    house.mood("slow", seconds=2)

    assert run(ask(house)).error_type == "unknown_outcome"


def test_attempt_does_not_wait_for_the_budget_of_codes(house: House) -> None:
    spent = [(house.now - dt.timedelta(seconds=second)).isoformat() for second in range(10)]
    Device.objects.filter(pk=house.device.pk).update(command_times=spent)
    house.code()

    attempt = run(ask(house))

    assert attempt.status == AttemptStatus.SUCCESS
    assert commands(house.lock) >= 1


def test_asking_twice_while_it_waits_is_asking_once(house: House) -> None:
    assert ask(house).pk == ask(house).pk
    assert ask(house, LOCK).pk != ask(house).pk


def test_lock_is_asked_only_so_often_a_minute(house: House) -> None:
    for _ in range(MOST_A_MINUTE):
        run(ask(house))

    with pytest.raises(AttemptRefused, match="a minute"):
        ask(house)


def test_auto_lock_is_set(house: House) -> None:
    attempt = run(
        ask(house, AttemptType.CONFIGURE_AUTO_LOCK, auto_lock_enabled=True, auto_lock_delay_seconds=30)
    )
    house.device.refresh_from_db()

    assert attempt.status == AttemptStatus.SUCCESS
    assert (house.device.auto_lock, house.device.auto_lock_seconds) == (True, 30)


@pytest.mark.parametrize("seconds", [0, 61, "30", True, 1.5])
def test_auto_lock_takes_a_minute_at_most(house: House, seconds: object) -> None:
    with pytest.raises(AttemptRefused, match="seconds"):
        ask(house, AttemptType.CONFIGURE_AUTO_LOCK, auto_lock_enabled=True, auto_lock_delay_seconds=seconds)


def test_lock_of_others_or_gone_is_not_asked(house: House) -> None:
    Device.objects.update(is_managed=False)
    with pytest.raises(AttemptRefused, match="not managed"):
        ask(house)
    Device.objects.update(removed_at=house.now)
    with pytest.raises(AttemptRefused, match="no longer lists"):
        ask(house)
