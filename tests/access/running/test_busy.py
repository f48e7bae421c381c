"""A runner that waits for a slow lock still sees what becomes due, and one whose database was away keeps its leases."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from access.running import leases
from access.running.keeping import keep_leases
from access.running.runner import run_due, run_for
from locks.drivers.virtual.logbook import writes
from locks.drivers.virtual.moods import Mood, set_mood
from locks.models import Account, Device
from tests.factories import lock_of, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_becomes_due_does_not_wait_for_another_accounts_slow_lock() -> None:
    slow, other = (virtual_door(make_unit(), "nuki", now=timezone.now()) for _ in range(2))
    run_due()
    set_mood(lock_of(slow), Mood.SLOW, seconds=4)
    Device.objects.filter(pk=slow.device_id).update(wake_at=timezone.now())
    runner = threading.Thread(target=_run_and_close, args=[3.0])
    runner.start()
    try:
        time.sleep(1.0)
        today = timezone.now().date()
        make_stay(
            other.units.get(),
            arrival_date=today - dt.timedelta(days=1),
            departure_date=today + dt.timedelta(days=5),
            now=timezone.now(),
        )
        committed = time.monotonic()
        while not writes(lock_of(other)) and time.monotonic() - committed < 5:
            time.sleep(0.02)
        took = time.monotonic() - committed
    finally:
        runner.join()

    assert took < 2


def test_leases_are_renewed_again_after_the_database_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    door = virtual_door(make_unit(), "nuki", now=timezone.now())
    (lease,) = leases.claim([door.device.account_id], owner="test")
    Account.objects.update(lease_until=timezone.now())
    renew, calls, lost = leases.renew, [], set[int]()

    def fail_once(held: list[leases.Lease]) -> list[leases.Lease]:
        calls.append(len(held))
        if len(calls) == 1:
            raise OperationalError("the connection is closed")
        return renew(held)

    monkeypatch.setattr(leases, "renew", fail_once)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.05)

    async def keep() -> None:
        keeper = asyncio.create_task(keep_leases(lambda: [lease], lost=lost))
        await asyncio.sleep(1)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    asyncio.run(keep())

    assert len(calls) > 1
    assert lost == set()
    later = timezone.now() + dt.timedelta(seconds=10)
    assert Account.objects.filter(pk=lease.account_id, lease_until__gt=later).exists()


def _run_and_close(seconds: float) -> None:
    try:
        run_for(seconds)
    finally:
        connections.close_all()
